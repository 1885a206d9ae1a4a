"""Creates, actions and deletes over real HTTP: nothing twice, nothing half, every wait bounded."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.api.http import creation
from pulumi_hyperone.provider.api.http.calls import Call
from pulumi_hyperone.provider.api.http.transport import Timing
from pulumi_hyperone.provider.api.specs import Adapter, DiskSpec, ImageSpec, NewDisk, VmSpec
from pulumi_hyperone.provider.foundation.deadline import Deadline
from pulumi_hyperone.provider.foundation.errors import (
    Busy,
    CredentialsError,
    DeadlineExceeded,
    Interrupted,
    NotFound,
    OutcomeUnknown,
    Refused,
    Unavailable,
)
from pulumi_hyperone.provider.foundation.interruption import Interruption

TAGS = {"build": "b1", "role": "builder"}
VM = {"id": "v1", "name": "web", "state": "Starting", "tag": TAGS, "processing": True}
RUNNING = {**VM, "state": "Running", "processing": False}
OFF = {**VM, "state": "Off", "processing": False}
SPEC = VmSpec(name="web", service="a1.nano", tags={"owner": "me", **TAGS})
IMAGE = ImageSpec(name="base", vm="v1", tags=TAGS)


def running(vm: Any) -> bool:
    """Whether a VM runs."""
    return bool(vm.state == "Running")


def test_create_sends_the_body_in_the_api_s_spelling(script: Any, client: Cloud) -> None:
    """Every field of a body arrives under its API name; what is not set is left out, False is not."""
    script.on("POST /vm", script.step(body=RUNNING))
    spec = VmSpec(
        name="web",
        service="a1.nano",
        image="debian",
        username="guru",
        ssh_keys=("ssh-ed25519 AAAA",),
        user_data="I2Nsb3Vk",
        new_disks=(NewDisk(service="ssd", size=10.5, name="os"),),
        existing_disks=("d2",),
        adapter=Adapter(network="n1", ip="10.0.0.5"),
        start=False,
        tags={"owner": "me", **TAGS},
    )
    client.vms.create(spec, identity=TAGS)
    (request,) = script.requests
    assert request.body == {
        "name": "web",
        "service": "a1.nano",
        "image": "debian",
        "username": "guru",
        "sshKeys": ["ssh-ed25519 AAAA"],
        "userMetadata": "I2Nsb3Vk",
        "disk": [{"id": "d2"}, {"service": "ssd", "size": 10.5, "name": "os"}],
        "netadp": [{"service": "private", "network": "n1", "ip": ["10.0.0.5"]}],
        "boot": False,
        "tag": {"owner": "me", **TAGS},
    }
    assert re.fullmatch(r"[0-9a-f]{30}", request.headers["x-idempotency-key"])
    assert request.headers["prefer"] == "respond-async,wait=1"


def test_create_returns_what_is_accepted_before_it_is_ready(script: Any, client: Cloud) -> None:
    """A 202 gives the id at once; settling asks until the state is there and tells what it waits for."""
    script.on("POST /vm", script.step(status=202, body=VM))
    script.on("GET /vm/v1", *[script.step(body=VM)] * 3, script.step(body=RUNNING))
    created = client.vms.create(SPEC, identity=TAGS)
    assert (created.id, created.state) == ("v1", "Starting")
    told: list[str] = []
    assert client.vms.settle(created, until=running, what="vm web to run", on_wait=told.append).state == "Running"
    assert told == ["waiting for vm web to run (Starting, 0 s)"] * 4
    assert client.calls == {"POST /vm": 1, "GET /vm/{id}": 4}


def test_create_that_is_ready_at_once_takes_one_call(script: Any, client: Cloud) -> None:
    """A 200 with the final state needs no further look."""
    script.on("POST /vm", script.step(body=RUNNING))
    vm = client.vms.settle(client.vms.create(SPEC, identity=TAGS), until=running, what="vm web to run")
    assert vm.state == "Running"
    assert sum(client.calls.values()) == 1


LOST = {
    "reset after the effect": {"reset": True},
    "time-out": {"delay": 2.4},
    "truncated": {"truncate": True},
    "not JSON": {"raw": b"<html>"},
    "empty": {"raw": b""},
    "without id": {"body": {}},
    "502": {"status": 502, "raw": b"<html>"},
    "503": {"status": 503},
    "504": {"status": 504},
    "500": {"status": 500},
}


@pytest.mark.parametrize("trouble", LOST.values(), ids=LOST)
def test_lost_reply_of_a_create_leads_to_the_object_that_was_made(
    script: Any, client: Cloud, trouble: dict[str, Any]
) -> None:
    """When the effect happened but the reply was lost, the object is found by its tags and not made again."""

    def effect(_request: Any) -> None:
        script.on("GET /vm", script.step(body=[{"id": "x", "tag": {"build": "b1"}}, VM]))

    script.on("GET /vm", script.step(body=[]))
    script.on("POST /vm", script.step(**{"body": VM, **trouble}, effect=effect))
    assert client.vms.create(SPEC, identity=TAGS).id == "v1"
    assert len(script.sent("POST")) == 1
    assert script.sent("GET")[0].query == {"tag[build]": "b1", "tag[role]": "builder"}


def test_lost_reply_of_a_create_is_survived_although_lists_are_stale(script: Any, client: Cloud) -> None:
    """A list that does not show the object for some looks does not lead to a second one."""
    script.on("POST /vm", script.step(reset=True))
    script.on("GET /vm", *[script.step(body=[])] * 4, script.step(body=[VM]))
    assert client.vms.create(SPEC, identity=TAGS).id == "v1"
    assert len(script.sent("POST")) == 1


def test_lost_create_without_effect_is_sent_again_with_the_same_key(script: Any, client: Cloud) -> None:
    """Only after the object was looked for in vain, and with the key that lets the cloud see the repetition."""
    script.on("POST /vm", script.step(reset=True), script.step(status=202, body=VM))
    script.on("GET /vm", script.step(body=[]))
    assert client.vms.create(SPEC, identity=TAGS).id == "v1"
    first, second = script.sent("POST")
    assert first.headers["x-idempotency-key"] == second.headers["x-idempotency-key"]
    assert first.body == second.body
    assert [call.method for call in script.requests] == ["POST", *["GET"] * len(script.sent("GET")), "POST"]
    assert len(script.sent("GET")) >= 3


def test_create_that_never_gets_an_answer_is_given_up_after_three(script: Any, client: Cloud) -> None:
    """The error says what was created or not: unknown."""
    script.on("POST /vm", script.step(reset=True))
    script.on("GET /vm", script.step(body=[]))
    with pytest.raises(OutcomeUnknown, match=r'cannot create vm "web": no usable answer .*: the connection was'):
        client.vms.create(SPEC, identity=TAGS)
    assert len(script.sent("POST")) == 3


def test_lost_create_is_repeated_whenever_the_time_to_look_for_it_ends(
    script: Any, client: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in the middle of a look on a busy machine."""

    class Ending(Deadline):
        looks = 0

        @property
        def expired(self) -> bool:
            self.looks += 1
            return self.looks > 1

    monkeypatch.setattr(creation, "Deadline", Ending)
    script.on("POST /vm", script.step(reset=True), script.step(status=202, body=VM))
    script.on("GET /vm", script.step(body=[]))
    assert client.vms.create(SPEC, identity=TAGS).id == "v1"


def test_lost_create_that_cannot_be_looked_up_is_not_repeated(script: Any, client: Cloud) -> None:
    """Without a list there is no telling, so nothing is sent again."""
    script.on("POST /vm", script.step(reset=True))
    script.on("GET /vm", script.step(status=503))
    with pytest.raises(OutcomeUnknown, match='whether vm "web" exists is unknown, as the cloud cannot be asked'):
        client.vms.create(SPEC, identity=TAGS)
    assert len(script.sent("POST")) == 1


def test_refused_create_is_not_repeated(script: Any, client: Cloud) -> None:
    """A refusal is an answer, with what the cloud said about it."""
    script.on("POST /vm", script.step(status=400, body={"message": "quota exceeded: 3 of 3 VMs"}))
    with pytest.raises(Refused, match=r'^cannot create vm "web": quota exceeded: 3 of 3 VMs \(HTTP 400\)$'):
        client.vms.create(SPEC, identity=TAGS)
    assert len(script.requests) == 1


def test_create_that_names_something_unknown_is_not_found(script: Any, client: Cloud) -> None:
    """404 on a create is about what its body refers to."""
    script.on("POST /vm", script.step(status=404, body={"message": "image debain not found"}))
    with pytest.raises(NotFound, match='cannot create vm "web": image debain not found'):
        client.vms.create(SPEC, identity=TAGS)


def test_rate_limited_create_is_sent_again_with_the_same_key(script: Any, client: Cloud) -> None:
    """429 means that nothing was done, so there is nothing to look for."""
    script.on("POST /vm", script.step(status=429, headers={"Retry-After": "0"}), script.step(body=VM))
    client.vms.create(SPEC, identity=TAGS)
    first, second = script.sent("POST")
    assert first.headers["x-idempotency-key"] == second.headers["x-idempotency-key"]
    assert script.sent("GET") == []


def test_busy_create_is_sent_again_under_a_new_key(script: Any, client: Cloud) -> None:
    """An image of a VM that is being worked on may be made a little later."""
    script.on(
        "POST /image",
        script.step(status=400, body={"message": "vm is processing"}),
        script.step(body={"id": "i1", "name": "base", "state": "Online"}),
    )
    assert client.images.create(IMAGE, identity=TAGS).id == "i1"
    first, second = script.sent("POST")
    assert first.headers["x-idempotency-key"] != second.headers["x-idempotency-key"]


@pytest.mark.parametrize(("status", "said"), [(400, "vm is processing"), (409, "the quota of images is used up")])
def test_busy_create_ends_at_the_deadline(script: Any, client: Cloud, status: int, said: str) -> None:
    """What stays busy is given up, with what the cloud says of it, and with the setting that helps."""
    script.on("POST /image", script.step(status=status, body={"message": said}))
    wanted = rf'waited 0 s for image "base" to be accepted: last seen busy: .*: {said} \(HTTP {status}\); .*state_tim'
    with pytest.raises(DeadlineExceeded, match=wanted):
        client.images.create(IMAGE, identity=TAGS, deadline=0.3)


def test_create_with_an_expired_token_says_so(script: Any, client: Cloud) -> None:
    """A token that ends in the middle of a build is one clear error."""
    script.on("POST /disk", script.step(status=401))
    with pytest.raises(CredentialsError, match="wrong or has expired"):
        client.disks.create(DiskSpec(name="d", service="ssd", size=1, tags=TAGS), identity=TAGS)


def test_every_change_is_checked_before_it_is_sent(script: Any, make_client: Callable[..., Cloud]) -> None:
    """The check runs before each change, repeated ones included, and not before reads; it can prevent them."""
    script.on("POST /vm", script.step(status=429, headers={"Retry-After": "0"}), script.step(body=VM))
    script.on("GET /vm/v1", script.step(body=VM))
    checks: list[int] = []
    client = make_client(before_mutation=lambda: checks.append(1))
    client.vms.create(SPEC, identity=TAGS)
    client.vms.get("v1")
    assert len(checks) == 2

    def engine_is_gone() -> None:
        raise Interrupted("the engine is gone")

    with pytest.raises(Interrupted, match="the engine is gone"):
        make_client(before_mutation=engine_is_gone).vms.delete("v1")
    assert script.sent("DELETE") == []


def test_interruption_ends_a_hanging_create_at_once(
    script: Any, make_client: Callable[..., Cloud], interruption: Interruption, timing: Timing
) -> None:
    """A create that waits for its answer ends when work has to stop, without a look-up."""
    script.on("POST /vm", script.step(effect=lambda _: interruption.set("stop"), delay=5, body=VM))
    client = make_client(timing=replace(timing, read=30))
    with pytest.raises(Interrupted):
        client.vms.create(SPEC, identity=TAGS)
    assert script.sent("GET") == []


def test_settling_raises_the_event_that_ended_in_an_error(script: Any, client: Cloud) -> None:
    """An accepted create that fails later is named with its event and stage."""
    failed = [{"id": "e1", "name": "create", "state": "error", "stage": "copy", "queued": "2020-01-01T00:00:00.000Z"}]
    script.on("POST /vm", script.step(status=202, body=VM))
    script.on("GET /vm/v1", script.step(body={**VM, "queue": failed}))
    vm = client.vms.create(SPEC, identity=TAGS)
    with pytest.raises(Refused, match=r"vm web \(v1\): event create ended in an error \(copy\);"):
        client.vms.settle(vm, until=running, what="vm web to run")


def test_settling_asks_for_the_events_when_the_object_shows_none(script: Any, client: Cloud) -> None:
    """A reply without queue that is not processing any more is looked into."""
    stuck = {"id": "v1", "name": "web", "state": "Unknown"}
    script.on("GET /vm/v1", script.step(body=stuck))
    script.on(
        "GET /vm/v1/queue", script.step(body=[{"id": "e1", "name": "create", "state": "error", "stage": {"a": 1}}])
    )
    with pytest.raises(Refused, match="event create ended in an error"):
        client.vms.settle(client.vms.get("v1"), until=running, what="vm web to run")


def test_settling_ignores_errors_before_the_newest_event(script: Any, client: Cloud) -> None:
    """What failed once and was done again is no reason to give up."""
    queue = [
        {"id": "e2", "name": "start", "state": "processing", "queued": "2020-01-01T00:00:02.000Z"},
        {"id": "e1", "name": "start", "state": "error", "queued": "2020-01-01T00:00:01.000Z"},
    ]
    script.on("GET /vm/v1", script.step(body={**VM, "queue": queue}), script.step(body=RUNNING))
    assert client.vms.settle(client.vms.get("v1"), until=running, what="vm web to run").state == "Running"


def test_settling_ends_at_its_deadline_with_the_last_state(script: Any, client: Cloud) -> None:
    """A state that never comes is reported with the one that was there."""
    script.on("GET /vm/v1", script.step(body=VM))
    with pytest.raises(DeadlineExceeded, match=r"waited 1 s for vm web to run: last seen Starting; .*state_timeout"):
        client.vms.settle(client.vms.get("v1"), until=running, what="vm web to run", deadline=0.6)
    assert len(script.requests) > 2


def test_settling_uses_the_client_s_state_timeout(script: Any, make_client: Callable[..., Cloud]) -> None:
    """Without a deadline of its own a wait ends after state_timeout."""
    script.on("GET /vm/v1", script.step(body=VM))
    client = make_client(state_timeout=0.3)
    with pytest.raises(DeadlineExceeded):
        client.vms.settle(client.vms.get("v1"), until=running, what="vm web to run")


def test_settling_outlives_a_short_outage(script: Any, client: Cloud) -> None:
    """Unanswered looks in the middle of a wait do not end the build."""
    script.on("GET /vm/v1", script.step(body=VM), *[script.step(status=503)] * 3, script.step(body=RUNNING))
    assert client.vms.settle(client.vms.get("v1"), until=running, what="vm web to run").state == "Running"


def test_settling_tolerates_a_stale_not_found_and_then_gives_up(script: Any, client: Cloud) -> None:
    """A fresh object may be unknown for a moment; one that stays unknown has vanished."""
    script.on("GET /vm/v1", script.step(body=VM), script.step(status=404), script.step(body=RUNNING))
    assert client.vms.settle(client.vms.get("v1"), until=running, what="vm web to run").state == "Running"
    script.on("GET /vm/v1", script.step(body=VM), script.step(status=404))
    with pytest.raises(NotFound):
        client.vms.settle(client.vms.get("v1"), until=running, what="vm web to run")


def test_settling_stops_when_interrupted(script: Any, make_client: Callable[..., Cloud], timing: Timing) -> None:
    """A wait of an hour between two looks ends at once."""
    script.on("GET /vm/v1", script.step(body=VM))
    hourly = replace(timing, poll_first=3600, poll_last=3600)
    client = make_client(timing=hourly, state_timeout=7200, interruption=script.stopping())
    with pytest.raises(Interrupted):
        client.vms.settle(client.vms.get("v1"), until=running, what="vm web to run")
    assert len(script.requests) == 1


def test_stopping_waits_until_the_vm_is_off(script: Any, client: Cloud) -> None:
    """An action that is only accepted is followed until its state is there."""
    script.on("POST /vm/v1/actions/stop", script.step(status=202, body=RUNNING))
    script.on("GET /vm/v1", script.step(body={**RUNNING, "processing": True}), script.step(body=OFF))
    assert client.vms.stop("v1").state == "Off"
    (post,) = script.sent("POST")
    assert post.headers["prefer"] == "respond-async,wait=2"
    assert post.headers["content-length"] == "0"


def test_power_action_that_is_done_at_once_takes_one_call(script: Any, client: Cloud) -> None:
    """The final state in the reply of the action is enough."""
    script.on("POST /vm/v1/actions/stop", script.step(body=OFF))
    client.vms.stop("v1")
    assert client.calls == {"POST /vm/{id}/actions/stop": 1}


@pytest.mark.parametrize("trouble", [{"reset": True}, {"status": 503}, {"delay": 3.4}])
def test_lost_reply_of_an_action_is_answered_by_the_state(script: Any, client: Cloud, trouble: dict[str, Any]) -> None:
    """When the VM is off after a lost reply, the stop is not sent again."""
    script.on("POST /vm/v1/actions/stop", script.step(**trouble))
    script.on("GET /vm/v1", script.step(body=OFF))
    assert client.vms.stop("v1").state == "Off"
    assert len(script.sent("POST")) == 1


def test_lost_action_without_effect_is_sent_again(script: Any, client: Cloud) -> None:
    """When the VM still runs after a lost reply, the stop is sent again."""
    script.on("POST /vm/v1/actions/stop", script.step(reset=True), script.step(body=OFF))
    script.on("GET /vm/v1", script.step(body=RUNNING))
    assert client.vms.stop("v1").state == "Off"
    assert len(script.sent("POST")) == 2


def test_action_accepted_with_an_unreadable_reply_is_not_sent_again(script: Any, client: Cloud) -> None:
    """A 2xx says that the action was accepted, whatever its body."""
    script.on("POST /vm/v1/actions/stop", script.step(status=202, raw=b"accepted"))
    script.on("GET /vm/v1", script.step(body=RUNNING), script.step(body=OFF))
    assert client.vms.stop("v1").state == "Off"
    assert len(script.sent("POST")) == 1


def test_refused_action_is_fine_when_its_effect_is_there(script: Any, client: Cloud) -> None:
    """Stopping a VM that is off already may be refused; the state decides."""
    script.on("POST /vm/v1/actions/stop", script.step(status=400, body={"message": "VM is not running"}))
    script.on("GET /vm/v1", script.step(body=OFF))
    assert client.vms.stop("v1").state == "Off"
    script.on("GET /vm/v1", script.step(body=RUNNING))
    with pytest.raises(Refused, match="cannot stop vm v1: VM is not running"):
        client.vms.stop("v1")


def test_busy_action_is_sent_again_until_the_deadline(script: Any, client: Cloud) -> None:
    """An object that is being worked on is waited for, and not for ever."""
    busy = script.step(status=400, body={"message": "Resource is Processing"})
    script.on("POST /vm/v1/actions/stop", busy, busy, script.step(body=OFF))
    script.on("GET /vm/v1", script.step(body=RUNNING))
    assert client.vms.stop("v1").state == "Off"
    script.on("POST /vm/v1/actions/stop", busy)
    told: list[str] = []
    with pytest.raises(DeadlineExceeded, match=r"for vm v1 to shut down: last seen busy: .*Resource is Processing"):
        client.vms.stop("v1", deadline=0.4, on_wait=told.append)
    assert "waiting for vm v1 to shut down (busy, 0 s)" in told


def test_delete_waits_until_the_object_is_gone(script: Any, client: Cloud) -> None:
    """An accepted delete is followed until the object is unknown."""
    script.on("DELETE /vm/v1", script.step(status=202, body=VM))
    script.on("GET /vm/v1", *[script.step(body=VM)] * 3, script.step(status=404))
    script.on("GET /vm/v1/queue", script.step(body=[]))
    told: list[str] = []
    client.vms.delete("v1", remove_disks=["d1", "d2"], on_wait=told.append)
    assert script.sent("DELETE")[0].body == {"removeDisks": ["d1", "d2"]}
    assert told[-1].startswith("waiting for vm v1 to be gone (still there, ")


@pytest.mark.parametrize("answer", [{"status": 204, "raw": b""}, {"status": 200, "body": {}}, {"status": 404}])
def test_delete_takes_every_success_and_not_found_as_done(script: Any, client: Cloud, answer: dict[str, Any]) -> None:
    """The success status of deletes is not documented (API facts 5 #5); an unknown object is gone already."""
    script.on("DELETE /disk/d1", script.step(**answer))
    client.disks.delete("d1")
    assert script.sent("DELETE")[0].body is None


def test_delete_of_a_vm_always_has_a_body(script: Any, client: Cloud) -> None:
    """The specification demands a body also when no disk goes along."""
    script.on("DELETE /vm/v1", script.step(status=204, raw=b""))
    client.vms.delete("v1")
    assert script.sent("DELETE")[0].body == {}


def test_delete_that_misses_something_else_is_an_error(script: Any, client: Cloud) -> None:
    """404 for a disk that should go along does not mean that the VM is gone."""
    script.on("DELETE /vm/v1", script.step(status=404, body={"message": "disk d9 not found"}))
    script.on("GET /vm/v1", script.step(body=OFF))
    with pytest.raises(NotFound, match="cannot delete vm v1: disk d9 not found"):
        client.vms.delete("v1", remove_disks=["d9"])


@pytest.mark.parametrize("happened", [True, False])
def test_lost_reply_of_a_delete_is_answered_by_the_state(script: Any, client: Cloud, happened: bool) -> None:
    """After a lost reply the object is looked at; only one that is still there is deleted again."""
    script.on("DELETE /image/i1", script.step(reset=True), script.step(status=200, body={}))
    image = {"id": "i1", "name": "base"}
    script.on("GET /image/i1", *([] if happened else [script.step(body=image)]), script.step(status=404))
    client.images.delete("i1")
    assert len(script.sent("DELETE")) == (1 if happened else 2)


def test_busy_delete_is_sent_again_until_the_deadline(script: Any, client: Cloud) -> None:
    """Deleting what is being worked on is refused with "processing" and tried again (API facts 1.4)."""
    busy = script.step(status=400, body={"message": "Resource is processing"})
    script.on("DELETE /disk/d1", busy, busy, script.step(status=200, body={}))
    script.on("GET /disk/d1", *[script.step(body={"id": "d1"})] * 2, script.step(status=404))
    client.disks.delete("d1")
    assert len(script.sent("DELETE")) == 3
    script.on("DELETE /disk/d1", busy)
    script.on("GET /disk/d1", script.step(body={"id": "d1"}))
    with pytest.raises(DeadlineExceeded, match=r"for disk d1 to be gone: last seen busy: .*Resource is proc"):
        client.disks.delete("d1", deadline=0.3)


def test_protected_object_is_not_deleted_and_the_tag_is_named(script: Any, client: Cloud) -> None:
    """The refusal of a protected object says what to do."""
    script.on("DELETE /image/i1", script.step(status=400, body={"message": "image is protected"}))
    script.on("GET /image/i1", script.step(body={"id": "i1"}))
    with pytest.raises(Refused, match=r'remove the tag "protected" first'):
        client.images.delete("i1")


def test_delete_whose_event_fails_is_an_error(script: Any, client: Cloud) -> None:
    """An accepted delete that ends in an error is not waited for until the deadline."""
    script.on("DELETE /disk/d1", script.step(status=202, body={"id": "d1"}))
    script.on("GET /disk/d1", script.step(body={"id": "d1"}))
    script.on("GET /disk/d1/queue", script.step(body=[{"id": "e", "name": "delete", "state": "error"}]))
    with pytest.raises(Refused, match="cannot delete disk d1: its event delete ended in an error"):
        client.disks.delete("d1")


HDD = {"id": "h1", "controllerNumber": "{ABC}", "controllerLocation": 1, "disk": {"id": "d1", "name": "chroot"}}


def test_attach_returns_where_the_disk_is_plugged(script: Any, client: Cloud) -> None:
    """The hdd list is the truth about where a disk is."""
    script.on("POST /vm/v1/hdd", script.step(body={"id": "h1"}))
    script.on("GET /vm/v1/hdd", script.step(body=[]), script.step(body=[HDD]))
    hdd = client.vms.attach("v1", "d1")
    assert (hdd.disk_id, hdd.controller_number, hdd.controller_location) == ("d1", "{ABC}", 1)
    assert script.sent("POST")[0].body == {"disk": "d1"}


def test_lost_reply_of_an_attach_is_answered_by_the_hdd_list(script: Any, client: Cloud) -> None:
    """A disk that is plugged after a lost reply is not plugged again."""
    script.on("POST /vm/v1/hdd", script.step(reset=True))
    script.on("GET /vm/v1/hdd", script.step(body=[HDD]))
    assert client.vms.attach("v1", "d1").disk_id == "d1"
    assert len(script.sent("POST")) == 1


def test_detach_is_done_when_the_disk_is_not_listed_any_more(script: Any, client: Cloud) -> None:
    """A 202 is followed in the hdd list; a 200 is the documented end of it."""
    script.on("DELETE /vm/v1/hdd/d1", script.step(status=202, body=VM))
    script.on("GET /vm/v1/hdd", script.step(body=[HDD]), script.step(body=[]))
    client.vms.detach("v1", "d1")
    assert client.calls == {"DELETE /vm/{id}/hdd/{disk}": 1, "GET /vm/{id}/hdd": 2}
    script.on("DELETE /vm/v1/hdd/d1", script.step(body=HDD))
    client.vms.detach("v1", "d1")
    assert client.calls["GET /vm/{id}/hdd"] == 2


@pytest.mark.parametrize("answer", [{"reset": True}, {"status": 404}, {"status": 400}])
def test_detach_of_a_disk_that_is_not_plugged_is_done(script: Any, client: Cloud, answer: dict[str, Any]) -> None:
    """Whatever the cloud says, a disk that is not listed is detached."""
    script.on("DELETE /vm/v1/hdd/d1", script.step(**answer))
    script.on("GET /vm/v1/hdd", script.step(body=[]))
    client.vms.detach("v1", "d1")
    assert len(script.sent("DELETE")) == 1


def test_detach_from_an_unknown_vm_is_not_found(script: Any, client: Cloud) -> None:
    """A VM that is not there is not the same as a disk that is not plugged."""
    with pytest.raises(NotFound):
        client.vms.detach("v9", "d1")


PUBLIC = {"id": "p1", "address": "127.77.0.5", "state": "Unallocated"}
PAIRED = {**PUBLIC, "state": "Associated", "associated": {"ip": "r1"}}


def test_associate_pairs_and_returns_the_public_address(script: Any, client: Cloud) -> None:
    """The reply's address is the public one."""
    script.on("POST /ip/p1/actions/associate", script.step(body=PAIRED))
    found = client.ips.associate("p1", "r1")
    assert (found.address, found.associated_ip) == ("127.77.0.5", "r1")
    assert script.sent("POST")[0].body == {"ip": "r1"}


def test_associate_knows_the_private_side_by_its_address(script: Any, client: Cloud) -> None:
    """The private side may be given as an address and come back as an id."""
    script.on("POST /ip/p1/actions/associate", script.step(reset=True))
    script.on("GET /ip/p1", script.step(body=PAIRED))
    script.on("GET /ip/10.0.0.5", script.step(body={"id": "r1", "address": "10.0.0.5"}))
    assert client.ips.associate("p1", "10.0.0.5").state == "Associated"
    assert len(script.sent("POST")) == 1


def test_associate_of_an_address_paired_elsewhere_is_refused(script: Any, client: Cloud) -> None:
    """Being associated is not enough: it has to be with the wanted address."""
    script.on("POST /ip/p1/actions/associate", script.step(status=400, body={"message": "already associated"}))
    script.on("GET /ip/p1", script.step(body={**PAIRED, "associated": {"ip": "r2"}}))
    script.on("GET /ip/r1", script.step(body={"id": "r1"}))
    with pytest.raises(Refused, match="cannot associate ip p1: already associated"):
        client.ips.associate("p1", "r1")


def test_tags_are_written_and_removed(script: Any, client: Cloud) -> None:
    """PATCH merges, DELETE removes one; a lost reply is repeated, as the effect is the same."""
    script.on("PATCH /vm/v1/tag", script.step(status=503), script.step(body={"a": "1", "b": ""}))
    script.on("DELETE /vm/v1/tag/a b", script.step(reset=True), script.step(status=404))
    script.on("GET /vm/v1/tag", script.step(body={"b": ""}))
    client.vms.add_tags("v1", {"b": ""})
    client.vms.remove_tag("v1", "a b")
    assert [request.body for request in script.sent("PATCH")] == [{"b": ""}, {"b": ""}]
    assert len(script.sent("DELETE")) == 2


def test_removing_a_tag_of_an_unknown_object_is_not_found(script: Any, client: Cloud) -> None:
    """An object that is not there is not the same as a tag that is not there."""
    with pytest.raises(NotFound):
        client.images.remove_tag("i9", "a")


def test_update_sets_fields_and_survives_a_lost_reply(script: Any, client: Cloud) -> None:
    """Setting fields has the same effect each time, so it is repeated."""
    image = {"id": "i1", "name": "new", "description": "a\nb"}
    script.on("PATCH /image/i1", script.step(reset=True), script.step(body=image))
    assert client.images.update("i1", name="new", description="a\nb").description == "a\nb"
    assert script.sent("PATCH")[1].body == {"name": "new", "description": "a\nb"}


def test_a_lost_reply_is_one_whatever_failed_before(script: Any, make_client: Callable[..., Cloud]) -> None:
    """Clean-ups run while the failure before them is handled: that nothing could be sent then says nothing of them."""
    script.on("DELETE /disk/d1", script.step(reset=True))
    call = Call(method="DELETE", path="/disk/d1", kind="DELETE /disk/{id}", operation="delete disk d1")
    try:
        make_client(api_url="http://127.0.0.1:9/v1").vms.get("web")
    except Unavailable:
        with pytest.raises(OutcomeUnknown, match=r"no usable answer from .*: the connection was reset"):
            make_client()._transport.send(call)
    assert len(script.sent("DELETE")) == 1


def test_no_change_is_sent_to_a_cloud_that_is_not_there(make_client: Callable[..., Cloud]) -> None:
    """A refused connection is Unavailable, not unknown: nothing was sent."""
    with pytest.raises(Unavailable) as caught:
        make_client(api_url="http://127.0.0.1:1/v1").vms.create(SPEC, identity=TAGS)
    assert not isinstance(caught.value, OutcomeUnknown | Busy)
