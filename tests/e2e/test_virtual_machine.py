"""Whole builds on real virtual machines, and what only these can show: boots, reboots, cloud-init, root's files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.cloud import Cloud
from tests.support.machines import run_on_machine_from
from tests.support.stacks import image, new_stack

pytestmark = pytest.mark.vm

COMMANDS = ["sudo sh -c 'uname -r > /srv/kernel'", "sudo apt-get --version > /dev/null"]
PLAYBOOK = """
- hosts: web
  gather_facts: false
  become: true
  tasks:
    - copy: {dest: /srv/by-ansible, content: "{{ who }}\\n", owner: root, mode: "0600"}
"""
REPORT = r"""#!/bin/sh -e
field() { printf '"%s": "%s"' "$1" "$2"; }
{
  echo "{$(field uid "$(id -u)"),"
  echo "$(field before "$(cat /srv/boot-before)"), $(field after "$(cat /srv/boot-after)"),"
  echo "$(field now "$(cat /proc/sys/kernel/random/boot_id)"),"
  echo "$(field app "$(stat -c '%U:%G %a' /etc/app/app.conf)"), $(field deep "$(cat /etc/app/conf.d/10-deep.conf)"),"
  echo "$(field deep_is "$(stat -c '%U:%G %a' /etc/app/conf.d/10-deep.conf)"),"
  echo "$(field ansible "$(cat /srv/by-ansible)"), $(field ansible_is "$(stat -c '%U:%G %a' /srv/by-ansible)"),"
  echo "$(field said "$SAID")}"
} > /home/guru/report.json
chmod 0644 /home/guru/report.json
"""
PROVISIONERS = [
    {"type": "shell", "inline": COMMANDS},
    {"type": "file", "source": "app/", "destination": "/etc/app", "owner": "root:root", "mode": "0640"},
    {
        "type": "shell",
        "inline": ["sudo sh -c 'cat /proc/sys/kernel/random/boot_id > /srv/boot-before; sync'", "sudo reboot"],
        "expect_disconnect": True,
    },
    {"type": "shell", "inline": ["sudo sh -c 'cat /proc/sys/kernel/random/boot_id > /srv/boot-after'"]},
    {"type": "ansible", "playbook_file": "site.yml", "groups": ["web"], "extra_arguments": ["-e", "who=ansible"]},
    {
        "type": "shell",
        "script": "report.sh",
        "env": {"SAID": "it's said"},
        "execute_command": "sudo env {{.Vars}} {{.Path}}",
    },
    {"type": "file", "source": "/home/guru/report.json", "destination": "got/", "direction": "download"},
]


@dataclass
class Told:
    """What was seen of a build with all provisioners, of its image, and of a machine that booted from that."""

    log: str
    report: dict[str, str]
    state: str
    packages: set[str]
    residue: set[str]
    booted: str


@pytest.fixture(scope="module")
def told(session_cloud, engine_path, api_version, tmp_path_factory) -> Told:
    """`up` on a Debian 12, whose stack is destroyed before a machine boots from the image."""
    session_cloud.reset()
    cloud = Cloud(session_cloud)
    stack = new_stack(tmp_path_factory.mktemp("vm") / "project", engine_path, cloud, "test", api_version)
    stack.write("app/app.conf", "a = 1\n")
    stack.write("app/conf.d/10-deep.conf", "deep")
    stack.write("site.yml", PLAYBOOK)
    stack.write("report.sh", REPORT)
    settings = image(
        source_image="debian-12",
        vm_type="a1.small",
        disk_size=4,
        state_timeout="15m",
        ssh_timeout="10m",
        wait_for=["ssh", "cloud-init"],
        provisioners=PROVISIONERS,
        record=True,
        residue="clean",
    )
    stack.configure({"web": settings})
    stack.up().ok()
    id_ = stack.outputs()["image_id"]
    records = stack.folder / "logs" / "records" / id_
    packages: list[dict[str, Any]] = json.loads((records / "record.cdx.json").read_text())["components"]
    state = cloud.get(f"/v1/image/{id_}")["state"]
    stack.destroy().ok()
    cloud.assert_only_images(id_)
    question = "cat /srv/kernel && uname -r && df --output=size -BG / | tail -1"
    return Told(
        "".join(path.read_text() for path in (stack.folder / "logs").rglob("*.log")),
        json.loads((stack.folder / "got" / "report.json").read_text()),
        state,
        {one["name"] for one in packages},
        {one["kind"] for one in json.loads((records / "residue.json").read_text())},
        run_on_machine_from(cloud, id_, question, size=5),
    )


def test_a_machine_is_provisioned_over_a_reboot_with_everything_that_needs_root(told):
    """Cloud-init is waited for; a folder goes to a place of root's; a reboot is a new boot; Ansible and sudo work."""
    report = told.report
    assert report["uid"] == "0"
    assert report["before"] != report["after"], "the machine did not reboot"
    assert report["after"] == report["now"]
    assert (report["app"], report["deep_is"], report["deep"]) == ("root:root 640", "root:root 640", "deep")
    assert (report["ansible"], report["ansible_is"]) == ("ansible", "root:root 600")
    assert report["said"] == "it's said"
    assert "failed=0" in told.log, "Ansible's own summary is in the log"
    assert "cloud-init ended: done" in told.log


def test_an_image_of_a_real_vm_boots_and_holds_what_was_provisioned(told):
    """`up` provisions a booted Debian 12 and makes its image; a machine booted from it has the file; destroy cleans."""
    assert told.state == "Online"
    built, running, size = told.booted.split()
    assert built == running
    assert size == "5G", "the root grew to the disk of the new machine"


def test_a_real_vm_is_recorded_and_what_would_be_left_in_its_image_is_cleaned(told):
    """The record has the packages; cleaning leaves nothing but logs, and a machine boots and logs in all the same."""
    assert {"openssh-server", "cloud-init"} <= told.packages
    assert told.residue <= {"log"}


@pytest.mark.slow
def test_a_real_vm_is_tried_before_its_image_is_handed_out_and_nothing_else_is_left(stack, cloud):
    """Boot test, tag `current` and `release: after-image` on a booted Debian: one `up` leaves the image alone."""
    settings = image(
        source_image="debian-12",
        vm_type="a1.small",
        disk_size=4,
        state_timeout="15m",
        ssh_timeout="10m",
        provisioners=[{"type": "shell", "inline": ["sudo sh -c 'uname -r > /srv/kernel'"]}],
        verify=["systemctl is-system-running --wait", '[ "$(cat /srv/kernel)" = "$(uname -r)" ]'],
        release="after-image",
    )
    stack.configure({"web": settings})
    stack.up().ok()
    id_ = stack.outputs()["image_id"]
    cloud.assert_only_images(id_)
    assert cloud.get(f"/v1/image/{id_}")["tag"]["current"] == "web"
    assert "unchanged" in stack.refresh().ok().text
    before = cloud.mutations()
    stack.destroy().ok()
    assert cloud.mutations() == before
