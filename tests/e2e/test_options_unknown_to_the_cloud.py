"""Faults that only the API can tell: names that do not exist, addresses that do not fit; asked before creating."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cloud import Cloud
from tests.support.stacks import Run, image, new_stack

CHROOT = {"chroot_disk": True, "pre_mount_commands": ["true"]}
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGu3nB2iYoPpGDtKbDaSRoFmwsCWlZDFcBaZqYw9xPzH me"
FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "image": ({"source_image": "no-such"}, "source_image: HyperOne has no image 'no-such' that this project can see"),
    "vm-type": ({"vm_type": "z9.huge"}, "vm_type: HyperOne has no vm type 'z9.huge'; it has _dev.gen2_1, a1.medium"),
    "disk-type": ({"disk_type": "floppy"}, "disk_type: HyperOne has no disk type 'floppy'; it has archive,"),
    "chroot-disk-type": (
        {**CHROOT, "source_image": "debian-12", "disk_size": 4, "chroot_disk_type": "tape"},
        "chroot_disk_type: HyperOne has no disk type 'tape'; it has archive,",
    ),
    "small": (
        {"source_image": "debian-12", "disk_size": 2.5},
        "disk_size: 2.5 GiB is less than the 3 GiB of source image 'debian-12'",
    ),
    "image-service": ({"image_service": "ssd"}, "image_service: HyperOne has no image type 'ssd'; it has image"),
    "netadp": (
        {"public_netadp_service": "wifi"},
        "public_netadp_service: HyperOne has no network adapter type 'wifi'; it has private, public",
    ),
    "network": ({"network": "no-net"}, "network: HyperOne has no network 'no-net' that this project can see"),
    "private-outside": (
        {"network": "narrow", "private_ip": "10.9.9.9"},
        "private_ip: 10.9.9.9 is outside of network narrow, which has 127.79.3.0/24",
    ),
    "private-gateway": (
        {"network": "narrow", "private_ip": "127.79.3.1"},
        "private_ip: 127.79.3.1 is reserved in network narrow",
    ),
    "private-in-use": (
        {"network": "narrow", "private_ip": "127.79.3.50"},
        "private_ip: 127.79.3.50 is in use by VM holder (",
    ),
    "private-unknown": (
        {"network": "narrow", "private_ip": "printer"},
        "private_ip: network narrow has no IP address 'printer'",
    ),
    "public-unknown": ({"public_ip": "127.77.255.9"}, "public_ip: HyperOne has no IP address '127.77.255.9'"),
    "public-is-private": (
        {"public_ip": "127.79.3.60"},
        "public_ip: 127.79.3.60 is an address of the private network narrow, not a public one",
    ),
    "public-in-use": ({"public_ip": "TAKEN"}, "public_ip: TAKEN is in use by VM holder ("),
    "key-name": ({"ssh_keys": ["no-key"]}, "ssh_keys[0]: HyperOne has no SSH key 'no-key' in this project"),
    "key-broken": (
        {"ssh_keys": [PUBLIC_KEY, PUBLIC_KEY[:40]]},
        "ssh_keys[1]: is not a complete public key; copy the whole line",
    ),
    "same-b": ({"public_ip": "FREE"}, "public_ip: 'FREE' is also used by image same-a; each builder needs its own"),
}
"""Image → its options (TAKEN and FREE stand for public addresses), and what the report says below `images.<image>.`."""


@pytest.fixture(scope="module")
def cloud(session_cloud):
    """A cloud with a network, addresses of the user's own, and a VM of somebody else that holds two of them."""
    session_cloud.reset()
    return Cloud(session_cloud)


@pytest.fixture(scope="module")
def addresses(cloud) -> dict[str, str]:
    """The public addresses: TAKEN is associated with a VM, FREE is not."""
    narrow = cloud.send("POST", "/v1/network", {"name": "narrow", "address": "127.79.3.0/24"})["id"]
    cloud.send("POST", "/v1/ip", {"network": narrow, "address": "127.79.3.60"})
    taken, free = (cloud.send("POST", "/v1/ip", {}) for _ in range(2))
    holder = {
        "name": "holder",
        "service": "a1.nano",
        "image": "sandbox",
        "disk": [{"service": "ssd", "size": 1}],
        "netadp": [{"service": "private", "network": narrow, "ip": ["127.79.3.50"]}],
    }
    vm = cloud.send("POST", "/v1/vm", holder)
    private = cloud.get(f"/v1/vm/{vm['id']}/netadp")[0]["ip"][0]
    cloud.send("POST", f"/v1/ip/{taken['id']}/actions/associate", {"ip": private["id"]})
    return {"TAKEN": taken["address"], "FREE": free["address"]}


@pytest.fixture(scope="module")
def before(cloud, addresses) -> list[Any]:
    """The mutating calls so far: the test's own."""
    return cloud.mutations()


@pytest.fixture(scope="module")
def refused(cloud, addresses, before, engine_path, tmp_path_factory) -> Run:
    """`up` of one stack with one image for each fault."""

    def real(value: Any) -> Any:
        return addresses.get(value, value) if isinstance(value, str) else value

    stack = new_stack(tmp_path_factory.mktemp("refused"), engine_path, cloud, "test")
    images = {name: image(**{key: real(value) for key, value in given.items()}) for name, (given, _) in FAULTS.items()}
    images = {"same-a": image(public_ip=addresses["FREE"]), **images}
    stack.configure(images)
    return stack.up().failed(f"{len(FAULTS)} faults in the settings:")


@pytest.mark.parametrize("name", FAULTS)
def test_what_the_cloud_does_not_know_is_said_with_the_path_of_the_option(refused, addresses, name):
    """The one report has a line for each fault: path, value, why, and what there is instead."""
    said = FAULTS[name][1]
    for placeholder, address in addresses.items():
        said = said.replace(placeholder, address)
    assert f"images.{name}.{said}" in refused.text


def test_nothing_was_created_and_each_question_was_asked_once(refused, cloud, before):
    """No mutating call, and no read was repeated however many images needed it."""
    assert cloud.mutations() == before
    asked = [call for call in cloud.get("/_local/calls") if call["number"] > before[-1]["number"]]
    reads = [(call["path"], call["query"]) for call in asked if call["path"].startswith("/v1/service")]
    assert len(reads) == len(set(reads)) == 4
