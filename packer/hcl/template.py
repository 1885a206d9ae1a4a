"""Reads HCL2 templates: one file or a folder of them, and everything they name."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pulumi_hyperone.packer.build import Build
from pulumi_hyperone.packer.files import MAX_FILES, Unreadable, read_text
from pulumi_hyperone.packer.hcl.build_reader import BuildReader
from pulumi_hyperone.packer.hcl.conversions import to_bool
from pulumi_hyperone.packer.hcl.evaluate import Evaluator
from pulumi_hyperone.packer.hcl.functions import Surroundings
from pulumi_hyperone.packer.hcl.json_syntax import read_json_body
from pulumi_hyperone.packer.hcl.nodes import Block, HclError
from pulumi_hyperone.packer.hcl.option_reader import OptionReader
from pulumi_hyperone.packer.hcl.parser import read_hcl, read_template
from pulumi_hyperone.packer.hcl.scope import BuildData, Fixed, Locals, Refused, Traced, Variables
from pulumi_hyperone.packer.hcl.variables import VariableReader
from pulumi_hyperone.packer.local_access import LocalAccess
from pulumi_hyperone.packer.result import Place
from pulumi_hyperone.provider.foundation.nearest import did_you_mean
from pulumi_hyperone.settings.rendering import BUILD_TYPE
from pulumi_hyperone.settings.template import TemplateContext

_SECOND = re.compile(r"^\s*(?:>=|>|~>|=)?\s*v?(?:[2-9]|[1-9]\d+)(?:\.|\s*$|\s*,|-)")
"""A version constraint that begins with version 2 or later; the builder of version 2 speaks v2 of the API."""
_BLOCKS = ("variable", "variables", "locals", "local", "source", "build", "packer", "data")


def hcl_builds(
    path: Path,
    given: Mapping[str, object],
    var_files: Sequence[Path],
    context: TemplateContext,
    access: LocalAccess,
) -> list[Build]:
    """Return the builds of the template at `path`, a file or a folder. Faults go to the findings of `access`."""
    return _Template(path, context, access).builds(given, var_files)


class _Template:
    def __init__(self, path: Path, context: TemplateContext, access: LocalAccess) -> None:
        self._path = path
        self._root = path if path.is_dir() else path.parent
        self._context = context
        self._access = access
        self._findings = access.findings
        self._blocks: list[Block] = []
        self._traced = Traced()
        self._locals = Locals({}, self._traced)
        self._variables = Variables({}, self._traced)
        self._sources: dict[str, Block] = {}
        surroundings = Surroundings(self._root, access, context.environ, now=int(time.time()))
        surroundings.template = self._template_file
        self._evaluator = Evaluator(self._roots(), surroundings, self._inexact)
        self._reader = VariableReader(self._evaluator, access, self._guard)

    def _roots(self) -> dict[str, Any]:
        paths = {"root": str(self._root), "cwd": self._context.cwd or ""}
        return {
            "var": self._variables,
            "local": self._locals,
            "path": Fixed("path", paths),
            "packer": Fixed("packer", {"version": self._context.packer_version}),
            "build": BuildData(),
            "source": _SourceNames(self._sources),
            "data": Refused("data sources reach out to other systems and are not supported; use a variable"),
        }

    def _guard(self, call: Callable[..., Any], *arguments: Any) -> Any:
        """Call; what is wrong becomes a fault and the result None."""
        try:
            return call(*arguments)
        except HclError as error:
            self._findings.fault(error.place or Place(self._path.name, 1, 1), str(error))
            return None

    def _inexact(self, place: Place) -> None:
        note = "computed from the time of the build in a way that cannot be deferred: fixed at the time of the import"
        self._findings.row("warning", "timestamp", "", place, note)

    def _template_file(self, text: str, file: str, variables: dict[str, Any]) -> Any:
        surroundings = self._evaluator.surroundings
        surroundings.template = None
        try:
            return self._evaluator.value(read_template(text, Place(file, 1, 1)), variables)
        finally:
            surroundings.template = self._template_file

    def builds(self, given: Mapping[str, object], var_files: Sequence[Path]) -> list[Build]:
        """Read everything and return the builds."""
        for file in self._files((".pkr.hcl", ".pkr.json")):
            block = self._guard(self._read, file)
            self._blocks += block.blocks if block else []
            for name in block.attributes if block else ():
                self._findings.fault(block.places[name], f'"{name}" is not a block{did_you_mean(name, _BLOCKS)}')
        if self._path.is_dir() and not self._blocks and not self._findings.faults:
            self._findings.fault(Place(self._path.name, 1, 1), "the folder has no *.pkr.hcl or *.pkr.json file")
        for block in self._blocks:
            self._guard(self._declare, block)
        self._take_values(given, var_files)
        for name in self._locals.evaluate:
            self._guard(self._locals.get, name)
        return self._builds()

    def _files(self, endings: tuple[str, ...]) -> list[Path]:
        if not self._path.is_dir():
            return [self._path]
        found = sorted(file for file in self._path.iterdir() if file.name.endswith(endings) and file.is_file())
        if len(found) > MAX_FILES:
            self._findings.fault(Place(self._path.name, 1, 1), f"the folder holds more than {MAX_FILES} templates")
        for file in found[:MAX_FILES]:
            self._access.takes_file(file, file.name, Place(file.name, 1, 1))
        return found[:MAX_FILES]

    def _read(self, file: Path) -> Block:
        try:
            text = read_text(file)
        except Unreadable as error:
            raise HclError(str(error), Place(file.name, 1, 1)) from None
        try:
            return read_json_body(file.name, text) if file.suffix == ".json" else read_hcl(file.name, text)
        except RecursionError:
            raise HclError("the template is too deeply nested", Place(file.name, 1, 1)) from None

    def _declare(self, block: Block) -> None:
        if block.kind in {"variable", "variables"}:
            self._reader.declare(block)
        elif block.kind in {"locals", "local"}:
            self._declare_locals(block)
        elif block.kind == "source":
            self._declare_source(block)
        elif block.kind == "data":
            raise HclError("data sources reach out to other systems and are not supported; use a variable", block.place)
        elif block.kind == "packer":
            note = "says which Packer and plugins to use"
            self._findings.row("skipped", "packer", "", block.place, note)
            self._note_plugin(block)
        elif block.kind != "build":
            raise HclError(f'there is no block "{block.kind}"{did_you_mean(block.kind, _BLOCKS)}', block.place)

    def _note_plugin(self, block: Block) -> None:
        """Tell by the version of the builder's plugin which generation of the API a template is for."""
        for plugins in block.blocks:
            node = plugins.attributes.get(BUILD_TYPE) if plugins.kind == "required_plugins" else None
            wanted = self._evaluator.value(node) if node is not None else None
            version = wanted.get("version") if isinstance(wanted, Mapping) else wanted
            if node is not None and isinstance(version, str) and _SECOND.search(version):
                self._findings.second_generation(f"packer.required_plugins.{BUILD_TYPE}", version, node.place)

    def _declare_locals(self, block: Block) -> None:
        nodes = block.attributes
        if block.kind == "local":
            if len(block.labels) != 1 or "expression" not in nodes:
                raise HclError('a local needs a name and an expression: local "name" { expression = … }', block.place)
            sensitive = nodes.get("sensitive")
            if sensitive is not None and to_bool(self._evaluator.value(sensitive)):
                self._traced.sensitive.add(f"local.{block.labels[0]}")
            nodes = {block.labels[0]: nodes["expression"]}
        for name, node in nodes.items():
            if name in self._locals.evaluate:
                raise HclError(f'the local "{name}" is defined twice', node.place)
            self._locals.evaluate[name] = partial(self._evaluator.value, node)

    def _declare_source(self, block: Block) -> None:
        if len(block.labels) != 2:
            raise HclError('a source needs a type and a name: source "hyperone" "name" { … }', block.place)
        full = ".".join(block.labels)
        if full in self._sources:
            raise HclError(f'the source "{full}" is defined twice', block.place)
        self._sources[full] = block

    def _take_values(self, given: Mapping[str, object], var_files: Sequence[Path]) -> None:
        reader = self._reader
        reader.from_environ(self._context.environ)
        if self._path.is_dir():
            reader.from_files(self._files((".auto.pkrvars.hcl", ".auto.pkrvars.json")), strict=True)
        reader.from_files(var_files, strict=True)
        reader.from_given(given)
        reader.finish()
        self._variables.values.update({name: variable.value for name, variable in reader.variables.items()})
        self._traced.sensitive |= {f"var.{name}" for name, one in reader.variables.items() if one.sensitive}
        reader.validate()

    def _builds(self) -> list[Build]:
        options = OptionReader(self._evaluator, self._traced, self._guard)
        reader = BuildReader(options, self._sources, self._findings)
        builds: list[Build] = []
        blocks = [block for block in self._blocks if block.kind == "build"]
        for number, block in enumerate(blocks):
            builds += self._guard(reader.builds, block, number) or []
        if not blocks:
            place = self._blocks[0].place if self._blocks else Place(self._path.name, 1, 1)
            self._findings.fault(place, "the template has no build block")
        for full in self._sources.keys() - reader.used:
            self._findings.row("skipped", f"source.{full}", full, self._sources[full].place, "no build uses it")
        return builds


class _SourceNames:
    """`source.TYPE.NAME` as a reference in `sources`."""

    def __init__(self, sources: Mapping[str, Block]) -> None:
        self._sources = sources

    def get(self, kind: str) -> Any:
        """Return the references to all sources of a type."""
        names = {block.labels[1]: f"source.{full}" for full, block in self._sources.items() if block.labels[0] == kind}
        if not names:
            known = {block.labels[0] for block in self._sources.values()}
            raise HclError(f'there is no source of type "{kind}"{did_you_mean(kind, known)}')
        return names
