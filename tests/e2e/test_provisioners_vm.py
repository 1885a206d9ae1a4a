"""What only a real machine can show of provisioners: a reboot in the middle, cloud-init, root's files, Ansible."""

from __future__ import annotations

import json

import pytest

from tests.support.stacks import image

pytestmark = pytest.mark.vm

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


def test_a_machine_is_provisioned_over_a_reboot_with_everything_that_needs_root(stack, cloud):
    """Cloud-init is waited for; a folder goes to a place of root's; a reboot is a new boot; Ansible and sudo work."""
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
    )
    stack.configure({"web": settings})
    done = stack.up().ok()
    report = json.loads((stack.folder / "got" / "report.json").read_text())
    assert report["uid"] == "0"
    assert report["before"] != report["after"], "the machine did not reboot"
    assert report["after"] == report["now"]
    assert (report["app"], report["deep_is"], report["deep"]) == ("root:root 640", "root:root 640", "deep")
    assert (report["ansible"], report["ansible_is"]) == ("ansible", "root:root 600")
    assert report["said"] == "it's said"
    log = "".join(path.read_text() for path in (stack.folder / "logs").rglob("*.log"))
    assert "failed=0" in log, "Ansible's own summary is in the log"
    assert "cloud-init ended: done" in done.text
    assert "cloud-init ended: done" in log
    stack.destroy().ok()
    cloud.assert_only_images(*(one["id"] for one in cloud.images()))
