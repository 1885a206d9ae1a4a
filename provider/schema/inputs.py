"""The inputs of resources: one frozen record for each; what diffs and the state must know of a field stands at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Self

from pulumi_hyperone.provider.foundation.deadline import DEFAULT_STATE_TIMEOUT
from pulumi_hyperone.provider.tracking.identity import Owner

IDENTITY, SILENT, SECRET, FOUND = "identity", "silent", "secret", "found"


def given(*facts: str, default: Any = MISSING) -> Any:
    """A field of a record and its facts.

    IDENTITY: a change, or not being known in a preview, means another object. SILENT: never a change. SECRET: encrypted
    in the state. FOUND: told by the check or by a look at the cloud, so an output as well: that is what programs learn,
    and what the engine keeps secret on a refresh.
    A field with a `default` may be left out; None means that it is.
    """
    return field(default=default, metadata=dict.fromkeys(facts, True))


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Base of the records. Numbers arrive as floats, nested values as dicts and lists."""

    @classmethod
    def of(cls, props: Mapping[str, Any]) -> Self:
        """Read the record from a resource's properties, which may hold outputs as well. Raises TypeError."""
        names = [one.name for one in fields(cls)]
        return cls(**{name: props[name] for name in names if props.get(name) is not None})

    @classmethod
    def props(cls, **values: Any) -> dict[str, Any]:
        """The properties of a resource from values that may be outputs; what is None or its default is left out.

        Raises TypeError for names that are no fields, and for fields that are missing.
        """
        known = {one.name: one for one in fields(cls)}
        found = {
            name: value
            for name, value in values.items()
            if value is not None and not (name in known and value == known[name].default)
        }
        missing = [name for name, one in known.items() if one.default is MISSING and name not in found]
        if missing or not found.keys() <= known.keys():
            raise TypeError(f"{cls.__name__}: missing {missing}, unknown {sorted(found.keys() - known.keys())}")
        return found

    @classmethod
    def names(cls, fact: str = "") -> tuple[str, ...]:
        """The fields that a fact is said of; all fields without one."""
        return tuple(one.name for one in fields(cls) if not fact or fact in one.metadata)


@dataclass(frozen=True, kw_only=True)
class PartOfBuild(Inputs):
    """What every resource of a build is told: which one, and how long its waits may take (seconds)."""

    build_id: str = given(IDENTITY)
    state_timeout: float = given(SILENT, default=DEFAULT_STATE_TIMEOUT)


@dataclass(frozen=True, kw_only=True)
class Owned(PartOfBuild):
    """What those are told that make objects or logs: whose these are.

    `skip_create_image`: the build ends without an image and with nothing in the cloud.
    """

    image_key: str = given(SILENT)
    stack: str = given(SILENT)
    stack_id: str = given(SILENT)
    skip_create_image: bool = given(SILENT, default=False)

    @property
    def owner(self) -> Owner:
        """Whose the objects are that the resource makes."""
        return Owner(build_id=self.build_id, image_key=self.image_key, stack=self.stack, stack_id=self.stack_id)
