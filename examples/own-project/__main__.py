"""Two images, one from the other: options are typed arguments, and their values may be outputs."""

import pulumi

from pulumi_hyperone import HyperOneImage, ImageOptions

config = pulumi.Config()
machine = ImageOptions(vm_type="a1.nano", disk_size=1, ssh_port=config.require_int("ssh_port"), release="after-image")

base = HyperOneImage(
    "base",
    ImageOptions(
        **machine,
        source_image=config.require("source_image"),
        image_name="base-{{timestamp}}",
        provisioners=[{"type": "shell", "inline": ["echo base > release.txt"]}],
    ),
)
web = HyperOneImage(
    "web",
    ImageOptions(
        **machine,
        # Outputs: the image that the first component makes, a tag with its build, and a secret of the stack.
        source_image=base.image_id,
        image_tags={"team": "web", "base-build": base.build_id},
        user_data=pulumi.Output.concat("#cloud-config\n# ", config.require_secret("motd"), "\n"),
        image_name="web-{{timestamp}}",
        provisioners=[{"type": "shell", "inline": ["echo web >> release.txt"]}],
        verify=["grep -x base release.txt", "grep -x web release.txt"],
    ),
)

pulumi.export("image_id", web.image_id)
pulumi.export("image_name", web.image_name)
pulumi.export("base", {"image_id": base.image_id, "fingerprint": base.fingerprint})
