"""Replies are read in every variant that the facts about the API know."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_hyperone.provider.api.credentials import Credentials
from pulumi_hyperone.provider.api.v1.replies import replies

READERS = [
    replies.disk,
    replies.image,
    replies.ip,
    replies.netadp,
    replies.network,
    replies.project,
    replies.service,
    replies.ssh_key,
    replies.vm,
]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("raw", [{"_id": "a1", "tag": None}, {"id": "a1", "futureField": {"x": [1]}, "queue": None}])
def test_id_falls_back_and_unknown_keys_are_ignored(read: Any, raw: dict[str, Any]) -> None:
    """Older replies carry `_id` only; newer ones carry more than is known here."""
    found = read(raw)
    assert found.id == "a1"
    assert (found.tags, found.events) == ({}, ())


@pytest.mark.parametrize(
    ("number", "text"), [("{8A9C}", "{8A9C}"), (0, "0"), (None, "")], ids=["guid", "number", "missing"]
)
def test_hdd_in_its_variants(number: object, text: str) -> None:
    """The controller number is a text or a number, the disk an object or an id, the location a number or a text."""
    full = replies.plug({"id": "h", "controllerNumber": number, "controllerLocation": "1", "disk": {"_id": "d"}})
    assert (full.controller_number, full.controller_location, full.disk_id) == (text, 1, "d")
    assert replies.plug({"id": "h", "disk": "d"}).disk_id == "d"


@pytest.mark.parametrize(
    "ips", [[{"id": "i", "address": "10.0.0.5"}], ["10.0.0.5"], "10.0.0.5", {"id": "i", "address": "10.0.0.5"}]
)
def test_adapter_addresses_in_their_variants(ips: object) -> None:
    """Addresses of an adapter are a list or a single one, objects or texts (API facts 5 #13)."""
    adapter = replies.netadp({"id": "n", "ip": ips})
    assert [ip.address for ip in adapter.ips] == ["10.0.0.5"]


@pytest.mark.parametrize(("stage", "shown"), [("copy", "copy"), ({"count": 2}, '{"count": 2}'), (None, "")])
def test_event_stage_is_a_text_or_an_object(stage: object, shown: str) -> None:
    """The specification says text, the wire says object (API facts 5 #7)."""
    assert replies.event({"id": "e", "stage": stage}).stage == shown


@pytest.mark.parametrize(("rights", "shared"), [(["own"], False), ([], False), (["own", "other"], True), (["*"], True)])
def test_an_image_is_shared_when_another_project_may_use_it(rights: list[str], shared: bool) -> None:
    """Rights of the image's own project say nothing about others."""
    assert replies.image({"id": "i", "project": {"id": "own"}, "accessRights": rights}).shared is shared


@pytest.mark.parametrize("vm", ["v1", {"id": "v1"}])
def test_disk_knows_its_vm(vm: object) -> None:
    """A disk's VM is an id, an object or absent."""
    assert replies.disk({"id": "d", "vm": vm}).vm == "v1"
    assert replies.disk({"id": "d"}).vm == ""


@pytest.mark.parametrize("size", ["big", "nan", "inf", 10**400, True, [], None])
def test_size_that_is_no_number_is_unknown(size: object) -> None:
    """A size that cannot be one does not break the reading."""
    assert replies.disk({"id": "d", "size": size}).size is None
    assert replies.plug({"id": "h", "controllerLocation": size}).controller_location is None


def test_ip_knows_its_other_side() -> None:
    """The pairing of a public address holds ids or objects."""
    found = replies.ip({"id": "p", "network": {"id": "n"}, "associated": {"ip": {"id": "r"}, "netadp": "a"}})
    assert (found.network, found.associated_ip, found.associated_netadp) == ("n", "r", "a")
    assert replies.ip({"id": "p", "associated": None}).associated_ip == ""


_SCALARS = (
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text(max_size=4)
)
_FLAT = (
    _SCALARS | st.lists(_SCALARS, max_size=2) | st.dictionaries(st.sampled_from(["id", "name"]), _SCALARS, max_size=2)
)
_JSON = _FLAT | st.lists(_FLAT, max_size=2)
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


@given(st.dictionaries(st.sampled_from(_KEYS), _JSON, max_size=6))
def test_any_json_in_any_field_can_be_read(raw: dict[str, Any]) -> None:
    """No value in a known field breaks the reading; what comes out can be compared and is frozen."""
    raw = json.loads(json.dumps(raw))
    for read in (*READERS, replies.plug, replies.event):
        found = read(raw)
        assert found == read(raw)
        for name in vars(found):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(found, name, "other")


def test_credentials_never_show_their_token() -> None:
    """Neither repr nor str nor a format string holds the token."""
    credentials = Credentials(token="s3cret-token", project="p", api_url="https://api.hyperone.com/v1", source="x")
    assert "s3cret" not in f"{credentials} {credentials!r} {[credentials]}"
