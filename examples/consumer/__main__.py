"""Uses an image that another stack built, by its output: here as the source of one more image."""

import pulumi

from pulumi_hyperone import HyperOneImage

config = pulumi.Config()
images = pulumi.StackReference(config.require("images_stack"))
app = HyperOneImage(
    "app",
    {
        "source_image": images.require_output("image_id"),
        "vm_type": "a1.nano",
        "disk_size": 1,
        "ssh_port": config.require_int("ssh_port"),
        "image_name": "app-{{timestamp}}",
        "provisioners": [{"type": "shell", "inline": ["echo app >> release.txt"]}],
        "verify": ["grep -x web release.txt", "grep -x app release.txt"],
        "release": "after-image",
    },
)
pulumi.export("image_id", app.image_id)
