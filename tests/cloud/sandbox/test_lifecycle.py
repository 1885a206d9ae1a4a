"""Power, disks and images of sandbox machines."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import socket
import subprocess
import sys
from pathlib import Path

import asyncssh
import paramiko
import pytest

from pulumi_hyperone.local_cloud.machines.base import DiskRef, MachineError
from pulumi_hyperone.local_cloud.machines.sandbox import SandboxMachines, host
from tests.support.sandboxes import wait_until

pytestmark = pytest.mark.cloud


def answers(spec, address: str | None = None) -> bool:
    """Whether something listens on the machine's SSH address."""
    with socket.socket() as sock:
        return sock.connect_ex((address or spec.ssh_addresses[0], spec.ssh_port)) == 0


def host_key(spec) -> str:
    """Return the machine's host key as a client sees it."""
    with paramiko.Transport((spec.ssh_addresses[0], spec.ssh_port)) as transport:
        transport.start_client(timeout=20)
        return transport.get_remote_server_key().get_base64()


def test_stop_and_start_keep_disk_and_host_key_but_not_run(cloud):
    """Power off and on: files and host key are the same, /run is empty again, the boot id is new."""
    spec = cloud.start()
    key, boot = host_key(spec), cloud.sh(spec, "cat /proc/sys/kernel/random/boot_id")
    cloud.sh(spec, "echo kept | sudo tee /srv/file /root/file /run/gone")
    cloud.run(cloud.machines.stop(spec.vm_id))
    assert not cloud.machines.is_running(spec.vm_id)
    assert not answers(spec)
    cloud.start(spec)
    assert (
        cloud.sh(spec, "cat /srv/file; sudo cat /root/file; ls /run/gone 2>/dev/null || echo gone")
        == "kept\nkept\ngone"
    )
    assert host_key(spec) == key
    assert cloud.sh(spec, "cat /proc/sys/kernel/random/boot_id") != boot


def test_start_and_stop_may_be_repeated(cloud):
    """A second start and a second stop, and a stop of an unknown machine, are no errors."""
    spec = cloud.start()
    cloud.run(cloud.machines.start(spec))
    for call in (cloud.machines.stop, cloud.machines.turn_off, cloud.machines.stop):
        cloud.run(call(spec.vm_id))
    cloud.run(cloud.machines.stop("unknown"))


def test_image_keeps_modes_links_times_and_holes_and_gets_a_new_host_key(cloud):
    """A machine made from an image has the image's files as they were, and an identity of its own."""
    first = cloud.start()
    cloud.sh(
        first,
        "cd /srv && sudo mkdir -m 2750 d && sudo sh -c 'echo x > d/f' && ln -s d/f link && ln /srv/link hard"
        " && chmod 0 d/f && touch -d @1500000000 d/f && truncate -s 200M hole && mkfifo pipe && touch 'ä ö\n'"
        " && sudo tee /opt/app </etc/hostname",
    )
    key, listing = host_key(first), "cd /srv && find . -printf '%P %m %y %l %s %T@\\n' | sort"
    before = cloud.sh(first, listing)
    cloud.run(cloud.machines.stop(first.vm_id))
    image = cloud.folder / f"image-{first.vm_id}"
    image.mkdir()
    size = cloud.run(cloud.machines.capture(first.disks[0], image))
    assert 0 < size < 5_000_000
    second = cloud.start(source=image)
    assert cloud.sh(second, listing) == before
    assert cloud.sh(second, "sudo cat /srv/d/f; cat /opt/app; hostname") == f"x\n{first.name}\n{second.name}"
    assert host_key(second) != key


def test_image_of_another_kind_is_refused(cloud, tmp_path):
    """A folder without a sandbox tree cannot become a disk."""
    with pytest.raises(MachineError, match="not the disk of a sandbox"):
        cloud.disk(tmp_path)


def test_graceful_stop_lets_a_command_finish_its_trap(cloud):
    """Stop sends TERM first: a trap can still write before the machine is off."""
    spec = cloud.start()
    with cloud.client(spec) as client:
        _, out, _ = client.exec_command("trap 'echo bye > /srv/trap; exit' TERM; echo on; while :; do sleep 0.05; done")
        assert out.readline() == "on\n"
        cloud.run(cloud.machines.stop(spec.vm_id))
        assert wait_until(lambda: not client.get_transport().is_active())
    cloud.start(spec)
    assert cloud.sh(spec, "cat /srv/trap") == "bye"


def test_stop_ends_what_ignores_it(cloud, processes_with):
    """A process that ignores TERM, and an idle shell on a terminal, are gone when it has stopped."""
    spec = cloud.start()
    with cloud.client(spec) as client:
        client.invoke_shell()
        _, out, _ = client.exec_command("trap '' TERM; echo on; while :; do sleep 0.4711; done")
        assert out.readline() == "on\n"
        cloud.run(cloud.machines.stop(spec.vm_id))
    assert not processes_with("0.4711")
    assert not processes_with(str(spec.folder))


def test_turn_off_asks_nobody(cloud, processes_with):
    """Cutting the power ends also what ignores TERM."""
    spec = cloud.start()
    with cloud.client(spec) as client:
        _, out, _ = client.exec_command("trap '' TERM; echo on; while :; do sleep 0.4712; done")
        assert out.readline() == "on\n"
        cloud.run(cloud.machines.turn_off(spec.vm_id))
    assert not processes_with("0.4712")


@pytest.mark.parametrize("command", ["poweroff", "shutdown -h now", "systemctl poweroff", "/sbin/halt"])
def test_poweroff_by_the_guest(cloud, command):
    """The guest switches itself off: the command succeeds, the cloud is told once, SSH no longer answers."""
    if command.startswith("/") and not Path(command).is_file():
        command = "halt"
    spec = cloud.start()
    assert cloud.ssh(spec, f"sudo {command}")[0] == 0
    assert wait_until(lambda: spec.vm_id in cloud.went_off)
    assert not cloud.machines.is_running(spec.vm_id)
    assert not answers(spec)
    assert cloud.went_off.count(spec.vm_id) == 1


@pytest.mark.parametrize("command", ["reboot", "shutdown -r now", "systemctl reboot"])
def test_reboot_by_the_guest(cloud, command):
    """The guest reboots: sessions are dropped, the disk stays, the cloud hears of no power off."""
    spec = cloud.start()
    with cloud.client(spec) as client:
        boot = client.exec_command("cat /proc/sys/kernel/random/boot_id; touch /srv/before")[1].read().decode().strip()
        _, out, _ = client.exec_command("sleep 100")
        assert client.exec_command(f"sudo {command}")[1].channel.recv_exit_status() == 0
        assert wait_until(lambda: not client.get_transport().is_active())
        assert out.channel.recv_exit_status() != 0
    assert wait_until(lambda: answers(spec))
    assert cloud.sh(spec, "ls /srv; cat /proc/sys/kernel/random/boot_id").split() != ["before", boot]
    assert cloud.sh(spec, "ls /srv") == "before"
    assert spec.vm_id not in cloud.went_off


def test_only_root_may_power_off(cloud, machine):
    """Without sudo the machine stays on."""
    code, _, err = cloud.ssh(machine, "poweroff")
    assert code == 1
    assert b"use sudo" in err
    assert cloud.sh(machine, "echo on") == "on"


def test_user_data_script_runs_once_as_root(cloud):
    """A `#!` script runs at first boot as root; cloud-init's status waits for it; a restart does not repeat it."""
    held = b"until [ -e /srv/go ]; do sleep 0.05; done"
    script = b"#!/bin/bash\n" + held + b"\nid -u > /srv/first\ndate +%N >> /srv/first\necho said\n"
    spec = cloud.start(user_data=script)
    assert cloud.ssh(spec, "test -e /var/lib/cloud/instance/boot-finished")[0] == 1
    assert cloud.sh(spec, "(sleep 0.3; sudo touch /srv/go) & cloud-init status --wait") == "status: done"
    first = cloud.sh(spec, "cat /srv/first")
    assert first.startswith("0\n")
    assert cloud.sh(
        spec, "sudo cat /var/log/cloud-init-output.log; ls /var/lib/cloud/instance/boot-finished"
    ).startswith("said")
    cloud.run(cloud.machines.stop(spec.vm_id))
    cloud.start(spec)
    assert cloud.sh(spec, "cloud-init status --wait; cat /srv/first") == f"status: done\n{first}"


def test_failed_user_data_script_is_reported(cloud):
    """A script that fails shows as status error."""
    spec = cloud.start(user_data=b"#!/bin/sh\nexit 9\n")
    code, out, _ = cloud.ssh(spec, "cloud-init status --wait")
    assert (code, out) == (1, b"status: error\n")
    assert "code 9" in cloud.sh(spec, "sudo cat /var/log/cloud-init-output.log")


def test_cloud_config_is_not_run_and_boot_is_finished(cloud):
    """A #cloud-config is ignored; scripts that wait for cloud-init go on at once, also after `cloud-init clean`."""
    spec = cloud.start(user_data=b"#cloud-config\nruncmd:\n- touch /srv/ran\n")
    assert cloud.sh(spec, "cloud-init status --wait; ls /srv /var/lib/cloud/instance/boot-finished") == (
        "status: done\n/var/lib/cloud/instance/boot-finished\n\n/srv:"
    )
    cloud.sh(spec, "sudo cloud-init clean --logs")
    cloud.run(cloud.machines.stop(spec.vm_id))
    cloud.start(spec)
    cloud.sh(spec, "test -f /var/lib/cloud/instance/boot-finished")


def test_addresses_can_change_while_running(cloud):
    """SSH moves to other addresses; connections to the old one are dropped, others stay."""
    spec = cloud.start()
    other = "127.77.200.254"
    cloud.run(cloud.machines.set_ssh_addresses(spec.vm_id, [*spec.ssh_addresses, other]))
    moved = dataclasses.replace(spec, ssh_addresses=(other,))
    with cloud.client(spec) as old, cloud.client(moved) as new:
        cloud.run(cloud.machines.set_ssh_addresses(spec.vm_id, [other]))
        assert wait_until(lambda: not old.get_transport().is_active())
        assert new.exec_command("echo here")[1].read() == b"here\n"
    assert not answers(spec)
    cloud.run(cloud.machines.set_ssh_addresses(spec.vm_id, []))
    assert not answers(spec, other)
    assert cloud.machines.is_running(spec.vm_id)


def test_address_in_use_is_named_and_nothing_stays_open(cloud):
    """A start that cannot listen fails with address and port, and closes the address that it had opened."""
    with socket.socket() as taken:
        taken.bind(("127.77.200.253", 0))
        taken.listen()
        port = taken.getsockname()[1]
        spec = cloud.spec(ssh_addresses=("127.77.200.252", "127.77.200.253"), ssh_port=port)
        with pytest.raises(MachineError, match=f"127.77.200.253 port {port}"):
            cloud.run(cloud.machines.start(spec))
        assert not answers(spec)
        assert not cloud.machines.is_running(spec.vm_id)


def test_block_disks_are_refused(cloud, machine):
    """A second disk is refused with one clear sentence, running or not."""
    disk = DiskRef("d" * 24, cloud.folder, 1)
    for call in (
        cloud.machines.plug(machine.vm_id, disk),
        cloud.machines.unplug(machine.vm_id, disk.id),
        cloud.machines.start(cloud.spec(disks=(cloud.disk(), cloud.disk()))),
    ):
        with pytest.raises(MachineError, match="no block devices; use an image such as debian-12"):
            cloud.run(call)
    cloud.run(cloud.machines.resize_disk(machine.disks[0]))


def test_bad_user_name_is_refused(cloud):
    """A user name that would leave /home is refused."""
    with pytest.raises(MachineError, match="user name"):
        cloud.run(cloud.machines.start(cloud.spec(username="../../etc")))


def test_missing_bubblewrap_names_the_package(cloud, monkeypatch):
    """Without bubblewrap the error names the package."""
    spec = cloud.spec()
    monkeypatch.setattr(host.shutil, "which", lambda name: None if name == "bwrap" else f"/usr/bin/{name}")

    async def start() -> None:
        async def ignore(_: str) -> None: ...

        await SandboxMachines(ignore).start(spec)

    with pytest.raises(MachineError, match="apt-get install bubblewrap"):
        cloud.run(start())


def test_guest_symlinks_do_not_lead_the_cloud_astray(cloud):
    """A guest that replaces folders of its disk by links to the host's changes nothing on the host."""
    target = cloud.folder / "victim"
    target.mkdir(mode=0o777)
    spec = cloud.start()
    cloud.sh(spec, f"rm -rf ~/.ssh /var/lib/cloud && ln -s {target} ~/.ssh && ln -s {target} /var/lib/cloud")
    cloud.run(cloud.machines.stop(spec.vm_id))
    cloud.start(spec)
    assert list(target.iterdir()) == []
    assert cloud.sh(spec, "echo fine") == "fine"


def test_serial_log_tells_of_starts_sessions_and_stops(cloud):
    """The serial log is a readable list of events; without a machine it is empty."""
    spec = cloud.spec()
    assert cloud.machines.serial_log(spec.folder) == ""
    cloud.start(spec)
    cloud.sh(spec, "true")
    cloud.run(cloud.machines.stop(spec.vm_id))
    log = cloud.machines.serial_log(spec.folder)
    for event in ("started", "session opened", "session closed", "machine stopped"):
        assert event in log


def test_close_ends_all_machines(cloud, processes_with):
    """Closing the cloud's machines leaves no listener and no process."""

    async def run(spec) -> None:
        async def ignore(_: str) -> None: ...

        machines = SandboxMachines(ignore)
        await machines.start(spec)
        key = asyncssh.read_private_key(cloud.key_file)
        async with asyncssh.connect(
            spec.ssh_addresses[0], spec.ssh_port, username="guru", client_keys=[key], known_hosts=None, config=[]
        ) as connection:
            process = await connection.create_process("echo on; exec sleep 47113")
            await process.stdout.readline()
            await machines.close()
            await asyncio.wait_for(connection.wait_closed(), 5)

    spec = cloud.spec()
    cloud.run(run(spec))
    assert not answers(spec)
    assert not processes_with("47113")


@pytest.mark.skipif(os.geteuid() != 0, reason="these tests run as an ordinary user already")
@pytest.mark.alone
def test_everything_works_for_an_ordinary_user():
    """The same tests pass without any privilege: in a user namespace where root is an ordinary user."""
    if os.environ.get("SANDBOX_TESTS_NESTED"):
        pytest.skip("this is the inner run")
    result = subprocess.run(
        [
            *("unshare", "--user", "--map-user=1000", "--map-group=1000", sys.executable, "-m", "pytest", "-q"),
            *("-p", "no:cacheprovider", str(Path(__file__).parent)),
            *("-k", "not everything_works and not hundred and not sixty"),
        ],
        env={**os.environ, "SANDBOX_TESTS_NESTED": "1", "TMPDIR": "/var/tmp", "SANDBOX_TEST_PORT": "47223"},
        capture_output=True,
        text=True,
        timeout=540,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-5000:] + result.stderr[-2000:]
