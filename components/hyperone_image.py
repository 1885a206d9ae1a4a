"""HyperOneImage: one image, its build sequenced by resource dependencies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi

from components.settings import ImageSettings, RenderedSettings
from provider.build import Build
from provider.chroot_disk import ChrootDisk
from provider.identity import BUILDER, CARRIER
from provider.image import Image
from provider.power_off import PowerOff
from provider.preflight import Preflight
from provider.provisioning import Provisioning
from provider.temporary_vm import TemporaryVm

CHROOT_OPTIONS = (
    "chroot_mount_path",
    "chroot_command_wrapper",
    "chroot_copy_files",
    "chroot_mounts",
    "chroot_device",
    "mount_options",
    "mount_partition",
    "pre_mount_commands",
    "post_mount_commands",
)

# Two builds' times that no date format shows alike: every field differs, from the year to the second.
DIFFERENT_TIMES = (0, 1_234_567_890)


def chroot_inputs(rendered: RenderedSettings) -> dict[str, Any]:
    """The options of a chroot build that matter on the machine."""
    return {option: getattr(rendered, option) for option in CHROOT_OPTIONS}


class HyperOneImage(pulumi.ComponentResource):
    """Builds one image.

    Build → TemporaryVm → Provisioning → PowerOff → Image; with `chroot_disk` a ChrootDisk is plugged in before
    Provisioning, and the image is made from a carrier VM that has only that disk and is never started.

    Outputs: `image_id`, `image_name`, `image_size` (GiB), `build_id`, `fingerprint` (SHA-256 hex), `source_image_id`,
    `created_on` (RFC 3339).
    """

    image_id: pulumi.Output[str]
    image_name: pulumi.Output[str]
    image_size: pulumi.Output[float]
    build_id: pulumi.Output[str]
    fingerprint: pulumi.Output[str]
    source_image_id: pulumi.Output[str]
    created_on: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        settings: ImageSettings,
        *,
        preflight: Preflight,
        source_image: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`source_image` stands in for the one in `settings`: the id of an image that another component makes."""
        super().__init__("hyperone:index:HyperOneImage", name, None, opts)
        self._name = name
        self._settings = settings
        self._owner = {
            "image_key": name,
            "stack": f"{pulumi.get_project()}/{pulumi.get_stack()}",
            "stack_id": preflight.id,
        }
        self._build = self._make_build(preflight, source_image)
        self._rendered: pulumi.Output[RenderedSettings] = pulumi.Output.all(
            timestamp=self._build.timestamp, build_id=self._build.id
        ).apply(lambda made: settings.rendered(timestamp=int(made["timestamp"]), build_id=made["build_id"]))
        builder = self._make_builder()
        disk = self._make_chroot_disk(builder) if settings.chroot_disk else None
        provisioning = self._make_provisioning(builder, disk)
        power_off = self._make_power_off(builder, disk, provisioning)
        origin = self._make_carrier(disk, power_off) if disk else builder
        self._export(self._make_image(origin, power_off))

    def _options(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(after))

    def _props(self, **props: Any) -> dict[str, Any]:
        """What every resource of the chain carries: whose it is, which build it belongs to, its deadline."""
        build = {"build_id": self._build.id, "state_timeout": self._settings.state_timeout}
        return {**self._owner, **build, **props}

    def _late(self, option: str) -> pulumi.Output[Any]:
        """An option: known at once unless a template in it depends on the build's id or time."""
        return self._when_known(lambda rendered: getattr(rendered, option))

    def _when_known(self, pick: Callable[[RenderedSettings], Any]) -> pulumi.Output[Any]:
        """What `pick` takes from the rendered settings; previews and policies see all that no build can change."""
        one, other = (pick(self._settings.rendered(timestamp=at, build_id=str(at))) for at in DIFFERENT_TIMES)
        return pulumi.Output.from_input(one) if one == other else self._rendered.apply(pick)

    def _make_build(self, preflight: Preflight, source_image: pulumi.Input[str] | None) -> Build:
        settings = self._settings
        props = {
            **self._owner,
            "source_image": settings.api_facts().get("source_image") if source_image is None else source_image,
            "depends_on_image": base.name if (base := settings.source_reference) else None,
            "parts": pulumi.Output.secret(settings.content_parts()),
            "keep_image": settings.keep_image,
            "chroot": settings.chroot_disk,
            "key_type": settings.temporary_key_pair_type,
            "key_bits": settings.temporary_key_pair_bits,
        }
        return Build(f"{self._name}-build", props, self._options(preflight))

    def _make_builder(self) -> TemporaryVm:
        settings = self._settings
        props = self._props(
            role=BUILDER,
            name=self._late("vm_name"),
            image=self._build.source_image_id,
            service=self._late("vm_type"),
            disks=[{"service": self._late("disk_type"), "size": settings.disk_size, "name": self._late("disk_name")}],
            username=self._late("ssh_username"),
            ssh_port=settings.ssh_port,
            ssh_keys=pulumi.Output.all(self._build.public_key, self._late("ssh_keys")).apply(
                lambda keys: [keys[0], *keys[1]]
            ),
            user_data=pulumi.Output.secret(self._late("user_data")),
            tags=self._late("vm_tags"),
            network=self._late("network"),
            private_ip=self._late("private_ip"),
            public_ip=self._late("public_ip"),
            public_netadp_service=self._late("public_netadp_service"),
        )
        return TemporaryVm(f"{self._name}-builder", props, self._options(self._build))

    def _make_chroot_disk(self, builder: TemporaryVm) -> ChrootDisk:
        props = self._props(
            vm_id=builder.id,
            name=self._late("vm_name").apply(lambda name: f"{name}-chroot"),
            service=self._late("chroot_disk_type"),
            size=self._late("chroot_disk_size"),
        )
        return ChrootDisk(f"{self._name}-chroot-disk", props, self._options(builder))

    def _make_carrier(self, disk: ChrootDisk, power_off: PowerOff) -> TemporaryVm:
        props = self._props(
            role=CARRIER,
            name=self._late("vm_name").apply(lambda name: f"{name}-carrier"),
            service=self._late("vm_type"),
            disks=[{"id": disk.id}],
            ssh_keys=[self._build.public_key],
            tags=self._late("vm_tags"),
        )
        return TemporaryVm(f"{self._name}-carrier", props, self._options(power_off))

    def _make_provisioning(self, builder: TemporaryVm, disk: ChrootDisk | None) -> Provisioning:
        settings = self._settings
        chroot: dict[str, Any] = {}
        if disk:
            options: Any = self._when_known(chroot_inputs)
            place = ("controller_number", "controller_location")
            chroot["chroot"] = pulumi.Output.secret(options)
            chroot["plugged"] = {"disk_id": disk.id, **{key: getattr(disk, key) for key in place}}
        communicator: Any = self._when_known(lambda rendered: rendered.communicator_inputs())
        props = self._props(
            **chroot,
            vm_id=builder.id,
            address=builder.address,
            private_key=self._build.private_key,
            public_key=self._build.public_key,
            timestamp=self._build.timestamp,
            communicator=pulumi.Output.secret(communicator),
            provisioners=pulumi.Output.secret(self._late("provisioners")),
            error_cleanup_provisioner=pulumi.Output.secret(self._late("error_cleanup_provisioner")),
            on_failure=settings.on_failure,
        )
        return Provisioning(f"{self._name}-provisioning", props, self._options(disk or builder))

    def _make_power_off(self, builder: TemporaryVm, disk: ChrootDisk | None, provisioning: Provisioning) -> PowerOff:
        props = self._props(vm_id=builder.id, chroot_disk_id=disk.id if disk else None)
        return PowerOff(f"{self._name}-power-off", props, self._options(provisioning))

    def _make_image(self, origin: TemporaryVm, power_off: PowerOff) -> Image:
        props = self._props(
            vm_id=origin.id,
            name=self._late("image_name"),
            description=self._late("image_description"),
            tags=self._late("image_tags"),
            service=self._late("image_service"),
        )
        return Image(f"{self._name}-image", props, self._options(power_off))

    def _export(self, image: Image) -> None:
        self.image_id = image.id
        self.image_name = image.name
        self.image_size = image.size
        self.created_on = image.created_on
        self.build_id = self._build.id
        self.fingerprint = self._build.fingerprint
        self.source_image_id = self._build.source_image_id
        outputs = ("image_id", "image_name", "image_size", "created_on", "build_id", "fingerprint", "source_image_id")
        self.register_outputs({output: getattr(self, output) for output in outputs})
