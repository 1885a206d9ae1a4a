"""The files of a machine outside its disk: /etc with the stub commands, and /run."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import uuid
from pathlib import Path

from pulumi_hyperone.local_cloud.machines.base import MachineError, MachineSpec
from pulumi_hyperone.local_cloud.machines.sandbox.host import Host

SYSTEM = "system"
"""The part of a machine's folder that its sandboxes see: etc, run and boot_id."""

USER_ID = 1000
PATH_INSIDE = "/etc/sandbox/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
STUBS = {
    "sudo": ("sudo",),
    "power": ("reboot", "poweroff", "halt", "shutdown", "systemctl", "service"),
    "packages": ("apt-get", "apt", "aptitude"),
    "cloud-init": ("cloud-init",),
    "first-boot": ("first-boot",),
    "ownership": ("chown", "chgrp"),
}
"""File in the folder `stubs` → the commands that it answers for."""

WRAPPERS = frozenset({"ownership"})
"""Stubs that call the host's command of the same name, which therefore stays in its place."""

LIVE_ETC = ("alternatives", "resolv.conf", "ssl")
"""What is large or changes while machines run: bound from the host's /etc when a session starts."""

_COPIED_ETC = (
    "bash.bashrc",
    "bash_completion",
    "bash_completion.d",
    "ca-certificates",
    "ca-certificates.conf",
    "debian_version",
    "default/locale",
    "gai.conf",
    "host.conf",
    "inputrc",
    "issue",
    "issue.net",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "locale.alias",
    "localtime",
    "login.defs",
    "lsb-release",
    "magic",
    "mime.types",
    "networks",
    "perl",
    "protocols",
    "python3",
    "rpc",
    "services",
    "skel",
    "ssh/ssh_config",
    "terminfo",
    "timezone",
    "vim",
    "wgetrc",
)
"""What else machines have of the host's /etc: copied when they start, since every session pays for each bind."""

_STUB_SOURCE = Path(__file__).with_name("stubs")
_USERNAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}")


def home_of(username: str) -> str:
    """Return the home folder of the user inside the machine."""
    return "/root" if username == "root" else f"/home/{username}"


def user_id_of(username: str) -> int:
    """Return the uid of the user inside the machine."""
    return 0 if username == "root" else USER_ID


def hostname_of(name: str) -> str:
    """Return a valid host name for a machine called `name`."""
    return re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-")[:63] or "sandbox"


def check_username(username: str) -> None:
    """Raise MachineError for a name that cannot be a user's."""
    if not _USERNAME.fullmatch(username):
        raise MachineError(f"{username!r} is not a valid user name for a machine: use a-z, 0-9, _ and -")


def write_etc(spec: MachineSpec) -> None:
    """Write /etc with the stub commands to the machine's folder. Blocks briefly."""
    system = spec.folder / SYSTEM
    etc = system / "etc"
    if etc.exists():
        shutil.rmtree(etc)
    for folder in (system, etc, *(etc / name for name in ("default", "ssh", "sandbox"))):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
    _copy_host_etc(etc)
    for name, text in _etc_files(spec).items():
        _write(etc / name, text)
    (etc / "os-release").symlink_to("../usr/lib/os-release")
    (etc / "mtab").symlink_to("/proc/mounts")
    _write_stubs(etc / "sandbox/bin")
    _write(system / "boot_id", f"{uuid.uuid4()}\n")


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o644)


def _copy_host_etc(etc: Path) -> None:
    """Copy what the host has of it and lets the cloud read, and make the places of what is bound later."""
    for name in _COPIED_ETC:
        source = Path("/etc", name)
        with contextlib.suppress(OSError):  # shutil.Error, for some files of a folder, is one too
            if source.is_dir():
                shutil.copytree(source, etc / name, symlinks=True)
            else:
                shutil.copy(source, etc / name)
    for name in LIVE_ETC:
        source = Path("/etc", name)
        if source.is_dir():
            (etc / name).mkdir()
        elif source.exists():
            (etc / name).touch()


def _write_stubs(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o755)
    for source, names in STUBS.items():
        first, *others = names
        shutil.copyfile(_STUB_SOURCE / source, folder / first)
        (folder / first).chmod(0o755)
        for name in others:
            (folder / name).symlink_to(first)


def _etc_files(spec: MachineSpec) -> dict[str, str]:
    user, host = spec.username, hostname_of(spec.name)
    passwd = ["root:x:0:0:root:/root:/bin/bash"]
    group = ["root:x:0:"]
    if user != "root":
        passwd.append(f"{user}:x:{USER_ID}:{USER_ID}:{user}:/home/{user}:/bin/bash")
        group.append(f"{user}:x:{USER_ID}:")
    passwd.append("nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin")
    group.append("nogroup:x:65534:")
    return {
        "passwd": "\n".join(passwd) + "\n",
        "group": "\n".join(group) + "\n",
        "hostname": f"{host}\n",
        "hosts": f"127.0.0.1 localhost\n127.0.1.1 {host}\n::1 localhost ip6-localhost ip6-loopback\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n",
        "profile": f'export PATH={PATH_INSIDE}\n[ -r /etc/bash.bashrc ] && [ -n "${{PS1-}}" ] && . /etc/bash.bashrc\n'
        '[ -n "${BASH_VERSION-}" ] && [ -r ~/.bashrc ] && [ ! -r ~/.profile ] && . ~/.bashrc\n:\n',
        "environment": f'PATH="{PATH_INSIDE}"\n',
        "machine-id": hashlib.sha256(spec.vm_id.encode()).hexdigest()[:32] + "\n",
        "fstab": "",
    }


def write_run(folder: Path, host: Host, *, first_boot: bool) -> Path:
    """Fill the machine's /run; returns the FIFO by which the guest asks to go down. Blocks briefly."""
    run = folder / SYSTEM / "run"
    if run.exists():
        shutil.rmtree(run)
    fifo = run / "initctl"
    for path in (run, run / "lock", run / "cloud-init"):
        path.mkdir()
        path.chmod(0o1777 if path.name == "lock" else 0o755)
    (run / "cloud-init" / "status").write_text("running\n" if first_boot else "done\n")
    if not first_boot:
        (run / "cloud-init" / "boot-finished").write_text("")
    os.mkfifo(fifo, 0o600)
    if host.owner is not None:
        for path in (run, *run.rglob("*")):
            os.chown(path, host.owner, host.owner)
    return fifo
