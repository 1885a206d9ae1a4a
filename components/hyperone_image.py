"""HyperOneImage: one image, its build sequenced by resource dependencies."""

from __future__ import annotations

from typing import Any

import pulumi

from components.settings import ImageSettings, RenderedSettings
from provider.build import Build
from provider.identity import BUILDER
from provider.image import Image
from provider.power_off import PowerOff
from provider.preflight import Preflight
from provider.provisioning import Provisioning
from provider.temporary_vm import TemporaryVm


class HyperOneImage(pulumi.ComponentResource):
    """Builds one image: Build → TemporaryVm → Provisioning → PowerOff → Image.

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
        provisioning = self._make_provisioning(builder)
        power_off = self._make_power_off(builder, provisioning)
        self._export(self._make_image(builder, power_off))

    def _options(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(after))

    def _props(self, **props: Any) -> dict[str, Any]:
        """What every resource of the chain carries: whose it is, which build it belongs to, its deadline."""
        build = {"build_id": self._build.id, "state_timeout": self._settings.state_timeout}
        return {**self._owner, **build, **props}

    def _late(self, option: str) -> pulumi.Output[Any]:
        """An option whose templates are rendered once the build's id and time are known."""
        return self._rendered.apply(lambda rendered: getattr(rendered, option))

    def _make_build(self, preflight: Preflight, source_image: pulumi.Input[str] | None) -> Build:
        settings = self._settings
        props = {
            **self._owner,
            "source_image": settings.source_image if source_image is None else source_image,
            "source_label": str(settings.source_image),
            "parts": pulumi.Output.secret(settings.content_parts()),
            "keep_image": settings.keep_image,
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
            service=settings.vm_type,
            disks=[{"service": settings.disk_type, "size": settings.disk_size, "name": self._late("disk_name")}],
            username=settings.ssh_username,
            ssh_keys=self._build.public_key.apply(lambda key: [key, *settings.ssh_keys]),
            user_data=pulumi.Output.secret(self._late("user_data")),
            tags=self._late("vm_tags"),
            network=settings.network,
            private_ip=settings.private_ip,
            public_ip=settings.public_ip,
            public_netadp_service=settings.public_netadp_service,
        )
        return TemporaryVm(f"{self._name}-builder", props, self._options(self._build))

    def _make_provisioning(self, builder: TemporaryVm) -> Provisioning:
        settings = self._settings
        props = self._props(
            vm_id=builder.id,
            address=builder.address,
            private_key=self._build.private_key,
            timestamp=self._build.timestamp,
            communicator=pulumi.Output.secret(settings.communicator_inputs()),
            provisioners=pulumi.Output.secret(self._late("provisioners")),
            on_failure=settings.on_failure,
        )
        return Provisioning(f"{self._name}-provisioning", props, self._options(builder))

    def _make_power_off(self, builder: TemporaryVm, provisioning: Provisioning) -> PowerOff:
        return PowerOff(f"{self._name}-power-off", self._props(vm_id=builder.id), self._options(provisioning))

    def _make_image(self, builder: TemporaryVm, power_off: PowerOff) -> Image:
        props = self._props(
            vm_id=builder.id,
            name=self._late("image_name"),
            description=self._late("image_description"),
            tags=self._late("image_tags"),
            service=self._settings.image_service,
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
