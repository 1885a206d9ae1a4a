"""The image of one environment, which is the stack; in a pull request everything but the image."""

import os

import pulumi

from pulumi_hyperone import HyperOneImage, ImageOptions

config, environment = pulumi.Config(), pulumi.get_stack()
options = ImageOptions(
    source_image=config.require("source_image"),
    vm_type="a1.nano",
    disk_size=10,
    # The machines of a local cloud answer on another port where 22 is taken.
    ssh_port=int(os.environ.get("HYPERONE_SSH_PORT", "22")),
    image_name=f"web-{environment}-{{{{timestamp}}}}",
    image_tags={"environment": environment},
    provisioners=[{"type": "shell", "inline": [f"echo '{config.require('greeting')}' > greeting"]}],
)
if config.require_bool("pull_request"):
    options |= ImageOptions(skip_create_image=True)
else:
    options |= ImageOptions(verify=["test -s greeting"], release="after-image")

web = HyperOneImage("web", options)
pulumi.export("image_id", web.image_id)
