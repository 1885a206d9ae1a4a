"""What is known when a template is rendered, and what comes out."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

PACKER_VERSION = "1.7.10"
"""What `{{packer_version}}` gives: the last Packer that the HyperOne builder of this API generation was part of."""


def time_ordered_uuid(timestamp: int) -> str:
    """Return a UUID as Packer makes them: Unix seconds first, the rest random."""
    tail = secrets.token_hex(12)
    return f"{timestamp & 0xFFFFFFFF:08x}-{tail[:4]}-{tail[4:8]}-{tail[8:12]}-{tail[12:]}"


@dataclass(frozen=True)
class Rendered:
    """A rendered text and what it rests on.

    `text` is final unless `deferred`: then it is a template again, for the values that were not known yet.
    `volatile` says that it holds, or will hold, a time or a random id: such a text tells nothing about what an image
    contains. `local` says that it holds a folder of this computer. `uses` names the user variables it rests on, also
    through other variables; `env` the environment variables; `fields` the data fields that are still in it; `missing`
    user variables that nothing defines.
    """

    text: str
    volatile: bool = False
    local: bool = False
    uses: frozenset[str] = frozenset()
    env: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    deferred: bool = False


@dataclass(frozen=True)
class TemplateContext:
    """The values for one rendering; None stands for "not known yet".

    `timestamp`        Unix seconds of the build, one for all its templates
    `variables`        values for `user`; a Rendered one carries its volatility and what it uses along
    `missing_variable` what `user` does with an unknown name: "error", or "empty" as Packer does outside `variables`
    `env_allowed`      whether `env` may be used here (in Packer: only in the defaults of variables)
    `environ`          values for `env`
    `data`             values of the dot: `.Device`, `.MountPath`, `.Command`, `.Vars`, `.Path`, …
    `data_fields`      names of the dot that exist at run time; None when any may
    `build`            values for `build`
    `template_dir`     folder of the template, `cwd` the working folder, both absolute
    `uuid_factory`     makes the values for `uuid`
    """

    timestamp: int | None = None
    variables: Mapping[str, str | Rendered] = field(default_factory=dict)
    missing_variable: Literal["error", "empty"] = "error"
    env_allowed: bool = False
    environ: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    data_fields: frozenset[str] | None = None
    build: Mapping[str, str] | None = None
    build_name: str | None = None
    build_type: str | None = None
    template_dir: str | None = None
    cwd: str | None = None
    packer_version: str = PACKER_VERSION
    uuid_factory: Callable[[], str] | None = None
