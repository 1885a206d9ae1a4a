"""The names that expressions of a template begin with: `var`, `local`, `path`, `packer`, `build`, `source`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pulumi_hyperone.packer.hcl.deferred import Action, Deferred
from pulumi_hyperone.packer.hcl.nodes import HclError
from pulumi_hyperone.packer.redaction import hidden
from pulumi_hyperone.provider.foundation.nearest import did_you_mean
from pulumi_hyperone.settings.template.functions import BUILD_ABSENT, BUILD_FIELDS, unknown_build_data


@dataclass
class Traced:
    """Names that the value under evaluation rests on, gathered for the sake of secrets.

    `sensitive` are the names that are secret; while `hide` is set, HIDDEN stands for their values.
    """

    names: set[str] = field(default_factory=set)
    sensitive: set[str] = field(default_factory=set)
    hide: bool = False

    @property
    def secret(self) -> bool:
        """Whether the value rests on a secret."""
        return bool(self.names & self.sensitive)

    def value(self, name: str, value: Any) -> Any:
        """Return the value of a name as it may be seen."""
        return hidden(value) if self.hide and name in self.sensitive else value


@dataclass
class Variables:
    """`var.NAME`."""

    values: dict[str, Any]
    traced: Traced

    def get(self, name: str) -> Any:
        """Return a variable's value and note that it was used."""
        self.traced.names.add(f"var.{name}")
        if name not in self.values:
            raise HclError(f'there is no variable "{name}"{did_you_mean(name, self.values)}')
        return self.traced.value(f"var.{name}", self.values[name])


@dataclass
class Bound:
    """What `dynamic` gives each block it makes, `key` and `value`; `rests_on` are the names behind its `for_each`."""

    values: dict[str, Any]
    traced: Traced
    rests_on: frozenset[str]

    def get(self, name: str) -> Any:
        """Return the key or the value and note what it rests on."""
        if name not in self.values:
            raise HclError(f'a dynamic block has no "{name}"{did_you_mean(name, self.values)}')
        self.traced.names |= self.rests_on
        secret = self.traced.hide and self.rests_on & self.traced.sensitive
        return hidden(self.values[name]) if secret else self.values[name]


@dataclass
class Locals:
    """`local.NAME`, evaluated when it is first asked for; what it rests on counts for whoever asks."""

    evaluate: dict[str, Callable[[], Any]]
    traced: Traced
    _done: dict[tuple[str, bool], tuple[Any, frozenset[str]]] = field(default_factory=dict)
    _running: list[str] = field(default_factory=list)

    def get(self, name: str) -> Any:
        """Return a local's value. Raises HclError when locals lead back to themselves."""
        if name not in self.evaluate:
            raise HclError(f'there is no local "{name}"{did_you_mean(name, self.evaluate)}')
        if name in self._running:
            circle = " → ".join([*self._running[self._running.index(name) :], name])
            raise HclError(f"locals refer to each other in a circle: {circle}")
        done = (name, self.traced.hide)
        if done not in self._done:
            self._done[done] = self._evaluated(name)
        value, rests_on = self._done[done]
        self.traced.names |= rests_on | {f"local.{name}"}
        return self.traced.value(f"local.{name}", value)

    def _evaluated(self, name: str) -> tuple[Any, frozenset[str]]:
        outer, self.traced.names = self.traced.names, set()
        self._running.append(name)
        try:
            value = self.evaluate[name]()
            return value, frozenset(self.traced.names)
        finally:
            self._running.pop()
            self.traced.names = outer


@dataclass(frozen=True)
class Fixed:
    """A root with fixed values, e.g. `path`."""

    name: str
    values: dict[str, Any]

    def get(self, name: str) -> Any:
        """Return one of the values."""
        if name not in self.values:
            raise HclError(f'"{self.name}" has no "{name}"{did_you_mean(name, self.values)}')
        return self.values[name]


@dataclass(frozen=True)
class BuildData:
    """`build.ID` and its like, known on the machine only."""

    def get(self, name: str) -> Any:
        """Return the template that gives the value at run time."""
        if name == "name":
            return Deferred((Action("{{build_name}}"),))
        if name in BUILD_ABSENT:
            raise HclError(str(unknown_build_data(name)))
        if name not in BUILD_FIELDS:
            raise HclError(f'"build" has no "{name}"{did_you_mean(name, [*BUILD_FIELDS, "name"])}')
        return Deferred((Action("{{build `" + name + "`}}"),))


@dataclass(frozen=True)
class Refused:
    """A root that is known and refused."""

    message: str

    def get(self, name: str) -> Any:
        """Refuse."""
        raise HclError(f"{self.message} (asked for {name})")
