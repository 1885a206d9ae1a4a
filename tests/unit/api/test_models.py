"""Replies are read in every variant that the facts about the API know."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_hyperone.provider.api import (
    Credentials,
    Disk,
    Event,
    Hdd,
    Image,
    Ip,
    Netadp,
    Network,
    Project,
    Service,
    SshKey,
    Vm,
)

MODELS = [Disk, Image, Ip, Netadp, Network, Project, Service, SshKey, Vm]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("raw", [{"_id": "a1", "tag": None}, {"id": "a1", "futureField": {"x": [1]}, "queue": None}])
def test_id_falls_back_and_unknown_keys_are_ignored(model: Any, raw: dict[str, Any]) -> None:
    """Older replies carry `_id` only; newer ones carry more than is known here."""
    found = model.from_json(raw)
    assert found.id == "a1"
    assert (found.tags, found.events) == ({}, ())


@pytest.mark.parametrize(
    ("number", "text"), [("{8A9C}", "{8A9C}"), (0, "0"), (None, "")], ids=["guid", "number", "missing"]
)
def test_hdd_in_its_variants(number: object, text: str) -> None:
    """The controller number is a text or a number, the disk an object or an id, the location a number or a text."""
    full = Hdd.from_json(
        {"id": "h", "controllerNumber": number, "controllerLocation": "1", "disk": {"_id": "d", "size": 5}}
    )
    assert (full.controller_number, full.controller_location, full.disk_id, full.disk_size) == (text, 1, "d", 5.0)
    assert Hdd.from_json({"id": "h", "disk": "d"}).disk_id == "d"


@pytest.mark.parametrize(
    "ips", [[{"id": "i", "address": "10.0.0.5"}], ["10.0.0.5"], "10.0.0.5", {"id": "i", "address": "10.0.0.5"}]
)
def test_adapter_addresses_in_their_variants(ips: object) -> None:
    """Addresses of an adapter are a list or a single one, objects or texts (API facts 5 #13)."""
    adapter = Netadp.from_json({"id": "n", "ip": ips, "network": {"id": "w", "name": "net", "type": "private"}})
    assert [ip.address for ip in adapter.ips] == ["10.0.0.5"]
    assert (adapter.network, adapter.network_name, adapter.network_type) == ("w", "net", "private")
    assert Netadp.from_json({"id": "n", "network": "w"}).network == "w"


@pytest.mark.parametrize("data", [{"vm": {"cpu": 1}}, '{"vm": {"cpu": 1}}'])
def test_service_data_is_an_object_or_a_text(data: object) -> None:
    """The specification says text, the wire says object (API facts 5 #7)."""
    assert Service.from_json({"id": "s", "data": data}).data == {"vm": {"cpu": 1}}


@pytest.mark.parametrize(("stage", "shown"), [("copy", "copy"), ({"count": 2}, '{"count": 2}'), (None, "")])
def test_event_stage_is_a_text_or_an_object(stage: object, shown: str) -> None:
    """The specification says text, the wire says object (API facts 5 #7)."""
    assert Event.from_json({"id": "e", "stage": stage}).stage == shown


@pytest.mark.parametrize("vm", ["v1", {"id": "v1"}])
def test_disk_knows_its_vm(vm: object) -> None:
    """A disk's VM is an id, an object or absent."""
    assert Disk.from_json({"id": "d", "vm": vm}).vm == "v1"
    assert Disk.from_json({"id": "d"}).vm == ""


@pytest.mark.parametrize("size", ["big", "nan", "inf", 10**400, True, [], None])
def test_size_that_is_no_number_is_unknown(size: object) -> None:
    """A size that cannot be one does not break the reading."""
    assert Disk.from_json({"id": "d", "size": size}).size is None
    assert Hdd.from_json({"id": "h", "controllerLocation": size}).controller_location is None


def test_ip_knows_its_other_side() -> None:
    """The pairing of a public address holds ids or objects."""
    found = Ip.from_json({"id": "p", "network": {"id": "n"}, "associated": {"ip": {"id": "r"}, "netadp": "a"}})
    assert (found.network, found.associated_ip, found.associated_netadp, found.associated_fip) == ("n", "r", "a", "")
    assert Ip.from_json({"id": "p", "associated": None}).associated_ip == ""


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_KEYS = [
    "id",
    "name",
    "state",
    "processing",
    "flavour",
    "project",
    "createdOn",
    "tag",
    "accessRights",
    "queue",
    "fqdn",
    "cpu",
    "memory",
    "data",
    "sourceImage",
    "type",
    "size",
    "vm",
    "address",
    "network",
    "associated",
    "persistent",
    "ip",
    "assigned",
    "disks",
    "fileSize",
    "license",
    "gateway",
    "dns",
    "resource",
    "billing",
    "organisation",
    "fingerprint",
    "value",
    "disk",
    "controllerNumber",
    "controllerLocation",
    "stage",
]


@given(st.dictionaries(st.sampled_from(_KEYS), _JSON, max_size=12))
def test_any_json_in_any_field_can_be_read(raw: dict[str, Any]) -> None:
    """No value in a known field breaks the reading; what comes out can be compared and is frozen."""
    raw = json.loads(json.dumps(raw))
    for model in (*MODELS, Hdd, Event):
        found = model.from_json(raw)
        assert isinstance(found.id, str)
        assert found == model.from_json(raw)
        with pytest.raises(dataclasses.FrozenInstanceError):
            found.id = "other"


def test_credentials_never_show_their_token() -> None:
    """Neither repr nor str nor a format string holds the token."""
    credentials = Credentials(token="s3cret-token", project="p", api_url="https://api.hyperone.com/v1", source="x")
    assert "s3cret" not in f"{credentials} {credentials!r} {[credentials]}"
