"""The resources of one build, from its identity to the image and what follows it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, TypeVar

import pulumi

from pulumi_hyperone.components.arguments import Arguments, asked_of
from pulumi_hyperone.components.values import Values
from pulumi_hyperone.provider.foundation.local_files import local_file
from pulumi_hyperone.provider.foundation.option import those
from pulumi_hyperone.provider.schema.build import Build
from pulumi_hyperone.provider.schema.chroot_disk import ChrootDisk
from pulumi_hyperone.provider.schema.image import Image
from pulumi_hyperone.provider.schema.post_processing import PostProcessing
from pulumi_hyperone.provider.schema.power_off import PowerOff
from pulumi_hyperone.provider.schema.provisioning import Provisioning
from pulumi_hyperone.provider.schema.publication import Publication
from pulumi_hyperone.provider.schema.release import Release
from pulumi_hyperone.provider.schema.statement import Statement
from pulumi_hyperone.provider.schema.temporary_vm import TemporaryVm
from pulumi_hyperone.provider.schema.verification import Verification
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions
from pulumi_hyperone.provider.tracking.identity import BUILDER, CARRIER
from pulumi_hyperone.settings import RenderedSettings
from pulumi_hyperone.settings.communicator import communicator_inputs
from pulumi_hyperone.settings.content import content_files, content_parts
from pulumi_hyperone.settings.image_settings import FACTS

Step = TypeVar("Step", bound=pulumi.Resource)

CHROOT_OPTIONS = those(FACTS, lambda fact: fact.on_machine)


def chroot_inputs(rendered: RenderedSettings) -> dict[str, Any]:
    """The options of a chroot build that matter on the machine."""
    return {option: getattr(rendered, option) for option in CHROOT_OPTIONS}


class BuildChain:
    """Build → TemporaryVm → [ChrootDisk] → Provisioning → PowerOff → [carrier] → Image → [Verification …].

    With `skip_create_image` it ends with PowerOff → Release, and `image` and `result` are None.

    `owner` is what every resource carries: image_key, stack, stack_id; `source_image` the id or name to start from.
    `steps` maps each phase to the resource that records its times, in order.
    """

    def __init__(
        self,
        name: str,
        arguments: Arguments,
        *,
        owner: Mapping[str, Any],
        source_image: pulumi.Input[str] | None,
        parent: pulumi.Resource,
        after: pulumi.Resource,
    ) -> None:
        self._name, self._arguments, self._settings = name, arguments, arguments.settings
        self._owner, self._parent = dict(owner), parent
        self._origin = self._asked("source_image") if source_image is None else source_image
        secrets = arguments.secret_texts
        self._masked = {} if secrets is None else {"masked": secrets}
        self.steps: dict[str, pulumi.Resource] = {}
        self.build = self._make_build(after)
        self._values = Values(arguments, self.build)
        self.option = self._values.option
        self._builder = builder = self._make_builder()
        disk = self._make_chroot_disk(builder) if self._settings.chroot_disk else None
        provisioning = self._make_provisioning(builder, disk)
        power_off = self._make_power_off(builder, disk, provisioning)
        self.image: Image | None = None
        self.result: Image | Verification | None = None
        if self._settings.skip_create_image:
            self._release(power_off, self._props())
            return
        origin = self._make_carrier(disk, power_off) if disk else builder
        self.image = image = self._make_image(origin, power_off)
        self.result = self._make_verification(image) if self._settings.verify else image
        self._finish(self.result)

    def _step(self, phase: str, resource: Step) -> Step:
        self.steps[phase] = resource
        return resource

    def _options(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self._parent, depends_on=list(after))

    def _props(self, **props: Any) -> dict[str, Any]:
        """What every resource of the chain carries: whose it is, which build it belongs to, its deadline."""
        build = {"build_id": self.build.id, "state_timeout": self._settings.state_timeout}
        return {**self._owner, **build, **self._without_image, **props}

    @property
    def _without_image(self) -> dict[str, Any]:
        return {"skip_create_image": True} if self._settings.skip_create_image else {}

    def _make_build(self, after: pulumi.Resource) -> Build:
        settings = self._settings
        props = {
            **self._owner,
            "source_image": self._origin,
            "source_image_filter": self._asked("source_image_filter"),
            "depends_on_image": base.name if (base := settings.source_reference) else None,
            "pin_source": settings.pin_source,
            "parts": self._parts,
            **self._masked,
            "keep_image": settings.keep_image,
            "verified": bool(settings.verify),
            "residue": settings.searches,
            "chroot_disk": settings.chroot_disk,
            **self._without_image,
            "local_files": self._local_files,
            "key_type": settings.temporary_key_pair_type,
            "key_bits": settings.temporary_key_pair_bits,
        }
        return Build(f"{self._name}-build", props, self._options(after))

    @cached_property
    def _parts(self) -> pulumi.Output[dict[str, str]]:
        """What decides the image's content."""
        resolved = self._arguments.resolved
        parts: Any = resolved.apply(content_parts) if resolved else content_parts(self._settings)
        return pulumi.Output.secret(parts)

    @property
    def _local_files(self) -> pulumi.Output[list[str]] | None:
        """The files for the statement of how the image was made; None without one."""
        if not self._settings.provenance_key:
            return None
        resolved = self._arguments.resolved
        files: Any = resolved.apply(content_files) if resolved else content_files(self._settings)
        return pulumi.Output.secret(files)

    def _asked(self, option: str) -> Any:
        facts: Any = asked_of(self._settings)
        if isinstance(facts, pulumi.Output):
            return facts.apply(lambda known: known.get(option))
        return facts.get(option)

    @cached_property
    def _machine(self) -> dict[str, Any]:
        """What the builder has in common with a machine that is started from the image."""
        return {
            "name": self.option("vm_name"),
            "service": self.option("vm_type"),
            "username": self.option("ssh_username"),
            "ssh_port": self.option("ssh_port"),
            "tags": self.option("vm_tags"),
            "network": self.option("network"),
            "private_ip": self.option("private_ip"),
            "public_ip": self.option("public_ip"),
            "public_netadp_service": self.option("public_netadp_service"),
        }

    def _make_builder(self) -> TemporaryVm:
        option = self.option
        props = self._props(
            **self._machine,
            role=BUILDER,
            image=self.build.source_image_id,
            disks=[{"service": option("disk_type"), "size": option("disk_size"), "name": option("disk_name")}],
            ssh_keys=pulumi.Output.all(self.build.public_key, option("ssh_keys")).apply(
                lambda keys: [keys[0], *keys[1]]
            ),
            user_data=pulumi.Output.secret(option("user_data")),
        )
        return self._step("builder", TemporaryVm(f"{self._name}-builder", props, self._options(self.build)))

    def _make_chroot_disk(self, builder: TemporaryVm) -> ChrootDisk:
        props = self._props(
            vm_id=builder.id,
            name=self.option("vm_name").apply(lambda name: f"{name}-chroot"),
            service=self.option("chroot_disk_type"),
            size=self.option("chroot_disk_size"),
        )
        return self._step("chroot disk", ChrootDisk(f"{self._name}-chroot-disk", props, self._options(builder)))

    def _make_carrier(self, disk: ChrootDisk, power_off: PowerOff) -> TemporaryVm:
        props = self._props(
            role=CARRIER,
            name=self.option("vm_name").apply(lambda name: f"{name}-carrier"),
            service=self.option("vm_type"),
            disks=[{"id": disk.id}],
            ssh_keys=[self.build.public_key],
            tags=self.option("vm_tags"),
        )
        return self._step("carrier", TemporaryVm(f"{self._name}-carrier", props, self._options(power_off)))

    @property
    def _communicator(self) -> pulumi.Output[Any]:
        return pulumi.Output.secret(self._values.options(CommunicatorOptions.model_fields, communicator_inputs))

    def _make_provisioning(self, builder: TemporaryVm, disk: ChrootDisk | None) -> Provisioning:
        chroot: dict[str, Any] = {}
        if disk:
            place = ("controller_number", "controller_location")
            chroot["chroot"] = pulumi.Output.secret(self._values.options(CHROOT_OPTIONS, chroot_inputs))
            chroot["plugged"] = {"disk_id": disk.id, **{key: getattr(disk, key) for key in place}}
        cleanup = None
        if self._settings.error_cleanup_provisioner:
            cleanup = pulumi.Output.secret(self.option("error_cleanup_provisioner"))
        props = self._props(
            **chroot,
            **self._about_build(),
            provisioners=pulumi.Output.secret(self.option("provisioners")),
            error_cleanup_provisioner=cleanup,
            on_failure=self._settings.on_failure,
            record=self._settings.record or None,
            residue=self._settings.searches,
        )
        made = Provisioning(f"{self._name}-provisioning", props, self._options(disk or builder))
        return self._step("provisioning", made)

    def _about_build(self) -> dict[str, Any]:
        """What provisioners and post-processors may know of the build, the Packer template's name for it included."""
        origin = self._settings.origin
        return {
            "vm_id": self._builder.id,
            "address": self._builder.address,
            "private_key": self.build.private_key,
            "public_key": self.build.public_key,
            "timestamp": self.build.timestamp,
            "communicator": self._communicator,
            **({"build_name": origin.build_name} if origin else {}),
            **self._masked,
        }

    def post_process(self, image_name: pulumi.Input[str]) -> None:
        """Run the post-processors on this computer; `image_name` is an output that waits for the manifest."""
        if not self._settings.post_processors or self.result is None:
            return
        props = self._props(
            **self._about_build(),
            image_id=self.result.id,
            image_name=image_name,
            post_processors=pulumi.Output.secret(self.option("post_processors")),
        )
        PostProcessing(f"{self._name}-post-processing", props, self._options(self.result))

    def _make_power_off(self, builder: TemporaryVm, disk: ChrootDisk | None, provisioning: Provisioning) -> PowerOff:
        props = self._props(vm_id=builder.id, chroot_disk_id=disk.id if disk else None)
        return self._step("power off", PowerOff(f"{self._name}-power-off", props, self._options(provisioning)))

    def _make_image(self, origin: TemporaryVm, power_off: PowerOff) -> Image:
        props = self._props(
            vm_id=origin.id,
            name=self.option("image_name"),
            description=self.option("image_description"),
            tags=self.option("image_tags"),
            service=self.option("image_service"),
            access_rights=self._access_rights,
            record_dir=str(local_file(wanted, self._settings.base_dir))
            if (wanted := self._settings.record_dir)
            else None,
        )
        return self._step("image", Image(f"{self._name}-image", props, self._options(power_off)))

    @property
    def _access_rights(self) -> pulumi.Output[list[str]] | None:
        """Who else may use the image; None when nobody is named."""
        named = "image_access_rights" in self._arguments.deferred or self._settings.image_access_rights
        return self.option("image_access_rights") if named else None

    def _make_verification(self, image: Image) -> Verification:
        size, service = ("chroot_disk_size", "chroot_disk_type")
        if not self._settings.chroot_disk:
            size, service = ("disk_size", "disk_type")
        props = self._props(
            image_id=image.id,
            name=self.option("image_name"),
            machine={**self._machine, "disks": [{"service": self.option(service), "size": self.option(size)}]},
            **self._masked,
            private_key=self.build.private_key,
            public_key=self.build.public_key,
            communicator=self._communicator,
            verify=pulumi.Output.secret(self.option("verify")),
            on_verify_failure=self._settings.on_verify_failure,
        )
        made = Verification(f"{self._name}-verification", props, self._options(image))
        return self._step("verification", made)

    def _make_statement(self, key: str, result: Image | Verification) -> Statement:
        build = self.build
        props = self._props(
            image_id=result.id,
            key=key,
            source_image=self.build.source_image_id if self._settings.source_image_filter else self._origin,
            source_image_id=build.source_image_id,
            fingerprint=build.fingerprint,
            parts=self._parts,
            timestamp=build.timestamp,
            made_from=build.made_from,
            **self._masked,
        )
        made = Statement(f"{self._name}-statement", props, self._options(result))
        return self._step("statement", made)

    def _finish(self, result: Image | Verification) -> None:
        """What comes after the image is known to be good: statement, rights, the tag `current`, retention, release."""
        settings, rights = self._settings, self._access_rights
        last: pulumi.Resource = result
        props = self._props(image_id=result.id)
        if settings.provenance_key:
            last = self._make_statement(settings.provenance_key, result)
        if settings.publishes or settings.keep_last or rights is not None:
            wanted = {"tag_current": settings.publishes, "keep_last": settings.keep_last, "access_rights": rights}
            last = Publication(f"{self._name}-publication", {**props, **wanted}, self._options(last))
            self._step("publication", last)
        if settings.release == "after-image":
            self._release(last, props)

    def _release(self, last: pulumi.Resource, props: dict[str, Any]) -> None:
        self._step("release", Release(f"{self._name}-release", props, self._options(last)))
