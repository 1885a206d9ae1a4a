"""The client against the local cloud: every noun and verb, and what goes wrong on the way."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import requests

from pulumi_hyperone.local_cloud import LocalCloud
from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.api.http.transport import Timing
from pulumi_hyperone.provider.api.records import Image, Vm
from pulumi_hyperone.provider.api.specs import Adapter, DiskSpec, ImageSpec, NewDisk, VmSpec
from pulumi_hyperone.provider.foundation.errors import CredentialsError, NotFound, Refused
from pulumi_hyperone.provider.foundation.interruption import Interruption

pytestmark = pytest.mark.cloud

TAGS = {"build": "b1", "role": "builder"}
SPEC = VmSpec(
    name="web",
    service="a1.nano",
    image="sandbox",
    tags=TAGS,
    new_disks=(NewDisk(service="ssd", size=2, name="os"),),
    adapter=Adapter(public_service="public"),
)


def running(vm: Vm) -> bool:
    """Whether a VM runs."""
    return vm.state == "Running"


def make_vm(client: Cloud, spec: VmSpec = SPEC) -> Vm:
    """Create a VM and wait until it runs."""
    return client.vms.settle(client.vms.create(spec, identity=TAGS), until=running, what="vm web to run")


def post(cloud: LocalCloud, noun: str, body: dict[str, Any]) -> dict[str, Any]:
    """Make an object that builds never make, by a call of its own; returns the reply."""
    reply = requests.post(f"{cloud.url}/{noun}", json=body, headers={"x-auth-token": cloud.token}, timeout=10)
    reply.raise_for_status()
    return dict(reply.json())


def vms_in(cloud: LocalCloud) -> int:
    """How many VMs the cloud has."""
    return len(cloud.local("GET", "inventory")["vms"])


def test_whole_build_leaves_the_image_and_nothing_else(cloud: LocalCloud, client: Cloud) -> None:
    """VM, its disk and address, stop, image, delete: the calls of a build, in order, without one that is not needed."""
    vm = make_vm(client)
    (plug,) = client.vms.plugs(vm.id)
    (adapter,) = client.vms.netadps(vm.id)
    assert client.disks.get(plug.disk_id).size == 2
    assert plug.controller_location == (0 if client.credentials.api_version == "v1" else None)
    assert adapter.ips[0].address.startswith("127.77.")
    assert client.vms.stop(vm.id).state == "Off"
    image = client.images.create(ImageSpec(name="base", vm=vm.id, description="a\nb", tags=TAGS), identity=TAGS)
    image = client.images.settle(image, until=lambda seen: seen.state == "Online", what="image base")
    assert (image.name, image.description, dict(image.tags)) == ("base", "a\nb", TAGS)
    client.vms.delete(vm.id, remove_disks=[plug.disk_id])
    left = cloud.local("GET", "inventory")
    assert {noun: len(found) for noun, found in left.items() if found} == {"images": 1}
    assert client.calls["POST /vm"] == client.calls["POST /image"] == client.calls["DELETE /vm/{id}"] == 1
    client.images.delete(image.id)
    assert cloud.local("GET", "inventory")["images"] == []


def make_image(client: Cloud) -> Image:
    """Create an image and wait until it is Online; its VM stays."""
    vm = make_vm(client)
    image = client.images.create(ImageSpec(name="base", vm=vm.id, tags=TAGS), identity=TAGS)
    return client.images.settle(image, until=lambda seen: seen.state == "Online", what="image base")


@pytest.mark.parametrize("action", ["none", "drop_before", "drop_after", "garbage"])
def test_an_image_is_shared_and_taken_back_once_whatever_becomes_of_the_replies(
    client: Cloud, inject: Callable[..., None], action: str
) -> None:
    """Each right is there once, and again gone, after lost replies too; doing it again is no error. v2 refuses."""
    image = make_image(client)
    if client.credentials.api_version == "v2":
        for change in (client.images.grant, client.images.revoke):
            with pytest.raises(Refused, match="the second generation of HyperOne's API has no access rights"):
                change(image.id, "*")
        return
    if action != "none":
        inject("image.accessrights.add", action)
        inject("image.accessrights.delete", action)
    for _ in range(2):
        client.images.grant(image.id, "*")
        client.images.grant(image.id, "other-project")
    seen = client.images.get(image.id)
    assert (seen.access_rights, seen.shared) == ({"*", "other-project"}, True)
    for _ in range(2):
        client.images.revoke(image.id, "*")
    assert client.images.get(image.id).access_rights == {"other-project"}
    with pytest.raises(NotFound):
        client.images.grant("no-such-image", "*")


@pytest.mark.parametrize("action", ["drop_after", "garbage", "truncate"])
def test_lost_reply_of_a_create_makes_one_vm(
    cloud: LocalCloud, client: Cloud, inject: Callable[..., None], action: str
) -> None:
    """The VM that was made although its reply was lost is found by its tags."""
    inject("vm.create", action)
    vm = make_vm(client)
    assert dict(vm.tags) == TAGS
    assert vms_in(cloud) == 1
    assert client.calls["POST /vm"] == 1


def test_create_lost_before_its_effect_makes_one_vm(
    cloud: LocalCloud, client: Cloud, inject: Callable[..., None]
) -> None:
    """A create that did not happen is sent again."""
    inject("vm.create", "drop_before")
    make_vm(client)
    assert vms_in(cloud) == 1
    assert client.calls["POST /vm"] == 2


def test_create_lost_while_lists_are_stale_makes_one_vm(
    cloud: LocalCloud, client: Cloud, inject: Callable[..., None]
) -> None:
    """Lists that show the past for a second do not lead to a second VM."""
    inject("vm.create", "drop_after")
    inject("vm.list", "stale", seconds=1, count=0)
    make_vm(client)
    assert vms_in(cloud) == 1


def test_lost_create_repeated_with_its_key_makes_one_vm(
    cloud: LocalCloud, make_client: Callable[..., Cloud], inject: Callable[..., None]
) -> None:
    """Even when the look-up sees nothing at all, the idempotency key keeps the repetition from making a second VM."""
    inject("vm.create", "drop_after")
    inject("vm.list", "stale", seconds=600, count=0)
    client = make_client(timing=Timing(lookup=0.3))
    make_vm(client)
    assert client.calls["POST /vm"] == 2
    assert vms_in(cloud) == 1


def test_early_202_is_followed_until_the_vm_runs(client: Cloud, inject: Callable[..., None]) -> None:
    """A cloud that answers before the work is done is asked until it is."""
    inject("vm.create", "early")
    vm = make_vm(client)
    assert vm.state == "Running"
    assert client.calls["POST /vm"] == 1


def test_failed_event_is_reported(
    cloud: LocalCloud, make_client: Callable[..., Cloud], inject: Callable[..., None]
) -> None:
    """A create that is accepted and fails later ends in an error that names the VM, not in the deadline's."""
    inject("vm.create", "event_error", message="no host has room")
    with pytest.raises(Refused, match=r"vm web \([0-9a-f]{24}\): event create ended in an error.*history"):
        make_vm(make_client(timing=Timing(prefer_create=0)))


def test_a_create_that_fails_after_its_effect_is_reported(
    make_client: Callable[..., Cloud], inject: Callable[..., None]
) -> None:
    """A VM that runs although its create ended in an error is no use: everything but its delete would be refused."""
    inject("vm.create", "event_error", afterEffect=True, message="the host went away")
    with pytest.raises(Refused, match=r"vm web \([0-9a-f]{24}\): event create ended in an error"):
        make_vm(make_client(timing=Timing(prefer_create=0)))


def test_create_that_fails_within_its_reply_is_refused_and_found_by_its_tags(
    client: Cloud, inject: Callable[..., None]
) -> None:
    """An error reply may leave a half-made VM behind; its tags find it, and it can be deleted."""
    inject("vm.create", "event_error", message="no host has room")
    with pytest.raises(Refused, match='cannot create vm "web": no host has room'):
        make_vm(client)
    (left,) = client.vms.list(tags=TAGS)
    client.vms.delete(left.id)
    assert client.vms.list(tags=TAGS) == []


@pytest.mark.parametrize("action", ["drop_after", "drop_before", "fail"])
@pytest.mark.parametrize("verb", ["stop", "delete"])
def test_lost_reply_of_a_change_ends_in_the_wanted_state(
    cloud: LocalCloud, client: Cloud, inject: Callable[..., None], verb: str, action: str
) -> None:
    """Stop and delete reach their end whether or not the lost call had an effect."""
    vm = make_vm(client)
    inject(f"vm.{verb}", action, status=503)
    if verb == "stop":
        assert client.vms.stop(vm.id).state == "Off"
        assert client.vms.get(vm.id).state == "Off"
    else:
        client.vms.delete(vm.id)
        assert vms_in(cloud) == 0


def test_reads_survive_faults(client: Cloud, inject: Callable[..., None]) -> None:
    """Reads are repeated until they succeed."""
    for nth, action in enumerate(("drop_before", "garbage", "truncate", "fail"), start=1):
        inject("image.show", action, nth=nth, status=503)
    assert client.images.get("sandbox").name == "sandbox"


def test_rate_limit_is_kept(make_client: Callable[..., Cloud], inject: Callable[..., None]) -> None:
    """429 with Retry-After delays a create and does not fail it."""
    inject("disk.create", "fail", status=429, headers={"Retry-After": "1"})
    pauses: list[float] = []
    interruption = Interruption()
    interruption.sleep = pauses.append  # type: ignore[method-assign]
    client = make_client(interruption=interruption)
    client.disks.create(DiskSpec(name="d", service="ssd", size=1, tags=TAGS), identity=TAGS)
    assert pauses[0] == 1
    assert client.calls["POST /disk"] == 2


def test_carrier_is_made_on_a_disk_that_exists(cloud: LocalCloud, client: Cloud) -> None:
    """It has the disk, stays off, and leaves it behind when it is deleted without it."""
    disk = client.disks.create(DiskSpec(name="d", service="ssd", size=1, tags=TAGS), identity=TAGS)
    disk = client.disks.settle(disk, until=lambda seen: seen.state == "Detached", what="disk d")
    spec = VmSpec(name="carrier", service="a1.nano", tags=TAGS, existing_disks=(disk.id,), start=False)
    vm = client.vms.create(spec, identity=TAGS)
    vm = client.vms.settle(vm, until=lambda seen: seen.state == "Off", what="vm carrier")
    assert [plug.disk_id for plug in client.vms.plugs(vm.id)] == [disk.id]
    assert client.disks.get(disk.id).vm == vm.id
    client.vms.delete(vm.id)
    client.disks.settle(client.disks.get(disk.id), until=lambda seen: not seen.vm, what="disk d")
    assert vms_in(cloud) == 0


def test_disk_is_unplugged_from_its_own_vm_alone(client: Cloud) -> None:
    """To unplug it from another one is no error and changes nothing."""
    disk = client.disks.create(DiskSpec(name="d", service="ssd", size=1, tags=TAGS), identity=TAGS)
    client.disks.settle(disk, until=lambda seen: seen.state == "Detached", what="disk d")

    def off(name: str) -> Vm:
        vm = client.vms.create(VmSpec(name=name, service="a1.nano", start=False), identity={"name": name})
        return client.vms.settle(vm, until=lambda seen: seen.state == "Off", what=f"vm {name}")

    vm, other = off("holder"), off("other")
    client.vms.attach(vm.id, disk.id)
    client.vms.attach(vm.id, disk.id)
    client.vms.detach(other.id, disk.id)
    assert client.disks.get(disk.id).vm == vm.id
    client.vms.detach(vm.id, disk.id)
    client.vms.detach(vm.id, disk.id)
    assert client.disks.get(disk.id).vm == ""


def test_protected_image_is_not_deleted(client: Cloud) -> None:
    """The tag has to go first."""
    vm = make_vm(client)
    client.vms.stop(vm.id)
    image = client.images.create(ImageSpec(name="base", vm=vm.id, tags={"protected": "", **TAGS}), identity=TAGS)
    with pytest.raises(Refused, match='remove the tag "protected" first'):
        client.images.delete(image.id)
    client.images.remove_tag(image.id, "protected")
    client.images.delete(image.id)
    with pytest.raises(NotFound):
        client.images.get(image.id)


def test_disk_lives_and_dies(client: Cloud) -> None:
    """A disk is made, renamed, tagged, listed by its tags and deleted; a second delete is no error."""
    disk = client.disks.create(DiskSpec(name="d", service="ssd", size=1.5, tags=TAGS), identity=TAGS)
    disk = client.disks.settle(disk, until=lambda seen: seen.state == "Detached", what="disk d")
    assert (disk.size, disk.vm) == (1.5, "")
    assert client.disks.update(disk.id, name="e").name == "e"
    client.disks.add_tags(disk.id, {"x": "", "y": "1"})
    client.disks.remove_tag(disk.id, "build")
    client.disks.remove_tag(disk.id, "never-there")
    assert dict(client.disks.get(disk.id).tags) == {"role": "builder", "x": "", "y": "1"}
    assert [seen.id for seen in client.disks.list(name="e", tags={"y": "1", "x": ""})] == [disk.id]
    assert client.disks.list(tags=TAGS) == []
    assert [event.name for event in client.disks.events(disk.id)][:1] == ["create"]
    client.disks.delete(disk.id)
    client.disks.delete(disk.id)


def test_public_ip_is_paired_with_a_private_one_and_given_back(cloud: LocalCloud, client: Cloud) -> None:
    """The fixed public address of a user is associated with the VM's private one, and free after the VM is gone."""
    network = post(cloud, "network", {"name": "n", "address": "10.9.0.0/24"})
    public = client.ips.get(post(cloud, "ip", {})["id"])
    assert public.state == "Unallocated"
    vm = make_vm(client, replace(SPEC, adapter=Adapter(network=network["id"])))
    (adapter,) = client.vms.netadps(vm.id)
    paired = client.ips.associate(public.id, adapter.ips[0].id)
    assert (paired.state, paired.address) == ("Associated", public.address)
    assert client.ips.associate(public.address, adapter.ips[0].address).state == "Associated"
    client.vms.delete(vm.id, remove_disks=[plug.disk_id for plug in client.vms.plugs(vm.id)])
    assert client.ips.get(public.id).state == "Unallocated"
    client.ips.delete(public.id)


def test_catalogue_is_read(client: Cloud, cloud: LocalCloud) -> None:
    """Types, images that come with the cloud and the project are found by name and id."""
    assert "a1.nano" in {service.name for service in client.services.types("vm")}
    assert {service.resource for service in client.services.types("disk")} == {"disk"}
    assert client.images.get("debian-12").name == "debian-12"
    assert client.projects.get(cloud.project).state == "Active"
    assert client.projects.find_ssh_key("no-such-key") is None
    with pytest.raises(NotFound, match=r"image .*no-such-image"):
        client.images.get("no-such-image")


def test_many_builds_share_one_client(cloud: LocalCloud, client: Cloud) -> None:
    """Eight VMs are made and removed at once through one client."""

    def build(number: int) -> None:
        identity = {"build": str(number)}
        vm = client.vms.create(replace(SPEC, name=f"web-{number}", tags=identity), identity=identity)
        vm = client.vms.settle(vm, until=running, what=f"vm web-{number}")
        client.vms.delete(vm.id, remove_disks=[plug.disk_id for plug in client.vms.plugs(vm.id)])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(build, range(8)))
    assert vms_in(cloud) == 0


def test_wrong_token_is_refused(make_client: Callable[..., Cloud]) -> None:
    """The cloud's 401 becomes one clear error."""
    with pytest.raises(CredentialsError, match="refused the token from test"):
        make_client(token="0" * 48).vms.list()
