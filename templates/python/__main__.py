"""One image: a machine from the source image, a script that runs on it, and a boot test of what comes out."""

import os

import pulumi

from pulumi_hyperone import HyperOneImage, ImageOptions

web = HyperOneImage(
    "web",
    ImageOptions(
        source_image=pulumi.Config().require("source_image"),
        vm_type="a1.nano",
        disk_size=10,
        # The machines of a local cloud answer on another port where 22 is taken.
        ssh_port=int(os.environ.get("HYPERONE_SSH_PORT", "22")),
        image_name="web-{{timestamp}}",
        provisioners=[{"type": "shell", "script": "provision.sh"}],
        verify=["test -s hello.txt"],
        release="after-image",
    ),
)

pulumi.export("image_id", web.image_id)
pulumi.export("image_name", web.image_name)
