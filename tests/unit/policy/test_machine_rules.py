"""Rules about the machines that builds run on."""

import pytest
from rules import machines

BUILDER = {
    "role": "builder",
    "service": "a1.nano",
    "disks": [{"service": "ssd", "size": 10.0}],
    "network": "office",
    "public_ip": None,
    "state_timeout": 300.0,
}
CARRIER = {"role": "carrier", "service": "a1.nano", "disks": [{"id": "5f00"}], "state_timeout": 300.0}
TYPES = {"allowed": ["a1.nano", "m2.*"]}


@pytest.mark.parametrize("service", ["a1.nano", "m2.tiny"])
def test_an_allowed_vm_type_passes(judge, service):
    """Types pass by name or by pattern."""
    assert judge(machines.vm_type_allowed, "TemporaryVm", TYPES, **{**BUILDER, "service": service}) == []


def test_another_vm_type_is_refused_with_the_allowed_ones(judge):
    """The message names option, value and what is allowed."""
    found = judge(machines.vm_type_allowed, "TemporaryVm", TYPES, **{**BUILDER, "service": "a1.nanob"})
    assert found == ["images.web.vm_type: a1.nanob is not allowed here; use one of a1.nano, m2.*"]


def test_the_carrier_is_not_judged_again(judge):
    """The carrier has the builder's type and timeout, and is no machine that runs."""
    carrier = {**CARRIER, "service": "z9", "state_timeout": 1.0}
    for rule in (machines.vm_type_allowed, machines.no_public_address, machines.state_timeout_bounded):
        assert judge(rule, "TemporaryVm", TYPES, **carrier) == []


@pytest.mark.parametrize(
    ("cls", "props", "option"),
    [
        ("TemporaryVm", {**BUILDER, "disks": [{"size": 20.5}]}, "disk_size"),
        ("ChrootDisk", {"size": 20.5}, "chroot_disk_size"),
    ],
)
def test_a_disk_above_the_limit_is_refused(judge, cls, props, option):
    """System disk and chroot disk, each under its own option's name."""
    found = judge(machines.disk_size_limited, cls, {"max_gib": 20}, **props)
    assert found == [f"images.web.{option}: 20.5 GiB is too much here; use at most 20 GiB"]


@pytest.mark.parametrize(
    ("cls", "props"), [("TemporaryVm", BUILDER), ("TemporaryVm", CARRIER), ("ChrootDisk", {"size": 20.0})]
)
def test_a_disk_up_to_the_limit_passes(judge, cls, props):
    """The limit itself is allowed; a carrier's disk is no new one."""
    assert judge(machines.disk_size_limited, cls, {"max_gib": 20}, **props) == []


@pytest.mark.parametrize(
    ("network", "public_ip", "said"),
    [(None, None, "images.web.network"), ("office", "1.2.3.4", "images.web.public_ip")],
)
def test_a_public_address_is_refused(judge, network, public_ip, said):
    """No network means a public adapter; a public_ip makes a private one public."""
    vm = {**BUILDER, "network": network, "public_ip": public_ip}
    found = judge(machines.no_public_address, "TemporaryVm", **vm)
    assert len(found) == 1
    assert found[0].startswith(said)
    assert "add web to allowed_images" in found[0]


def test_a_private_machine_and_an_allowed_image_pass(judge):
    """Only a private network, or an image that may be public."""
    assert judge(machines.no_public_address, "TemporaryVm", **BUILDER) == []
    public = {**BUILDER, "network": None}
    assert judge(machines.no_public_address, "TemporaryVm", {"allowed_images": ["w*"]}, **public) == []


@pytest.mark.parametrize(("seconds", "config"), [(59.0, None), (3601.0, None), (300.0, {"min_seconds": 301})])
def test_a_state_timeout_out_of_bounds_is_refused(judge, seconds, config):
    """Documented defaults hold where nothing is configured."""
    found = judge(machines.state_timeout_bounded, "TemporaryVm", config, **{**BUILDER, "state_timeout": seconds})
    assert len(found) == 1
    assert found[0].startswith(f"images.web.state_timeout: {seconds:g}s is out of bounds; use ")


@pytest.mark.parametrize("seconds", [60.0, 300.0, 3600.0])
def test_a_state_timeout_within_bounds_passes(judge, seconds):
    """The bounds themselves are allowed."""
    assert judge(machines.state_timeout_bounded, "TemporaryVm", **{**BUILDER, "state_timeout": seconds}) == []
