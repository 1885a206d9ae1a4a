"""How functions are declared, and what they may look at."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi_hyperone.packer.hcl.nodes import HclError
from pulumi_hyperone.packer.local_access import LocalAccess
from pulumi_hyperone.packer.result import Place
from pulumi_hyperone.settings.template.functions import count_fault


@dataclass
class Surroundings:
    """What functions may look at beside their arguments.

    `root` is the template's folder, which relative paths start from; `env_allowed` is true while the default of a
    variable is evaluated; `template` evaluates a template with variables; `read` counts the bytes that were read; `now`
    is the time of the import (Unix seconds), for values that cannot be deferred; `place` is that of the running call.
    """

    root: Path
    access: LocalAccess
    environ: Mapping[str, str] = field(default_factory=dict)
    env_allowed: bool = False
    env_used: set[str] = field(default_factory=set)
    template: Callable[[str, str, dict[str, Any]], Any] | None = None
    read: int = 0
    now: int = 0
    place: Place = field(default_factory=lambda: Place("", 1, 1))


@dataclass(frozen=True)
class Function:
    """A function: how many arguments it takes (`most` is None for any number) and what it does.

    `takes_deferred` says that it deals itself with texts that only the build knows.
    """

    run: Callable[..., Any]
    least: int
    most: int | None
    takes_deferred: bool = False

    def fault(self, name: str, count: int) -> str | None:
        """Return what is wrong with the number of arguments."""
        return count_fault(name, count, self.least, self.most)


FUNCTIONS: dict[str, Function] = {}
"""All functions by name."""


def function(name: str, *, takes_deferred: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a function of HCL; its first parameter are the surroundings, the others its arguments."""

    def declare(run: Callable[..., Any]) -> Callable[..., Any]:
        _declare(name, run, list(inspect.signature(run).parameters.values())[1:], takes_deferred)
        return run

    return declare


def functions(
    convert: Callable[[Any], Any], table: Mapping[str, Callable[..., Any]], *, takes_deferred: bool = False
) -> None:
    """Declare functions that need nothing but their arguments, each of which `convert` makes what they work on."""
    for name, run in table.items():

        def converted(_: Surroundings, *arguments: Any, run: Callable[..., Any] = run) -> Any:
            return run(*map(convert, arguments))

        _declare(name, converted, list(inspect.signature(run).parameters.values()), takes_deferred)


def _declare(name: str, run: Callable[..., Any], parameters: list[inspect.Parameter], takes_deferred: bool) -> None:
    fixed = [one for one in parameters if one.kind is not inspect.Parameter.VAR_POSITIONAL]
    least = sum(one.default is inspect.Parameter.empty for one in fixed)
    FUNCTIONS[name] = Function(run, least, len(fixed) if len(fixed) == len(parameters) else None, takes_deferred)


def refuse(name: str, message: str) -> None:
    """Declare a function that is known and refused."""

    def run(_: Surroundings, *__: Any) -> Any:
        raise HclError(message)

    FUNCTIONS[name] = Function(run, 0, None, takes_deferred=True)
