"""What a user and a build script find inside a sandbox machine."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.cloud


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("sudo id -u", "0"),
        ("sudo -n -E -H id -un", "root"),
        ("sudo -nEH id -un", "root"),
        ("sudo -u root id -u", "0"),
        ("sudo -uroot id -u", "0"),
        ("sudo --user=root -- id -u", "0"),
        ("sudo --non-interactive --set-home --user root id -u", "0"),
        ("sudo -u guru id -u", "1000"),
        ("sudo -u '#0' id -u", "0"),
        ("sudo sudo -u guru id -un", "guru"),
        ("sudo sudo sudo id -u", "0"),
        ("echo secret | sudo -S id -u", "0"),
        ("sudo -p 'Password: ' -g root id -u", "0"),
        ("sudo A=1 B='x y' sh -c 'echo $A$B'", "1x y"),
        ("A=1 sudo sh -c 'echo [$A]'", "[]"),
        ("A=1 sudo -E sh -c 'echo [$A]'", "[1]"),
        ("A=1 B=2 sudo --preserve-env=A sh -c 'echo [$A$B]'", "[1]"),
        ("A=1 sudo -E -u guru sh -c 'echo [$A]'", "[1]"),
        ("sudo sh -c 'echo $HOME $USER $LOGNAME $SUDO_USER'", "/root root root guru"),
        ("sudo -E sh -c 'echo $HOME'", "/home/guru"),
        ("sudo -EH sh -c 'echo $HOME'", "/root"),
        ("sudo -i pwd", "/root"),
        ("sudo -i echo 'a  b' '$HOME;'", "a  b $HOME;"),
        ("sudo -i sh -c 'command -v sudo'", "/etc/sandbox/bin/sudo"),
        ("cd /srv && sudo -s pwd", "/srv"),
        ("sudo -D /opt pwd", "/opt"),
        ("echo 'id -u; exit 0' | sudo -s", "0"),
        ("echo hi | sudo tee /root/x", "hi"),
        ("sudo -v && sudo -k && sudo -K && echo ok", "ok"),
        ("sudo sh -c 'exit 42'; echo $?", "42"),
        ("sudo -- env -u HOME printf %s -n", "-n"),
        (
            "printf '#!/bin/sh\\necho ran' > s.sh; sudo sh -eux ./s.sh 2>/dev/null",
            "ran",
        ),
    ],
)
def test_sudo_does_what_sudo_does(cloud, machine, command, expected):
    """Flags apart, combined, long, with values, and assignments are understood."""
    assert cloud.sh(machine, command) == expected


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("sudo -u www-data id", "unknown user www-data"),
        ("sudo no-such-command", "no-such-command: command not found"),
        ("sudo", "usage: sudo"),
        ("sudo --frobnicate id", "unknown option --frobnicate"),
        ("sudo -u", "needs a value"),
    ],
)
def test_sudo_faults_are_told(cloud, machine, command, message):
    """What sudo cannot do fails with 1 and says why."""
    code, _, err = cloud.ssh(machine, command)
    assert code == 1
    assert message in err.decode()


@pytest.mark.parametrize(
    "command",
    ["apt-get install -y nginx", "sudo apt-get update", "sudo /usr/bin/apt-get install x", "sudo -E apt install nginx"],
)
def test_installing_packages_fails_with_one_clear_sentence(cloud, machine, command):
    """Package installation says what to use instead; cleaning up is harmless."""
    if "/usr/bin/apt-get" in command and not Path("/usr/bin/apt-get").is_file():
        pytest.skip("the host has no apt-get")
    code, out, err = cloud.ssh(machine, command)
    assert (code, out) == (100, b"")
    assert err.decode().endswith("a sandbox machine cannot install packages; use an image such as debian-12\n")
    assert err.count(b"\n") == 1
    cloud.sh(machine, "sudo apt-get clean")


def test_services_fail_with_one_clear_sentence(cloud, machine):
    """There are no services, and that is said."""
    for command in ("sudo systemctl enable --now nginx", "sudo service nginx start"):
        code, _, err = cloud.ssh(machine, command)
        assert code == 1
        assert b"has no services; use an image such as debian-12" in err


def test_waiting_for_the_system_to_run_ends_at_once(cloud, machine):
    """Scripts that wait for the boot to end are told that the machine runs."""
    assert cloud.sh(machine, "systemctl is-system-running --wait") == "running"


def test_where_one_can_write(cloud, machine):
    """The disk's folders and /run are writable, the rest is not; /tmp has its sticky bit; guru has a home."""
    cloud.sh(machine, "for d in /home /root /tmp /var /srv /opt /run /dev/shm; do sudo touch $d/t || exit 1; done")
    for path in ("/x", "/etc/x", "/usr/x", "/usr/local/x", "/mnt/x", "/etc/passwd", "/boot/x"):
        code, _, err = cloud.ssh(machine, f"sudo sh -c 'echo x >> {path}'")
        assert code != 0, path
        assert b"Read-only file system" in err or b"Permission denied" in err
    assert cloud.sh(machine, "stat -c %a /tmp /var/tmp /home/guru /root /etc") == "1777\n1777\n755\n700\n755"


def test_giving_files_to_root_and_to_the_user_works(cloud, machine):
    """Root may give files to either user, as scripts do; other owners are refused, and guru may give nothing away."""
    cloud.sh(machine, "sudo mkdir -p /srv/app/sub && sudo chown -R guru:guru /srv/app && touch /srv/app/sub/f")
    cloud.sh(machine, "sudo chown root:root /srv/app; sudo chown guru: /srv/app; sudo chown :guru /srv/app")
    cloud.sh(machine, "sudo chgrp guru /srv/app; sudo chown 1000.1000 /srv/app; sudo chown --reference=/srv /srv/app")
    for command in ("sudo chown www-data /srv/app", "chown root /srv/app", "sudo chown guru /srv/missing"):
        assert cloud.ssh(machine, command)[0] == 1


def test_identity_of_the_machine(cloud, machine):
    """Host name, users, resolver and system release look like a machine's."""
    assert cloud.sh(machine, "hostname; cat /etc/hostname") == f"{machine.name}\n{machine.name}"
    assert cloud.sh(machine, "getent passwd guru; getent hosts localhost | wc -l").startswith(
        "guru:x:1000:1000:guru:/home/guru:/bin/bash"
    )
    assert cloud.sh(machine, ". /etc/os-release; echo $ID; test -r /etc/resolv.conf && echo resolv").endswith("resolv")
    assert cloud.sh(machine, "bash -lc 'command -v sudo'") == "/etc/sandbox/bin/sudo"


def program(pid: int) -> str:
    """Return the name of the program that a process runs, empty when the process is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def test_sessions_are_not_root_on_the_host(cloud, machine, processes_with):
    """Neither a session nor sudo in it runs with the host's uid 0 or with a capability there."""
    with cloud.client(machine) as client:
        client.exec_command("sudo sleep 47114")
        deadline = time.monotonic() + 5
        while not (pids := [p for p in processes_with("sleep\x0047114") if program(p) == "sleep"]):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        (pid,) = pids
        assert Path(f"/proc/{pid}").stat().st_uid != 0
        assert "NoNewPrivs:\t1" in Path(f"/proc/{pid}/status").read_text()


def test_python_and_tls_certificates_work(cloud, machine):
    """Programs of the host's userland run, with what they need from /etc."""
    assert cloud.sh(machine, "python3 -c 'import ssl, pwd; print(pwd.getpwuid(1000).pw_name)'") == "guru"
    assert int(cloud.sh(machine, "ls -L /etc/ssl/certs 2>/dev/null | wc -l")) == len(
        list(Path("/etc/ssl/certs").glob("*"))
    )


def test_root_as_the_login_user(cloud):
    """A machine whose user is root logs in as uid 0 with its home in /root."""
    spec = cloud.start(username="root")
    assert cloud.sh(spec, "id -u; pwd; sudo id -u") == "0\n/root\n0"


def test_missing_home_does_not_lock_out(cloud):
    """Who removed the home folder still gets in, and finds it again after a restart."""
    spec = cloud.start()
    cloud.sh(spec, "rm -rf ~")
    assert cloud.sh(spec, "pwd") == "/"
    cloud.run(cloud.machines.stop(spec.vm_id))
    cloud.start(spec)
    assert cloud.sh(spec, "pwd") == "/home/guru"


def test_authorized_keys_are_there_to_be_cleaned_up(cloud, machine):
    """Clean-up scripts find the file that they remove."""
    assert (
        cloud.sh(machine, "stat -c %a ~/.ssh ~/.ssh/authorized_keys; wc -l < ~/.ssh/authorized_keys") == "700\n600\n1"
    )


def test_folders_closed_to_all_work_too(cloud):
    """Machines work where the cloud made their folders for its own user only."""
    mask = os.umask(0o077)
    try:
        spec = cloud.start()
        for folder in (spec.folder, spec.disks[0].folder):
            assert folder.stat().st_mode & 0o777 == 0o700
        assert cloud.sh(spec, "sudo touch /srv/x; cat /etc/hostname; ls /srv") == f"{spec.name}\nx"
    finally:
        os.umask(mask)


def test_folders_open_to_all_work_too(cloud):
    """Machines work where every folder above them is open, without the detour for closed ones."""
    folder = Path(tempfile.mkdtemp(dir="/var/tmp"))
    folder.chmod(0o755)
    before, cloud.folder = cloud.folder, folder
    try:
        spec = cloud.start()
        assert cloud.sh(spec, "sudo touch /srv/x; cat /etc/hostname; ls /srv") == f"{spec.name}\nx"
        cloud.run(cloud.machines.stop(spec.vm_id))
    finally:
        cloud.folder = before
        shutil.rmtree(folder)
