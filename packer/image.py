"""Makes an image's options of a builder and the provisioners that are run for it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from pulumi_hyperone.packer.located import Located
from pulumi_hyperone.packer.notes import note_option
from pulumi_hyperone.packer.options import (
    BUILDER_TYPE,
    CHROOT_DEFAULTS,
    DEFAULTS,
    OLD_NAMES,
    PACKER_ONLY,
    PROJECT_OPTIONS,
    RUN_TIME_FIELDS,
    builder_options,
)
from pulumi_hyperone.packer.parts import Plan
from pulumi_hyperone.packer.result import SECRET, Findings, ImportedImage, Place
from pulumi_hyperone.packer.steps import manifest, provisioner, runs_for
from pulumi_hyperone.packer.texts import Marks, Texts
from pulumi_hyperone.provider.foundation.nearest import did_you_mean
from pulumi_hyperone.settings.template import TemplateContext

_TRUE = (True, 1, "true", "True", "TRUE", "1", "t", "T")


@dataclass
class ImageMaker:
    """Makes images of plans. `context` holds the variables, `sensitive` names the secret ones.

    `provider` gathers the options that belong to the whole project; `places` are those of the variables.
    """

    context: TemplateContext
    findings: Findings
    sensitive: frozenset[str] = frozenset()
    provider: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)

    def image(self, plan: Plan, name: str) -> ImportedImage:
        """Return the image of one plan under `name`; faults and rows go to the findings."""
        source = plan.source
        context = replace(self.context, build_name=source.label, build_type=BUILDER_TYPE)
        texts = Texts(context, self.findings, self.sensitive, Marks())
        options: dict[str, Any] = {}
        for option, located in source.config.items():
            self._builder_option(option, located, source.path, texts, options)
        self._defaults(options, source.path, source.place)
        provisioners: list[dict[str, Any]] = []
        for step in plan.steps:
            if runs_for(step, source, self.findings):
                made = provisioner(step, source, texts, f"provisioners[{len(provisioners)}]")
                provisioners += [] if made is None else [made]
        if provisioners:
            options["provisioners"] = provisioners
        if plan.cleanup and runs_for(plan.cleanup, source, self.findings):
            cleanup = provisioner(plan.cleanup, source, texts, "error_cleanup_provisioner")
            if cleanup is not None:
                options["error_cleanup_provisioner"] = cleanup
        self._post_processors(plan, texts, options)
        secrets, volatile = frozenset(texts.marks.secrets), frozenset(texts.marks.volatile)
        return ImportedImage(name, source.label, options, secrets, volatile, texts.marks.places)

    def _builder_option(
        self, option: str, located: Located, source_path: str, texts: Texts, options: dict[str, Any]
    ) -> None:
        path = f"{source_path}.{option}"
        option = OLD_NAMES.get(option, option)
        if located.value is None:
            self.findings.row("defaulted", path, None, located.place, "null counts as absent")
        elif option in PROJECT_OPTIONS:
            self._project_option(option, located, path, texts)
        elif option in builder_options():
            value = texts.value(located, option, RUN_TIME_FIELDS.get(option, frozenset()))
            options[option] = value
            note_option(option, option, path, value, located.place, texts=texts)
        elif option in PACKER_ONLY:
            self.findings.row("dropped", path, located.plain(), located.place, PACKER_ONLY[option])
        elif option.startswith("winrm_"):
            self.findings.row("dropped", path, "", located.place, "WinRM is not supported")
        else:
            self.findings.fault(located.place, f'unknown option "{option}"{_meant(option)}')

    def _project_option(self, option: str, located: Located, path: str, texts: Texts) -> None:
        value = texts.value(located, option)
        hidden = option == "token" or option in texts.marks.secrets
        texts.marks.secrets.discard(option)
        texts.marks.volatile.discard(option)
        if value == "":
            self.findings.row("defaulted", path, value, located.place, "an empty text counts as absent")
            return
        self.provider[option] = value
        set_by = f"pulumi config set {'--secret ' if hidden else ''}{PROJECT_OPTIONS[option]}"
        note = f"holds for the whole stack here: {set_by}"
        self.findings.row("read", path, SECRET if hidden else value, located.place, note)

    def _defaults(self, options: dict[str, Any], path: str, place: Place) -> None:
        chroot = options.get("chroot_disk") in _TRUE
        for option, value in {**DEFAULTS, **(CHROOT_DEFAULTS if chroot else {})}.items():
            if option not in options:
                self.findings.row("defaulted", f"{path}.{option}", value, place)

    def _post_processors(self, plan: Plan, texts: Texts, options: dict[str, Any]) -> None:
        done: list[dict[str, Any]] = []
        for step in plan.post_processors:
            if not runs_for(step, plan.source, self.findings):
                continue
            if step.kind == "shell-local":
                made = provisioner(step, plan.source, texts, f"post_processors[{len(done)}]")
                done += [] if made is None else [made]
            elif step.kind == "manifest":
                options["manifest"] = manifest(step, texts)
            else:
                note = "post-processors of this kind are not run here"
                self.findings.row("dropped", step.path, step.kind, step.place, note)
        if done:
            options["post_processors"] = done


def _meant(option: str) -> str:
    from pulumi_hyperone.settings import ImageSettings  # noqa: PLC0415 - settings need the templates package first

    renamed = ImageSettings.old_names.get(option)
    return f' - did you mean "{renamed}"?' if renamed else did_you_mean(option, {*builder_options(), *PROJECT_OPTIONS})
