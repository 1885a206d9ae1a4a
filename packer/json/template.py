"""Reads Packer's JSON templates: what builds there are and what is run for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pulumi_hyperone.packer.build import Build, Source, Step
from pulumi_hyperone.packer.files import Unreadable, read_text
from pulumi_hyperone.packer.json.reader import read_json
from pulumi_hyperone.packer.json.variables import Variables, json_variables
from pulumi_hyperone.packer.local_access import LocalAccess
from pulumi_hyperone.packer.located import Located, Map
from pulumi_hyperone.packer.result import Findings, Place
from pulumi_hyperone.provider.foundation.nearest import did_you_mean
from pulumi_hyperone.settings.template import TemplateContext, TemplateError
from pulumi_hyperone.settings.template.renderer import render

_ROOT = frozenset(
    {"builders", "provisioners", "post-processors", "error-cleanup-provisioner", "variables", "sensitive-variables"}
    | {"description", "comments", "min_packer_version", "push"}
)


def json_builds(
    path: Path, given: Mapping[str, object], var_files: Sequence[Path], context: TemplateContext, access: LocalAccess
) -> tuple[list[Build], Variables]:
    """Return the builds of the template at `path` and its variables. Faults go to the findings of `access`."""
    findings = access.findings
    try:
        root = read_json(path.name, read_text(path), findings)
    except Unreadable as error:
        findings.fault(Place(path.name, 1, 1), str(error))
        root = None
    if root is None or not isinstance(root.value, dict):
        if root is not None:
            findings.fault(root.place, "a template must be a map")
        return [], Variables()
    variables = json_variables(root.value, given, var_files, context, access)
    named = replace(context, variables=variables.values, missing_variable="empty")
    template = _Template(root, named, findings)
    template.check_root()
    return template.builds(), variables


@dataclass
class _Template:
    """A JSON template; the variables in `context` are known."""

    root: Located
    context: TemplateContext
    findings: Findings

    def builds(self) -> list[Build]:
        """Return one build for each builder."""
        sources = self._sources()
        steps = self._provisioners(sources)
        cleanup = self._cleanup()
        post_processors = self._post_processors(sources)
        return [Build(source, tuple(steps), cleanup, tuple(post_processors)) for source in sources]

    def check_root(self) -> None:
        """Note what the root holds beside builds."""
        for key, located in self.root.value.items():
            if key.startswith("_"):
                if not isinstance(located.value, str):
                    self.findings.fault(located.place, f'the comment "{key}" must be a string')
            elif key not in _ROOT:
                self.findings.fault(located.place, f'unknown key "{key}" in the template{did_you_mean(key, _ROOT)}')
            elif key == "comments":
                self._comments(located)
            elif key in {"description", "min_packer_version"}:
                self.findings.row("skipped", key, located.plain(), located.place, "for human readers only")
            elif key == "push":
                self.findings.row("dropped", key, "", located.place, "Packer no longer has push")

    def _comments(self, located: Located) -> None:
        comments = located.plain()
        if not isinstance(comments, list) or not all(isinstance(one, dict) for one in comments):
            self.findings.fault(located.place, "comments must be a list of maps")

    def _items(self, key: str) -> list[Located]:
        located = self.root.value.get(key)
        if located is None or located.value is None:
            return []
        if not isinstance(located.value, list):
            self.findings.fault(located.place, f"{key} must be a list")
            return []
        return list(located.value)

    def _sources(self) -> list[Source]:
        sources: list[Source] = []
        items = self._items("builders")
        if not items:
            self.findings.fault(self.root.place, "the template has no builders")
        for number, located in enumerate(items):
            path = f"builders[{number}]"
            config = self._map(located, path)
            kind = self._text(config, "type", path, located)
            if kind is None:
                continue
            raw = config["name"].value if "name" in config and config["name"].value else kind
            if not isinstance(raw, str):
                self.findings.fault(config["name"].place, f"{path}.name must be a string")
                continue
            if any(raw in source.names for source in sources):
                self.findings.fault(located.place, f'two builders are named "{raw}": give each a "name" of its own')
                continue
            label = self._label(raw, located)
            options = {key: value for key, value in config.items() if key not in {"type", "name"}}
            key = label if "name" in config else ""
            sources.append(Source(kind, label, key, path, options, located.place, frozenset({raw})))
        return sources

    def _label(self, raw: str, located: Located) -> str:
        try:
            rendered = render(raw, replace(self.context, timestamp=0))
        except TemplateError as error:
            self.findings.fault(located.place, f"the builder's name cannot be rendered: {error.faults[0].message}")
            return raw
        self.findings.used |= rendered.uses
        return rendered.text

    def _map(self, located: Located, path: str) -> Map:
        if isinstance(located.value, dict):
            return dict(located.value)
        self.findings.fault(located.place, f"{path} must be a map of options")
        return {}

    def _text(self, config: Map, key: str, path: str, owner: Located) -> str | None:
        located = config.get(key)
        if located is not None and isinstance(located.value, str) and located.value:
            return located.value
        if isinstance(owner.value, dict):
            self.findings.fault(located.place if located else owner.place, f'{path} has no "{key}"')
        return None

    def _provisioners(self, sources: list[Source]) -> list[Step]:
        steps: list[Step] = []
        for number, located in enumerate(self._items("provisioners")):
            step = self._step(located, f"provisioners[{number}]", sources)
            steps += [step] if step else []
        return steps

    def _step(self, located: Located, path: str, sources: list[Source]) -> Step | None:
        config = self._map(located, path)
        kind = self._text(config, "type", path, located)
        if kind is None:
            return None
        known = {name for source in sources for name in source.names}
        for key in ("only", "except", "override"):
            names = config[key].plain() if key in config else []
            for name in names if isinstance(names, list | dict) else []:
                if isinstance(name, str) and name not in known:
                    message = f'{path}.{key} names the build "{name}", which does not exist{did_you_mean(name, known)}'
                    self.findings.fault(config[key].place, message)
        return Step(kind, path, config, located.place)

    def _cleanup(self) -> Step | None:
        located = self.root.value.get("error-cleanup-provisioner")
        if located is None or located.value is None:
            return None
        return self._step(located, "error-cleanup-provisioner", [])

    def _post_processors(self, sources: list[Source]) -> list[Step]:
        """Post-processors are texts, maps, or lists of those."""
        steps: list[Step] = []
        for number, located in enumerate(self._items("post-processors")):
            inner = located.value if isinstance(located.value, list) else [located]
            for position, item in enumerate(inner):
                path = f"post-processors[{number}]" + (f"[{position}]" if inner is located.value else "")
                if isinstance(item.value, str):
                    steps.append(Step(item.value, path, {}, item.place))
                    continue
                step = self._step(item, path, sources)
                steps += [step] if step else []
        return steps
