"""Answers that are not HyperOne's: one line, soon, which names the address, what came, and what to look at."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pulumi_hyperone.provider.api.cloud import GENERATIONS, Cloud
from pulumi_hyperone.provider.api.http.transport import Timing
from pulumi_hyperone.provider.api.records import Disk
from pulumi_hyperone.provider.api.specs import DiskSpec
from pulumi_hyperone.provider.checks.addresses import AddressQuestions
from pulumi_hyperone.provider.foundation.errors import ApiError, Unavailable

PROJECT = "6b040f5cd88c2b4099a3c5b2"
PAGE = b"<!DOCTYPE html>\n<html><title>Log in</title>" + b"<p>" * 50_000
DEEP = b"[" * 100_000 + b"]" * 100_000
FOREIGN: dict[str, tuple[bytes, dict[str, str], str]] = {
    "a page": (PAGE, {}, r"a web page \(HTTP 200: <!DOCTYPE html> <html><title>Log in"),
    "deep": (DEEP, {}, r"invalid JSON \(it is nested too deeply\) \(HTTP 200: \[\["),
    "deep in an object": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, {}, "nested too deeply"),
    "huge": (gzip.compress(b" " * (70 << 20)), {"Content-Encoding": "gzip"}, r"more than 64 MiB \(HTTP 200\)"),
    "no text": (b"\xff\xd8\xff\xe0 a picture", {}, "something that is not text"),
    "nothing": (b"", {}, r"nothing \(HTTP 200\)"),
    "text": (b"It works!\x1b[31m\r\n", {}, r"invalid JSON \(.*\) \(HTTP 200: It works! \[31m\)"),
    "a long number": (b"[" + b"9" * 5000 + b"]", {}, "invalid JSON"),
    "another shape": (b'"hello"', {}, "something other than a"),
    "nulls": (b"[null]", {}, "something other than a"),
}


@pytest.fixture(params=GENERATIONS)
def api_version(request: pytest.FixtureRequest) -> str:
    """The generation of the API that a test runs through."""
    return str(request.param)


@pytest.fixture
def patient(make_client: Callable[..., Cloud], timing: Timing, api_version: str) -> Cloud:
    """A client that waits long for the end of an outage."""
    return make_client(
        timing=replace(timing, read=30, patience=60, outage=60), api_version=api_version, project=PROJECT
    )


@pytest.mark.parametrize("kind", FOREIGN)
def test_an_answer_that_is_not_the_api_s_is_one_line_and_soon(script: Any, patient: Cloud, kind: str) -> None:
    """Whatever comes with status 200, it is asked for three times at most, not for as long as an outage may take."""
    raw, headers, said = FOREIGN[kind]
    script.on("*", script.step(raw=raw, headers=headers))
    for read in (patient.vms.list, lambda: patient.images.get(PROJECT)):
        before = len(script.requests)
        with pytest.raises(Unavailable, match=said) as caught:
            read()
        message = str(caught.value)
        assert f"{script.url} answered with " in message
        assert message.endswith("check hyperone:api_url, and that no proxy or login page answers in its place")
        assert message.isprintable()
        assert len(message) < 500
        assert len(script.requests) - before == 3


def test_a_create_answered_by_a_web_page_ends_soon(script: Any, patient: Cloud) -> None:
    """It is sent once; the object is looked for, and what is said names the object and the address."""
    script.on("*", script.step(raw=PAGE))
    spec = DiskSpec(name="d", service="ssd", size=1, tags={"a": "b"})
    with pytest.raises(Unavailable, match=r'whether disk "d" exists is unknown.*a web page') as caught:
        patient.disks.create(spec, identity=spec.tags)
    assert script.url in str(caught.value)
    assert len(script.sent("POST")) == 1
    assert len(script.requests) <= 4


@pytest.mark.parametrize("status", [400, 404, 409, 500])
@pytest.mark.parametrize("raw", [DEEP, PAGE, b"\xff\xfe\x00", b"\x1b]0;title\x07" * 10_000, b'"' + b"x" * (9 << 20)])
def test_what_a_refusal_repeats_is_cut_to_one_line(
    script: Any, make_client: Callable[..., Cloud], timing: Timing, api_version: str, status: int, raw: bytes
) -> None:
    """The body of an error may hold anything."""
    script.on("*", script.step(status=status, raw=raw))
    client = make_client(timing=replace(timing, patience=0.1, read=30), api_version=api_version, project=PROJECT)
    with pytest.raises(ApiError, match=f"HTTP {status}") as caught:
        client.disks.list()
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000


def test_what_a_wait_repeats_is_cut_to_one_line(script: Any, patient: Cloud) -> None:
    """A state of many lines shows as one short line on the row and in the error."""
    script.on("*", script.step(body={"id": PROJECT, "name": "d", "state": "Odd\n\x1b[2J" * 10_000, "processing": True}))
    told: list[str] = []

    def wait(disk: Disk) -> None:
        patient.disks.settle(disk, until=lambda _: False, what="disk d", deadline=1, on_wait=told.append)

    disk = patient.disks.get(PROJECT)
    with pytest.raises(Exception, match="waited 1 s for disk d: last seen Odd") as caught:
        wait(disk)
    assert told
    assert all(line.isprintable() and len(line) < 150 for line in (*told, str(caught.value)[:100]))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 2100


@pytest.mark.parametrize("address", ["", "NaN", "10.0.0.0/99", "10.0.0.0/24 "])
def test_a_network_whose_address_is_none_is_no_reason_to_refuse(script: Any, patient: Cloud, address: str) -> None:
    """Without a range there is nothing to compare an address with."""
    network = {"id": PROJECT, "name": "net", "address": address}
    script.on("*", script.step(body=network), script.step(body=[]))
    questions = AddressQuestions(patient, lambda _, ask: ask(), "project/stack")
    assert questions.faults("images.web", {"network": PROJECT, "private_ip": "10.0.0.5"}) == []
