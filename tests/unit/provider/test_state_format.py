"""What is stored in the state of stacks: names that must never change, and no values."""

from __future__ import annotations

import base64
import importlib
import pickle
import pkgutil

import pytest
from pulumi.dynamic.dynamic import serialize_provider

from pulumi_hyperone.provider import schema
from pulumi_hyperone.provider.schema.by_name import PROVIDERS, ProviderName, load, module_of
from pulumi_hyperone.provider.schema.resource import HyperOneResource

STORED = (
    "Preflight",
    "Build",
    "TemporaryVm",
    "ChrootDisk",
    "Provisioning",
    "Image",
    "ExistingImage",
    "Verification",
    "Publication",
    "Release",
    "PostProcessing",
    "Statement",
)
"""The names in users' states: one is added for each new resource, and none is ever changed."""
for module in pkgutil.iter_modules(schema.__path__, f"{schema.__name__}."):
    importlib.import_module(module.name)
RESOURCES = [one for one in HyperOneResource.__subclasses__() if one.__module__.startswith(schema.__name__)]


def provider_of(resource: str) -> str:
    """The full name of a resource's provider."""
    return f"{PROVIDERS}.{module_of(resource)}.{resource}Provider"


def test_every_resource_has_its_name_here():
    """The names that states hold are those of today's resources, each once."""
    assert sorted(resource.__name__ for resource in RESOURCES) == sorted(STORED)


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_provider_is_stored_by_its_name_alone(resource):
    """The pickle in the state names module and class, and is the resource's provider where it is read."""
    stored = base64.b64decode(serialize_provider(ProviderName(resource.__name__)))
    provider = pickle.loads(stored).provider
    assert f"{type(provider).__module__}.{type(provider).__name__}" == provider_of(resource.__name__)
    assert provider.inputs is resource.inputs
    assert resource.__name__.encode() in stored
    assert len(stored) < 90


@pytest.mark.parametrize("name", STORED)
def test_what_the_first_version_stored_still_unpickles(name):
    """A provider as version 0.1.0 stored it, by module and class, is today's class."""
    module, _, cls = provider_of(name).rpartition(".")
    stored = b"\x80\x04\x8c" + bytes([len(module)]) + module.encode()
    stored += b"\x8c" + bytes([len(cls)]) + cls.encode() + b"\x93)\x81."
    assert type(pickle.loads(stored)) is type(load(name).provider)


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_resource_registers_under_the_hyperone_module(resource):
    """Type tokens are part of every URN in a state."""
    assert resource._resource_type_name == f"dynamic/hyperone:{resource.__name__}"
