"""What shell and shell-local share: where the script comes from, and its environment."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from pulumi_hyperone.provider.foundation.counting import counted
from pulumi_hyperone.provider.foundation.fields import unknown_actions
from pulumi_hyperone.provider.foundation.option import Option
from pulumi_hyperone.provider.foundation.weak_types import (
    WeakBool,
    WeakCommandList,
    WeakInt,
    WeakStr,
    WeakStrList,
    WeakStrMap,
    weak_list,
)
from pulumi_hyperone.provider.provisioners.base import Provisioner

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class ScriptProvisioner(Provisioner):
    """Runs `inline` commands as one script, or `script`, or `scripts` one after the other."""

    inline: WeakCommandList = Field(default_factory=list)
    script: Annotated[WeakStr, Option(file=True)] = ""
    scripts: Annotated[WeakStrList, Option(file=True)] = Field(default_factory=list)
    environment_vars: WeakStrList = Field(default_factory=list)
    env: WeakStrMap = Field(default_factory=dict)
    inline_shebang: WeakStr = "/bin/sh -e"
    binary: WeakBool = False
    valid_exit_codes: Annotated[list[WeakInt], BeforeValidator(weak_list), Field(min_length=1)] = Field(
        default_factory=lambda: [0]
    )

    @field_validator("environment_vars")
    @classmethod
    def _pairs(cls, value: list[str]) -> list[str]:
        for position, pair in enumerate(value):
            name, equals, content = pair.partition("=")
            if not equals or not _NAME.fullmatch(name):
                # The text may hold a secret: its position says enough.
                raise ValueError(f"entry {position + 1} must be of the form NAME=value")
            _without_nul(content, name)
        return value

    @field_validator("env")
    @classmethod
    def _names(cls, value: dict[str, str]) -> dict[str, str]:
        for name, content in value.items():
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} cannot be the name of a variable")
            _without_nul(content, name)
        return value

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in ("inline", "script", "scripts") if getattr(self, name)]
        if len(given) != 1:
            had = "none was" if not given else f"{' and '.join(given)} were"
            raise ValueError(f"exactly one of inline, script and scripts must be given; {had}")
        return self

    @property
    def summary(self) -> str:
        """The scripts, or how many inline commands: their texts may hold secrets that nobody has declared."""
        return self.script or ", ".join(self.scripts) or counted(len(self.inline), "inline command")

    def script_text(self) -> bytes:
        """Return the inline commands as one script."""
        return "".join(f"{line}\n" for line in [f"#!{self.inline_shebang}", *self.inline]).encode()

    def variables(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return what the build gives, overridden by environment_vars, then by env, sorted by name as in Packer."""
        pairs = (pair.partition("=") for pair in self.environment_vars)
        merged = {**given, **{name: value for name, _, value in pairs}, **self.env}
        return dict(sorted(merged.items()))


def check_fields(command: str, known: Collection[str]) -> None:
    """Raise ValueError for what `execute_command` has in braces and is none of the `known` fields."""
    if unknown := unknown_actions(command, known):
        names = ", ".join(f"{{{{.{name}}}}}" for name in known)
        raise ValueError(f"execute_command: {', '.join(unknown)} cannot be filled in; known are {names}")


def _without_nul(value: str, name: str) -> None:
    if "\0" in value:
        raise ValueError(f"the value of {name} holds a NUL character, which no environment can")
