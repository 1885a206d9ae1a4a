"""HyperOneImage: one image, built or taken over, as a program uses it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import pulumi

from pulumi_hyperone.components.arguments import Arguments, arguments_of
from pulumi_hyperone.components.packer_images import image_name
from pulumi_hyperone.components.stack_config import load_template
from pulumi_hyperone.components.stack_secrets import ConfigSecrets
from pulumi_hyperone.components.values import alone
from pulumi_hyperone.provider.foundation.component_type import COMPONENT
from pulumi_hyperone.provider.process.timing import TIMES
from pulumi_hyperone.provider.schema.preflight import Preflight, preflight_of
from pulumi_hyperone.provider.schema.resource import no_stack_trace
from pulumi_hyperone.settings import ImageSettings
from pulumi_hyperone.settings.api_questions import ASKED, api_facts
from pulumi_hyperone.settings.image_settings import FACTS

if TYPE_CHECKING:  # the chain is loaded once there is an image to build
    from pulumi_hyperone.components.build_chain import BuildChain
    from pulumi_hyperone.components.typed_options import ImageOptions

OUTPUTS = (
    "image_id",
    "image_name",
    "image_size",
    "build_id",
    "fingerprint",
    "source_image_id",
    "created_on",
    "seconds",
    "phases",
)


class Phase(TypedDict):
    """When a phase of the build began (RFC 3339 UTC), how long it took, and the calls of the API that it needed."""

    started_at: str
    seconds: float
    api_calls: float


class HyperOneImage(pulumi.ComponentResource):
    """Builds one image, or takes over the one that `existing_id` names.

    ```python
    base = HyperOneImage("base", ImageOptions(source_image="debian-12", vm_type="a1.nano", disk_size=10))
    web = HyperOneImage("web", ImageOptions(source_image=base.image_id, vm_type="a1.nano", disk_size=10))
    ```

    Outputs: `image_id` (of the tested image when there are `verify` commands), `image_name`, `image_size` (GiB),
    `build_id`, `fingerprint` (SHA-256 hex), `source_image_id`, `created_on` (RFC 3339), `seconds` (of work on
    the build, all phases), and `phases`: for each one when it began (RFC 3339 UTC), its seconds and its API calls.
    With `skip_create_image` those of the image are empty.
    """

    image_id: pulumi.Output[str]
    image_name: pulumi.Output[str]
    image_size: pulumi.Output[float]
    build_id: pulumi.Output[str]
    fingerprint: pulumi.Output[str]
    source_image_id: pulumi.Output[str]
    created_on: pulumi.Output[str]
    seconds: pulumi.Output[float]
    phases: pulumi.Output[dict[str, Phase]]

    def __init__(
        self,
        name: str,
        settings: Arguments | ImageSettings | ImageOptions | Mapping[str, Any],
        *,
        preflight: Preflight | None = None,
        source_image: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register the image and the resources that build it.

        `name` is the image's name in the stack. `settings` are the options of docs/settings.md: typed, as ImageOptions,
        or any mapping. Their values may be outputs but for those that shape the build (docs/lifecycle.md). Settings
        that are loaded already do as well.
        `source_image` stands in for the one in `settings`. Without `preflight` the image is checked on its own; images
        that share one are checked together. Raises pulumi.RunError with all faults of the settings in one report.
        """
        with no_stack_trace():
            super().__init__(COMPONENT, name, None, opts)
        arguments = arguments_of(name, settings, source_image)
        checked = preflight or self._make_preflight(name, arguments)
        owner = {
            "image_key": name,
            "stack": f"{pulumi.get_project()}/{pulumi.get_stack()}",
            "stack_id": alone(checked.id),
        }
        chain = None
        if arguments.settings.existing_id or "existing_id" in arguments.images:
            self._adopt(name, arguments, checked)
        else:
            from pulumi_hyperone.components.build_chain import BuildChain  # noqa: PLC0415 - taken over images have none

            source = arguments.images.get("source_image")
            chain = BuildChain(name, arguments, owner=owner, source_image=source, parent=self, after=checked)
            self._build(chain)
        self._write_manifest(name, arguments)
        if chain:
            chain.post_process(self.image_name)
        # The phases are those of the children; the state holds nothing twice.
        self.register_outputs({output: getattr(self, output) for output in OUTPUTS if output != "phases"})

    @classmethod
    def from_packer(
        cls,
        template: str | Path,
        *,
        name: str | None = None,
        variables: Mapping[str, Any] | None = None,
        var_files: Sequence[str] = (),
        only: Sequence[str] = (),
        except_: Sequence[str] = (),
        preflight: Preflight | None = None,
        source_image: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
        **options: Any,
    ) -> dict[str, HyperOneImage]:
        """Build what a Packer template describes (docs/from-packer.md); returns the images by name.

        `name` (default: the template's file name) is the image's name in the stack; several builders become several
        images `<name>-<builder>`. `variables`, `var_files`, `only` and `except_` are Packer's command line; `options`
        go over those of the template, `source_image` (an output, too) over its source. Raises pulumi.RunError with all
        faults in one report, those of the template with file, line and column.
        """
        path = Path(template)
        stand_in = {} if source_image is None else {"source_image": FACTS["source_image"].stand_in}
        arguments = {"variables": variables, "var_files": list(var_files), "only": list(only), "except": list(except_)}
        settings = load_template(name or image_name(path), {"packer": str(path), **arguments, **options, **stand_in})
        return {
            key: cls(key, image, preflight=preflight, source_image=source_image, opts=opts)
            for key, image in settings.items()
        }

    def _make_preflight(self, name: str, arguments: Arguments) -> Preflight:
        return Preflight(
            preflight_of(name),
            {name: arguments.asked},
            ASKED,
            secret_keys=ConfigSecrets.of_program().unmarked,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _adopt(self, name: str, arguments: Arguments, after: pulumi.Resource) -> None:
        from pulumi_hyperone.provider.schema.existing_image import ExistingImage  # noqa: PLC0415 - few images are

        existing_id = arguments.images.get("existing_id") or api_facts(arguments.settings)["existing_id"]
        options = pulumi.ResourceOptions(parent=self, depends_on=[after])
        image = ExistingImage(f"{name}-existing-image", {"image_key": name, "existing_id": existing_id}, options)
        self.image_id, self.image_name, self.image_size = image.id, image.name, image.size
        self.created_on, self.build_id = image.created_on, image.build_id
        self.fingerprint = self.source_image_id = pulumi.Output.from_input("")
        self.phases = pulumi.Output.from_input({})
        self.seconds = pulumi.Output.from_input(0.0)
        self._build_time: pulumi.Output[float] = pulumi.Output.from_input(0.0)

    def _build(self, chain: BuildChain) -> None:
        if chain.image is None or chain.result is None:
            self.image_id = self.image_name = self.created_on = pulumi.Output.from_input("")
            self.image_size = pulumi.Output.from_input(0.0)
        else:
            self.image_id = chain.result.id
            self.image_name, self.image_size = chain.image.name, chain.image.size
            self.created_on = chain.image.created_on
        self.build_id, self.fingerprint = chain.build.id, chain.build.fingerprint
        self.source_image_id = chain.build.source_image_id
        times: dict[str, Any] = {
            phase: {key: getattr(step, key) for key in TIMES} for phase, step in chain.steps.items()
        }
        self.phases = pulumi.Output.from_input(times)
        self.seconds = self.phases.apply(lambda phases: round(sum(one["seconds"] or 0 for one in phases.values()), 1))
        self._build_time = chain.build.timestamp

    def _write_manifest(self, name: str, arguments: Arguments) -> None:
        settings = arguments.settings
        if not settings.manifest or pulumi.runtime.is_dry_run():
            return
        # Few images have one.
        from pulumi_hyperone.components.manifest import manifest_entry, manifest_file, write_manifest  # noqa: PLC0415

        def write(outputs: dict[str, Any]) -> str:
            mask = ConfigSecrets.of_program().masker(outputs["secrets"] or ()).text
            path = manifest_file(settings, outputs)
            try:
                write_manifest(path, manifest_entry(name, outputs, mask))
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or error
                raise pulumi.RunError(f"images.{name}.manifest: cannot write {path}: {reason}") from None
            return str(outputs["image_name"])

        known = {output: getattr(self, output) for output in OUTPUTS if output != "phases"}
        secrets = pulumi.Output.unsecret(pulumi.Output.from_input(arguments.secret_texts))
        # Part of an output, so that the engine waits for it and a failure is the program's.
        self.image_name = pulumi.Output.all(**known, build_time=self._build_time, secrets=secrets).apply(write)
