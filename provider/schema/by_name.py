"""Providers by the names of their resources: what programs hand to Pulumi and states hold, without what they need."""

from __future__ import annotations

import re
from pkgutil import resolve_name
from typing import Any

from pulumi.dynamic import ResourceProvider

PROVIDERS = "pulumi_hyperone.provider.resources"


class ProviderName(ResourceProvider):
    """Stands for the provider of a resource in a program and is pickled as the resource's name, such as `ChrootDisk`.

    It unpickles as the provider itself, in the process that runs it.
    """

    serialize_as_secret_always = False

    def __init__(self, resource: str) -> None:
        self._resource = resource

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return load, (self._resource,)


def module_of(resource: str) -> str:
    """The module in which a resource and its provider are, each in its package: `chroot_disk` of `ChrootDisk`."""
    return re.sub(r"(?<!^)[A-Z]", lambda letter: f"_{letter[0]}", resource).lower()


def load(resource: str) -> ResourceProvider:
    """Return the provider of the resource of that name, as the engine talks to it."""
    provider = resolve_name(f"{PROVIDERS}.{module_of(resource)}:{resource}Provider")
    found: ResourceProvider = resolve_name(f"{PROVIDERS}.in_state:InState")(provider())
    return found
