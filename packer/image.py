"""Makes an image's options of a builder and the provisioners that are run for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pulumi_hyperone.packer.build import Build, Source, Step
from pulumi_hyperone.packer.files import Unreadable, read_bytes
from pulumi_hyperone.packer.local_access import FILE_OPTIONS, LocalAccess
from pulumi_hyperone.packer.located import Located
from pulumi_hyperone.packer.option_names import (
    CHROOT_DEFAULTED,
    DEFAULTED,
    OLD_NAMES,
    PACKER_ONLY,
    builder_options,
    default_of,
)
from pulumi_hyperone.packer.option_renderer import OptionRenderer, RunTimeFields
from pulumi_hyperone.packer.result import PROJECT_OPTIONS, Findings, ImportedImage, Place
from pulumi_hyperone.packer.steps import manifest, provisioner, runs_for
from pulumi_hyperone.provider.foundation.masking import MASK
from pulumi_hyperone.provider.foundation.nearest import did_you_mean
from pulumi_hyperone.settings import ImageSettings
from pulumi_hyperone.settings.image_settings import FACTS
from pulumi_hyperone.settings.rendering import BUILD_TYPE
from pulumi_hyperone.settings.template import Rendered, TemplateContext
from pulumi_hyperone.settings.user_data import is_unknown_base64

_TRUE = (True, 1, "true", "True", "TRUE", "1", "t", "T")


@dataclass
class ImageMaker:
    """Makes images of builds. `context` holds the variables, `sensitive` names the secret ones, `hidden` hides them.

    `provider` gathers the options that belong to the whole project; `places` are those of the variables.
    """

    context: TemplateContext
    access: LocalAccess
    sensitive: frozenset[str] = frozenset()
    hidden: Mapping[str, Rendered] = field(default_factory=dict)
    provider: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)

    @property
    def findings(self) -> Findings:
        """Where faults and rows go."""
        return self.access.findings

    def image(self, build: Build, name: str) -> ImportedImage:
        """Return the image of one build under `name`; faults and rows go to the findings."""
        source = build.source
        context = replace(self.context, build_name=source.label, build_type=BUILD_TYPE)
        renderer = OptionRenderer(context, self.findings, self.sensitive, self.hidden)
        options: dict[str, Any] = {}
        for option, located in source.config.items():
            self._builder_option(option, located, source.path, renderer, options)
        self._defaults(options, source.path, source.place)
        provisioners: list[dict[str, Any]] = []
        for step in build.steps:
            if runs_for(step, source, self.findings):
                made = self._step(step, source, renderer, f"provisioners[{len(provisioners)}]")
                provisioners += [] if made is None else [made]
        if provisioners:
            options["provisioners"] = provisioners
        if build.cleanup and runs_for(build.cleanup, source, self.findings):
            cleanup = self._step(build.cleanup, source, renderer, "error_cleanup_provisioner")
            if cleanup is not None:
                options["error_cleanup_provisioner"] = cleanup
        self._post_processors(build, renderer, options)
        marks = renderer.marks
        secrets, volatile = frozenset(marks.secrets), frozenset(marks.volatile)
        return ImportedImage(name, source.label, options, secrets, volatile, marks.places, marks.redacted)

    def _step(self, step: Step, source: Source, renderer: OptionRenderer, path: str) -> dict[str, Any] | None:
        made = provisioner(step, source, renderer, path)
        if made is not None:
            self.access.step(made, step.path, step.place)
        return made

    def _builder_option(
        self, option: str, located: Located, source_path: str, renderer: OptionRenderer, options: dict[str, Any]
    ) -> None:
        path = f"{source_path}.{option}"
        option = OLD_NAMES.get(option, option)
        if located.value is None:
            self.findings.row("defaulted", path, None, located.place, "null counts as absent")
        elif option in PROJECT_OPTIONS:
            self._project_option(option, located, path, renderer)
        elif option in builder_options():
            fields = RunTimeFields(frozenset(FACTS[option].fields))
            options[option] = value = renderer.option(located, option, path, fields)
            if (option, value) == ("network", "public"):
                self.findings.second_generation(path, value, located.place)
            if option in FILE_OPTIONS and isinstance(value, str) and value:
                self.access.reads_file(value, path, located.place)
            if option in {"user_data", "user_data_file"} and isinstance(value, str):
                self._user_data(option, value, path, located.place)
        elif option in PACKER_ONLY:
            self.findings.row("dropped", path, located.plain(), located.place, PACKER_ONLY[option])
        elif option.startswith("winrm_"):
            self.findings.row("dropped", path, "", located.place, "WinRM is not supported")
        else:
            near = did_you_mean(option, {*builder_options(), *PROJECT_OPTIONS}, ImageSettings.old_names)
            self.findings.fault(located.place, f'unknown option "{option}"{near}')

    def _user_data(self, option: str, value: str, path: str, place: Place) -> None:
        """Warn of base64 that would be encoded again: Packer sends user data as it is written."""
        content = value.encode()
        if option == "user_data_file":
            try:
                content = read_bytes(self.access.cwd / Path(value).expanduser())
            except (Unreadable, RuntimeError):  # the settings say what is wrong with the file
                return
        if is_unknown_base64(content):
            note = "base64 of a document that cloud-init does not know: it is sent as text, encoded once more; give"
            self.findings.row("warning", path, "", place, f"{note} the document itself")

    def _project_option(self, option: str, located: Located, path: str, renderer: OptionRenderer) -> None:
        value = renderer.value(located, option)
        hidden = option == "token" or option in renderer.marks.secrets
        renderer.marks.secrets.discard(option)
        renderer.marks.redacted.pop(option, None)
        renderer.marks.volatile.discard(option)
        if value == "":
            self.findings.row("defaulted", path, value, located.place, "an empty string counts as absent")
            return
        self.provider[option] = value
        if option == "location":
            self.findings.second_generation(path, value, located.place)
        set_by = f"pulumi config set {'--secret ' if hidden else ''}hyperone:{option}"
        note = f"holds for the whole stack here: {set_by}"
        self.findings.row("read", path, MASK if hidden else value, located.place, note)
        if option == "api_url":
            note = "the account's token is sent there: import it only if you know the address"
            self.findings.row("warning", path, "" if hidden else value, located.place, note)

    def _defaults(self, options: dict[str, Any], path: str, place: Place) -> None:
        chroot = options.get("chroot_disk") in _TRUE
        for option in (*DEFAULTED, *(CHROOT_DEFAULTED if chroot else ())):
            if option not in options:
                self.findings.row("defaulted", f"{path}.{option}", default_of(option), place)

    def _post_processors(self, build: Build, renderer: OptionRenderer, options: dict[str, Any]) -> None:
        done: list[dict[str, Any]] = []
        for step in build.post_processors:
            if not runs_for(step, build.source, self.findings):
                continue
            if step.kind == "shell-local":
                made = self._step(step, build.source, renderer, f"post_processors[{len(done)}]")
                done += [] if made is None else [made]
            elif step.kind == "manifest":
                options["manifest"] = manifest(step, renderer)
                self.access.writes_file(options["manifest"], step.path, step.place)
            else:
                note = "this kind of post-processor is not supported"
                self.findings.row("dropped", step.path, step.kind, step.place, note)
        if done:
            options["post_processors"] = done
