"""What a template is made of, whichever language it is written in."""

from __future__ import annotations

from dataclasses import dataclass, field

from pulumi_hyperone.packer.located import Map
from pulumi_hyperone.packer.result import Place


@dataclass(frozen=True)
class Source:
    """A builder as one build uses it.

    `names` are the names that `only`, `except` and `override` know it by; `label` is its name in the template, `key`
    the proposed name of the image.
    """

    kind: str
    label: str
    key: str
    path: str
    config: Map
    place: Place
    names: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Step:
    """A provisioner or post-processor; `config` still has `only`, `except`, `override` and the like."""

    kind: str
    path: str
    config: Map
    place: Place


@dataclass(frozen=True)
class Build:
    """One build: a source and what is run for it."""

    source: Source
    steps: tuple[Step, ...] = ()
    cleanup: Step | None = None
    post_processors: tuple[Step, ...] = field(default=())
