"""The machines that builds run on: their type, disks, addresses and deadlines."""

from __future__ import annotations

from collections.abc import Iterator

from rules.rule import OFF, TEXTS, rule
from rules.subject import Subject, matches

BUILDER = "builder"
MINUTE, HOUR = 60, 3600


@rule(
    "vm-type-allowed",
    "Temporary VMs are of an allowed type.",
    "TemporaryVm",
    level=OFF,
    config={"allowed": {**TEXTS, "minItems": 1}},
)
def vm_type_allowed(vm: Subject) -> Iterator[str]:
    """The type as it is written, id or name, against names, ids or patterns."""
    service, allowed = str(vm.get("service")), vm.config["allowed"]
    if vm.get("role") == BUILDER and not matches(service, allowed):
        yield f"{vm.image}.vm_type: {service} is not allowed here; use one of {', '.join(allowed)}"


@rule(
    "disk-size-limited",
    "Disks of builds stay below a size.",
    "TemporaryVm",
    "ChrootDisk",
    level=OFF,
    config={"max_gib": {"type": "number", "exclusiveMinimum": 0}},
)
def disk_size_limited(resource: Subject) -> Iterator[str]:
    """New disks only: the carrier's disk is the chroot disk, which is judged where it is made."""
    limit = resource.config["max_gib"]
    made = [("disk_size", disk.get("size")) for disk in resource.get("disks", [])]
    if "disks" not in resource.props:
        made = [("chroot_disk_size", resource.get("size"))]
    for option, size in made:
        if size is not None and float(size) > limit:
            yield f"{resource.image}.{option}: {float(size):g} GiB is too much here; use at most {limit:g} GiB"


@rule(
    "no-public-address",
    "Temporary VMs have no public address unless their image may have one.",
    "TemporaryVm",
    level=OFF,
    config={"allowed_images": {**TEXTS, "default": []}},
)
def no_public_address(vm: Subject) -> Iterator[str]:
    """A VM without a network gets a public adapter; with one, only a public_ip makes it public."""
    if vm.get("role") != BUILDER or matches(str(vm.props["image_key"]), vm.config["allowed_images"]):
        return
    hint = f"or add {vm.props['image_key']} to allowed_images of rule no-public-address"
    if not vm.get("network"):
        yield f"{vm.image}.network: without a network the VM gets a public address; set a private network, {hint}"
    elif vm.get("public_ip"):
        yield f"{vm.image}.public_ip: makes the VM public; remove it, {hint}"


@rule(
    "state-timeout-bounded",
    "Waiting for the cloud is neither cut short nor endless.",
    "TemporaryVm",
    config={
        "min_seconds": {"type": "number", "minimum": 0, "default": MINUTE},
        "max_seconds": {"type": "number", "minimum": 0, "default": HOUR},
    },
)
def state_timeout_bounded(vm: Subject) -> Iterator[str]:
    """The one state_timeout of the image, judged at its builder."""
    seconds = vm.get("state_timeout")
    if vm.get("role") != BUILDER or seconds is None:
        return
    least, most = vm.config["min_seconds"], vm.config["max_seconds"]
    if not least <= float(seconds) <= most:
        yield f"{vm.image}.state_timeout: {float(seconds):g}s is out of bounds; use {least:g}s to {most:g}s"
