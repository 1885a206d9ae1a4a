"""Finds the builds of an HCL2 template: sources, build blocks, provisioners in order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pulumi_hyperone.packer.build import Build, Source, Step
from pulumi_hyperone.packer.hcl.nodes import Block, HclError
from pulumi_hyperone.packer.hcl.option_reader import OptionReader
from pulumi_hyperone.packer.located import Located, Map
from pulumi_hyperone.packer.result import Findings
from pulumi_hyperone.provider.foundation.nearest import did_you_mean

_BUILD_BLOCKS = ("source", "provisioner", "error-cleanup-provisioner", "post-processor", "post-processors", "dynamic")


class BuildReader:
    """Makes builds of `build` blocks; `sources` are the `source` blocks by `type.name`."""

    def __init__(self, reader: OptionReader, sources: dict[str, Block], findings: Findings) -> None:
        self._reader = reader
        self._sources = sources
        self._findings = findings
        self.used: set[str] = set()

    def builds(self, block: Block, number: int) -> list[Build]:
        """Return one build for each source of a build block. Raises HclError."""
        for inner in block.blocks:
            if inner.kind == "hcp_packer_registry":
                self._findings.fault(inner.place, "registries are not supported: stack outputs hold the image's id")
            elif inner.kind not in _BUILD_BLOCKS:
                near = did_you_mean(inner.kind, _BUILD_BLOCKS)
                self._findings.fault(inner.place, f'a build has no block "{inner.kind}"{near}')
        name = self._name(block)
        builds = []
        for reference, override in self._references(block):
            source = self._reader.guard(self._source, reference, override, name)
            if source is not None:
                builds.append(self._build(block, source, f"build[{number}]"))
        if not builds:
            self._findings.fault(block.place, "the build has no sources")
        return builds

    def _name(self, block: Block) -> str:
        for key in block.attributes.keys() - {"name", "description", "sources"}:
            near = did_you_mean(key, ["name", "description", "sources"])
            self._findings.fault(block.places[key], f'a build has no "{key}"{near}')
        node = block.attributes.get("name")
        value = self._reader.located(node, {}).value if node else ""
        if not isinstance(value, str):
            raise HclError("the name of a build must be a string", block.places["name"])
        return value

    def _references(self, block: Block) -> list[tuple[Located, Block | None]]:
        references: list[tuple[Located, Block | None]] = []
        node = block.attributes.get("sources")
        if node is not None:
            listed = self._reader.located(node, {})
            if not isinstance(listed.value, list):
                raise HclError("sources must be a list of sources", block.places["sources"])
            references += [(item, None) for item in listed.value]
        references += [
            (Located(".".join(inner.labels), inner.place), inner) for inner in block.blocks if inner.kind == "source"
        ]
        return references

    def _source(self, reference: Located, override: Block | None, build: str) -> Source:
        written = reference.value
        if not isinstance(written, str):
            raise HclError("a source is named like source.hyperone.NAME", reference.place)
        full = written.removeprefix("source.")
        if full not in self._sources:
            near = did_you_mean(full, self._sources)
            raise HclError(f'there is no source "{full}"{near}', reference.place)
        self.used.add(full)
        block = self._sources[full]
        kind, name = block.labels
        config = self._reader.options(block, {})
        own = self._reader.options(override, {}) if override else {}
        given = own.pop("name", None)
        name = given.value if given is not None and isinstance(given.value, str) else name
        label = f"{build}.{kind}.{name}" if build else f"{kind}.{name}"
        names = frozenset({label, full, f"{kind}.{name}", name})
        return Source(kind, label, name, f"source.{full}", {**config, **own}, block.place, names)

    def _build(self, block: Block, source: Source, path: str) -> Build:
        names = {"source": {"name": source.key, "type": source.kind}}
        steps: list[Step] = []
        posts: list[Step] = []
        cleanup: Step | None = None
        for inner, bound in self._expanded(block.blocks, names):
            if inner.kind == "provisioner":
                steps.append(self._step(inner, bound, f"{path}.provisioner[{len(steps)}]"))
            elif inner.kind == "error-cleanup-provisioner":
                cleanup = self._step(inner, bound, f"{path}.error-cleanup-provisioner")
            elif inner.kind == "post-processor":
                posts.append(self._step(inner, bound, f"{path}.post-processor[{len(posts)}]"))
            elif inner.kind == "post-processors":
                for one in inner.blocks:
                    posts.append(self._step(one, bound, f"{path}.post-processor[{len(posts)}]"))
        return Build(source, tuple(steps), cleanup, tuple(posts))

    def _expanded(self, blocks: Iterable[Block], names: dict[str, Any]) -> list[tuple[Block, Any]]:
        expanded: list[tuple[Block, Any]] = []
        for block in blocks:
            if block.kind != "dynamic":
                expanded.append((block, names))
                continue
            for made, bound in self._reader.guard(lambda b=block: list(self._reader.dynamic(b, names))) or ():
                labels = block.attributes.get("labels")
                listed = self._reader.guard(self._reader.located, labels, bound) if labels else None
                expanded.append((_labelled(made, listed), bound))
        return expanded

    def _step(self, block: Block, names: Any, path: str) -> Step:
        if len(block.labels) != 1:
            self._findings.fault(block.place, f'{block.kind} takes its type as a label: {block.kind} "shell" {{ … }}')
        config: Map = self._reader.options(block, names)
        return Step(block.labels[0] if block.labels else "", path, config, block.place)


def _labelled(block: Block, labels: Located | None) -> Block:
    if labels is None or not isinstance(labels.value, list):
        return block
    written = tuple(str(label.value) for label in labels.value)
    return Block(block.kind, written, block.place, block.attributes, block.places, block.blocks)
