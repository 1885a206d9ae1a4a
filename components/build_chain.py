"""The resources of one build, from its identity to the image and what follows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pulumi

from pulumi_hyperone.components.arguments import Arguments, asked_of
from pulumi_hyperone.components.values import Values, alone
from pulumi_hyperone.provider.foundation.local_files import local_file
from pulumi_hyperone.provider.foundation.option import those
from pulumi_hyperone.provider.process.timing import TIMES
from pulumi_hyperone.provider.schema.build import Build
from pulumi_hyperone.provider.schema.chroot_disk import ChrootDisk
from pulumi_hyperone.provider.schema.image import Image
from pulumi_hyperone.provider.schema.inputs import SECRET
from pulumi_hyperone.provider.schema.machine import Machine
from pulumi_hyperone.provider.schema.post_processing import PostProcessing
from pulumi_hyperone.provider.schema.provisioning import Provisioning
from pulumi_hyperone.provider.schema.publication import Publication
from pulumi_hyperone.provider.schema.release import Release
from pulumi_hyperone.provider.schema.resource import HyperOneResource
from pulumi_hyperone.provider.schema.statement import Statement
from pulumi_hyperone.provider.schema.temporary_vm import TemporaryVm
from pulumi_hyperone.provider.schema.verification import Verification
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions
from pulumi_hyperone.provider.tracking.identity import BUILDER, CARRIER
from pulumi_hyperone.settings import ImageSettings, RenderedSettings
from pulumi_hyperone.settings.communicator import communicator_inputs
from pulumi_hyperone.settings.content import content_files, content_parts
from pulumi_hyperone.settings.image_settings import FACTS

Step = TypeVar("Step", bound=HyperOneResource)

CHROOT_OPTIONS = those(FACTS, lambda fact: fact.on_machine)


def chroot_inputs(rendered: RenderedSettings) -> dict[str, Any]:
    """The options of a chroot build that matter on the machine."""
    return {option: getattr(rendered, option) for option in CHROOT_OPTIONS}


class BuildChain:
    """Build → TemporaryVm → [ChrootDisk] → Provisioning → [carrier] → Image → [Verification …].

    With `skip_create_image` it ends with Provisioning → Release, and `image` and `result` are None.

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
        self._parent = parent
        self._origin = self._asked("source_image") if source_image is None else source_image
        origin = arguments.settings.origin
        self._known: dict[str, Any] = {
            **owner,
            "parts": self._of_content(content_parts),
            "masked": arguments.secret_texts,
            "build_name": origin.build_name if origin else None,
        }
        self.steps: dict[str, pulumi.Resource] = {}
        self.build = build = self._make_build(after)
        self._values = Values(arguments, build)
        self.option = self._values.option
        made = {"build_id": build.id, **{name: getattr(build, name) for name in Build.computed}}
        self._known |= {name: alone(value) for name, value in made.items()}
        if arguments.settings.record_dir:
            folder = pulumi.Output.from_input(self.option("record_dir"))
            self._known["record_dir"] = folder.apply(lambda name: str(local_file(name, arguments.settings.base_dir)))
        self._known["communicator"] = self._values.options(CommunicatorOptions.model_fields, communicator_inputs)
        self._builder = builder = self._make_builder()
        disk = self._make_chroot_disk(builder) if self._settings.chroot_disk else None
        provisioning = self._make_provisioning(builder, disk)
        self.image: Image | None = None
        self.result: Image | Verification | None = None
        if self._settings.skip_create_image:
            self._add(Release, "release", provisioning)
            return
        carrier = self._make_carrier(disk, provisioning) if disk else None
        self.image = image = self._make_image(carrier or builder, carrier or provisioning)
        self.result = self._make_verification(image) if self._settings.verify else image
        self._finish(self.result)

    def _add(self, resource: type[Step], phase: str, *after: pulumi.Resource, **said: Any) -> Step:
        """Register the resource of a phase, which the engine handles after those of `after` and all before them.

        A field of its inputs that is not `said` is what the chain knows by that name, else the option of that name.
        """
        secret = resource.inputs.names(SECRET)
        inputs = {name: said[name] if name in said else self._by_name(name) for name in resource.inputs.names()}
        for name in secret:
            inputs[name] = None if inputs[name] is None else pulumi.Output.secret(inputs[name])
        options = pulumi.ResourceOptions(parent=self._parent, depends_on=list(after))
        made = resource(f"{self._name}-{phase.replace(' ', '-')}", inputs, options)
        if {*TIMES} <= {*resource.computed}:
            self.steps[phase] = made
        return made

    def _by_name(self, field: str) -> Any:
        if field in self._known or field not in FACTS:
            return self._known.get(field)
        return getattr(self._settings, field) if FACTS[field].shapes else self.option(field)

    def _make_build(self, after: pulumi.Resource) -> Build:
        settings = self._settings
        return self._add(
            Build,
            "build",
            after,
            source_image=self._origin,
            source_image_filter=self._asked("source_image_filter"),
            depends_on_image=base.name if (base := settings.source_reference) else None,
            verified=bool(settings.verify),
            residue=settings.searches,
            local_files=self._of_content(content_files) if settings.provenance_key else None,
            key_type=settings.temporary_key_pair_type,
            key_bits=settings.temporary_key_pair_bits,
        )

    def _of_content(self, find: Callable[[ImageSettings], Any]) -> Any:
        """What decides the image's content, or the local files in it."""
        resolved = self._arguments.resolved
        return resolved.apply(find) if resolved else find(self._settings)

    def _asked(self, option: str) -> Any:
        facts: Any = asked_of(self._settings)
        if isinstance(facts, pulumi.Output):
            return facts.apply(lambda known: known.get(option))
        return facts.get(option)

    def _machine(self, size: str, service: str) -> dict[str, Any]:
        """The builder, or a machine that is started from the image; the disk has the named options."""
        return {
            **{name: self.option(name) for name in Machine.names() if name in FACTS},
            "name": self.option("vm_name"),
            "service": self.option("vm_type"),
            "username": self.option("ssh_username"),
            "tags": self.option("vm_tags") or None,
            "disks": [{"service": self.option(service), "size": self.option(size)}],
        }

    def _make_builder(self) -> TemporaryVm:
        machine = self._machine("disk_size", "disk_type")
        machine["disks"][0]["name"] = self.option("disk_name")
        keys = pulumi.Output.all(self._known["public_key"], self.option("ssh_keys"))
        return self._add(
            TemporaryVm,
            "builder",
            self.build,
            **machine,
            role=BUILDER,
            image=self._known["source_image_id"],
            ssh_keys=keys.apply(lambda keys: [keys[0], *keys[1]]),
        )

    def _make_chroot_disk(self, builder: TemporaryVm) -> ChrootDisk:
        return self._add(
            ChrootDisk,
            "chroot disk",
            builder,
            vm_id=alone(builder.id),
            name=pulumi.Output.concat(self.option("vm_name"), "-chroot"),
            service=self.option("chroot_disk_type"),
            size=self.option("chroot_disk_size"),
        )

    def _make_carrier(self, disk: ChrootDisk, provisioning: Provisioning) -> TemporaryVm:
        machine = {
            **dict.fromkeys(Machine.names()),
            "name": pulumi.Output.concat(self.option("vm_name"), "-carrier"),
            "service": self.option("vm_type"),
            "disks": [{"id": alone(disk.id)}],
            "tags": self.option("vm_tags"),
        }
        keys = [self._known["public_key"]]
        return self._add(TemporaryVm, "carrier", provisioning, **machine, role=CARRIER, ssh_keys=keys, user_data=None)

    def _make_provisioning(self, builder: TemporaryVm, disk: ChrootDisk | None) -> Provisioning:
        chroot: dict[str, Any] = {}
        if disk:
            place = ("controller_number", "controller_location")
            chroot["chroot"] = self._values.options(CHROOT_OPTIONS, chroot_inputs)
            chroot["plugged"] = {"disk_id": alone(disk.id), **{key: alone(getattr(disk, key)) for key in place}}
        if not self._settings.error_cleanup_provisioner:
            chroot["error_cleanup_provisioner"] = None
        made_on = {"vm_id": alone(builder.id), "address": alone(builder.address)}
        searches = self._settings.searches
        searched = {"residue": searches, "timestamp": self._known["timestamp"] if searches else None}
        return self._add(Provisioning, "provisioning", disk or builder, **chroot, **made_on, **searched)

    def post_process(self, image_name: pulumi.Input[str]) -> None:
        """Run the post-processors on this computer; `image_name` is an output that waits for the manifest."""
        if not self._settings.post_processors or self.result is None:
            return
        made_on = {"vm_id": alone(self._builder.id), "address": alone(self._builder.address)}
        made = {"image_id": alone(self.result.id), "image_name": image_name}
        self._add(PostProcessing, "post processing", self.result, **made_on, **made)

    def _make_image(self, origin: TemporaryVm, after: TemporaryVm | Provisioning) -> Image:
        return self._add(
            Image,
            "image",
            after,
            vm_id=alone(origin.id),
            name=self.option("image_name"),
            description=self.option("image_description"),
            tags=self.option("image_tags") or None,
            service=self.option("image_service"),
            access_rights=self._access_rights,
        )

    @property
    def _access_rights(self) -> pulumi.Input[list[str]] | None:
        """Who else may use the image; None when nobody is named."""
        named = "image_access_rights" in self._arguments.deferred or self._settings.image_access_rights
        return self.option("image_access_rights") if named else None

    def _make_verification(self, image: Image) -> Verification:
        return self._add(
            Verification,
            "verification",
            image,
            image_id=alone(image.id),
            name=self.option("image_name"),
            machine=self._machine(
                *(
                    ("chroot_disk_size", "chroot_disk_type")
                    if self._settings.chroot_disk
                    else ("disk_size", "disk_type")
                )
            ),
            verify=self.option("verify"),
        )

    def _finish(self, result: Image | Verification) -> None:
        """What comes after the image is known to be good: statement, rights, the tag `current`, retention, release."""
        settings, rights = self._settings, self._access_rights
        last: pulumi.Resource = result
        image_id = alone(result.id)
        if settings.provenance_key:
            key = self.option("provenance_key")
            source = self._known["source_image_id"] if settings.source_image_filter else self._origin
            last = self._add(Statement, "statement", last, image_id=image_id, key=key, source_image=source)
        if settings.publishes or settings.keep_last or rights is not None:
            wanted = {"tag_current": settings.publishes, "access_rights": rights}
            last = self._add(Publication, "publication", last, image_id=image_id, **wanted)
        if settings.release == "after-image":
            self._add(Release, "release", last, image_id=image_id)
