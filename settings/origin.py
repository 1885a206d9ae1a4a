"""What settings of an image know of the Packer template that they were read from."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class TemplateOrigin:
    """The template's name for the build, the options that hold one of its secrets, and the secret texts."""

    build_name: str
    secret_options: frozenset[str] = frozenset()
    secrets: tuple[str, ...] = field(default=(), repr=False)
