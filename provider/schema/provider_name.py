"""Providers by their names: what programs hand to Pulumi and what states hold, without what providers need."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from pulumi.dynamic import ResourceProvider

PROVIDERS = "pulumi_hyperone.provider.resources"


class ProviderName(ResourceProvider):
    """Stands for a provider in a program and is pickled as its name, `module.Class` below PROVIDERS.

    It unpickles as the provider itself, in the process that runs it.
    """

    serialize_as_secret_always = False

    def __init__(self, name: str) -> None:
        self._name = name

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return load, (self._name,)


def load(name: str) -> ResourceProvider:
    """Return the provider of that name."""
    module, _, cls = name.rpartition(".")
    provider: type[ResourceProvider] = getattr(import_module(f"{PROVIDERS}.{module}"), cls)
    return provider()
