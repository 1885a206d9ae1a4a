"""What the state holds of a resource: its inputs, and of its outputs those that repeat none."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from pulumi.dynamic import CreateResult, ReadResult
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2

from pulumi_hyperone.provider.process import host
from pulumi_hyperone.provider.resources.base import HyperOneProvider
from pulumi_hyperone.provider.resources.in_state import InState
from pulumi_hyperone.provider.schema.inputs import FOUND, Inputs, given

GIVEN = {"name": "web", "size": 10.0, "source": "debian"}


@dataclass(frozen=True, kw_only=True)
class DiskInputs(Inputs):
    """A disk, its source found by the check."""

    name: str = given()
    size: float = given(default=1)
    source: str = given(FOUND, default="")


class DiskProvider(HyperOneProvider):
    """Answers as providers do, with all properties; remembers what it was asked with."""

    inputs = DiskInputs

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.now: dict[str, Any] = {}

    def create(self, props):
        return CreateResult("id", {**props, "size": 10, "serial": "s"})

    def read(self, id_, props):
        self.asked.append(props)
        return ReadResult(id_, {**props, **self.now})

    def diff(self, id_, olds, news):
        self.asked.append(olds)
        return super().diff(id_, olds, news)

    def delete(self, _id, props):
        self.asked.append(props)


@pytest.fixture
def disk():
    """The provider of a disk."""
    return DiskProvider()


def during(request, work):
    """Do `work` while the engine's request is answered."""
    return host.guarded(lambda _request, _context: work())(request, None)


def struct(**values):
    """Properties in the engine's form."""
    return asyncio.run(rpc.serialize_properties(values, {}))


def test_outputs_that_repeat_inputs_are_not_kept(disk):
    """What was made stays, and what the check found: a program learns nothing else."""
    assert InState(disk).create(GIVEN).outs == {"source": "debian", "serial": "s"}


def test_a_diff_compares_with_the_inputs_in_the_state(disk):
    """An output that is another than its input counts in its place: it was seen by a refresh."""
    request = provider_pb2.DiffRequest(old_inputs=struct(**GIVEN))
    changed = during(request, lambda: InState(disk).diff("id", {"serial": "s"}, {**GIVEN, "name": "db"}))
    drifted = during(request, lambda: InState(disk).diff("id", {"serial": "s", "name": "by hand"}, GIVEN))
    assert (changed.changes, drifted.changes) == (True, True)
    assert not during(request, lambda: InState(disk).diff("id", {"serial": "s"}, GIVEN)).changes
    assert disk.asked[0] == {**GIVEN, "serial": "s"}


def test_a_refresh_keeps_what_is_not_as_it_was_given(disk):
    """Without drift nothing is added to the state, so that the refresh shows no change."""
    request = provider_pb2.ReadRequest(inputs=struct(**GIVEN))
    kept = {"source": "debian", "serial": "s"}
    assert during(request, lambda: InState(disk).read("id", kept)).outs == kept
    disk.now = {"name": "by hand"}
    assert during(request, lambda: InState(disk).read("id", kept)).outs == {**kept, "name": "by hand"}
    assert disk.asked[0] == {**GIVEN, "serial": "s"}


def test_an_update_keeps_what_create_made(disk):
    """New inputs are the inputs'; an output that a refresh saw goes."""
    request = provider_pb2.UpdateRequest(old_inputs=struct(**GIVEN))
    olds = {"source": "debian", "serial": "s", "name": "by hand"}
    made = during(request, lambda: InState(disk).update("id", olds, {**GIVEN, "name": "db"}))
    assert made.outs == {"source": "debian", "serial": "s"}


def test_a_delete_knows_the_inputs_secret_ones_in_the_clear(disk):
    """The engine hands the plugin secrets marked as such."""
    inputs = struct(**GIVEN)
    inputs.update({"name": rpc.wrap_rpc_secret("web")})
    during(provider_pb2.DeleteRequest(old_inputs=inputs), lambda: InState(disk).delete("id", {"serial": "s"}))
    assert disk.asked == [{**GIVEN, "serial": "s"}]
