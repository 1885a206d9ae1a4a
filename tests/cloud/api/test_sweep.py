"""The sweep of a build: it ends with nothing left, or with an error."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pulumi_hyperone.local_cloud import LocalCloud
from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.api.records import State
from pulumi_hyperone.provider.api.specs import DiskSpec, ImageSpec, NewDisk, VmSpec
from pulumi_hyperone.provider.foundation.errors import HyperOneError, LeftBehind
from pulumi_hyperone.provider.tracking.identity import BUILD_TAG, BUILDER, CHROOT_DISK, role_tags
from pulumi_hyperone.provider.tracking.sweep import remove_disk, sweep

pytestmark = pytest.mark.cloud

CALLS = ["vm.list", "vm.hdd.list", "vm.show", "vm.delete", "disk.list", "disk.show", "disk.tag.list", "disk.delete"]
# Through v1 disks bring their tags, and go with their VM.
V2_ONLY = ["disk.tag.list", "disk.delete"]


@pytest.mark.parametrize("operation", CALLS)
def test_one_404_is_no_proof_that_something_is_gone(
    cloud: LocalCloud, client: Cloud, inject: Callable[..., None], operation: str, api_version: str
) -> None:
    """A builder whose disk got no tags yet goes at once, or the sweep fails and the next one removes it."""
    tags = role_tags("b" * 32, BUILDER)
    disk = NewDisk(service="ssd", size=1)
    vm = client.vms.create(
        VmSpec(name="web", service="a1.nano", tags=tags, new_disks=(disk,), start=False), identity=tags
    )
    client.vms.settle(vm, until=lambda seen: seen.state == "Off", what="vm web")
    inject(operation, "fail", status=404, message="not found")
    try:
        sweep(client, "b" * 32, images=True)
    except HyperOneError:
        sweep(client, "b" * 32, images=True)
    (fault,) = cloud.local("GET", "faults")
    assert bool(fault["used"]) == (api_version == "v2" or operation not in V2_ONLY)
    left = cloud.local("GET", "inventory")
    assert not any(left.values()), left


def test_a_disk_goes_though_its_vm_went_since_it_was_looked_at(cloud: LocalCloud, client: Cloud) -> None:
    """Lists are some seconds late, and others remove VMs too: the disk that they tell as plugged in is free by then."""
    tags = role_tags("b" * 32, CHROOT_DISK)
    disk = client.disks.create(DiskSpec(name="d", service="ssd", size=1, tags=tags), identity=tags)
    spec = VmSpec(name="web", service="a1.nano", start=False, existing_disks=(disk.id,))
    vm = client.vms.create(spec, identity={})
    client.vms.reach(vm, State.OFF)
    seen = client.disks.get(disk.id)
    assert seen.vm == vm.id
    client.vms.delete(vm.id)
    remove_disk(client, seen)
    assert not any(cloud.local("GET", "inventory").values())


def test_what_may_not_be_listed_keeps_nothing_else(
    cloud: LocalCloud, client: Cloud, inject: Callable[..., None]
) -> None:
    """A token without rights on disks and addresses still removes the image, and every refusal is told."""
    tags = {BUILD_TAG: "b" * 32}
    disk = NewDisk(service="ssd", size=1)
    vm = client.vms.create(
        VmSpec(name="web", service="a1.nano", tags=tags, new_disks=(disk,), start=False), identity=tags
    )
    client.vms.reach(vm, State.OFF)
    image = client.images.create(ImageSpec(name="i", vm=vm.id, tags=tags), identity=tags)
    client.images.reach(image, State.ONLINE)
    for noun in ("disk", "ip"):
        inject(f"{noun}.list", "fail", status=403, message="forbidden", count=0)
    with pytest.raises(LeftBehind, match=r"disks: cannot list disks: forbidden.*; IPs: cannot list ips: forbidden"):
        sweep(client, "b" * 32, images=True)
    assert cloud.local("GET", "inventory")["images"] == []
