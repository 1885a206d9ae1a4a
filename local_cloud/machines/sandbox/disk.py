"""The disk of a sandbox: a folder `rootfs` with the writable part of the machine's file system."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec

from pulumi_hyperone.local_cloud.machines.base import MachineError
from pulumi_hyperone.local_cloud.machines.sandbox.host import Host, userland
from pulumi_hyperone.local_cloud.machines.sandbox.trees import GuestTree
from pulumi_hyperone.local_cloud.machines.threads import in_thread

P = ParamSpec("P")

ROOTFS = "rootfs"
WRITABLE = ("home", "root", "tmp", "var", "srv", "opt")

_FOLDERS = {
    "home": 0o755,
    "root": 0o700,
    "tmp": 0o1777,
    "var": 0o755,
    "srv": 0o755,
    "opt": 0o755,
    "var/tmp": 0o1777,
    "var/log": 0o755,
    "var/lib": 0o755,
    "var/cache": 0o755,
    "var/mail": 0o755,
    "var/spool": 0o755,
    "var/lib/cloud": 0o755,
    "var/lib/cloud/instance": 0o755,
}
_LINKS = {
    "var/run": "/run",
    "var/lock": "/run/lock",
    "var/lib/cloud/instance/boot-finished": "/run/cloud-init/boot-finished",
}
_SKEL = Path("/etc/skel")
# What a copy needs where the cloud runs as root: to read and to own what the guest's user has.
_COPIER = ("CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID")


async def make_blank(folder: Path, host: Host) -> None:
    """Make the tree of a new disk in `folder`."""
    (folder / ROOTFS).mkdir(mode=0o755, parents=True)
    await in_thread(complete, folder, host, None, ())


def complete(folder: Path, host: Host, username: str | None, key_lines: tuple[str, ...]) -> None:
    """Add what every machine finds on its disk and what is not there, the user's home included. Blocks briefly."""
    rootfs = folder / ROOTFS
    if host.owner is not None and rootfs.stat().st_uid == 0:
        os.chown(rootfs, host.owner, host.owner)
    with GuestTree(rootfs, host.owner) as tree:
        for path, mode in _FOLDERS.items():
            if _add(tree.folder, path, mode) and path == "root":
                _add_skel(tree, path)
        for path, target in _LINKS.items():
            _add(tree.link, path, target)
        if username is None:
            return
        home = "root" if username == "root" else f"home/{username}"
        if _add(tree.folder, home, 0o755):
            _add_skel(tree, home)
        if _add(tree.folder, f"{home}/.ssh", 0o700):
            keys = "".join(f"{line}\n" for line in key_lines).encode()
            _add(tree.file, f"{home}/.ssh/authorized_keys", keys, 0o600)


def _add(make: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> bool:
    """Whether it was made; what the guest has there is left as it is."""
    try:
        make(*args, **kwargs)
    except OSError:
        return False
    return True


def _add_skel(tree: GuestTree, home: str) -> None:
    for source in sorted(_SKEL.glob(".*")):
        if source.is_file():
            _add(tree.file, f"{home}/{source.name}", source.read_bytes())


async def adopt(folder: Path, host: Host) -> None:
    """Give the tree to the sandboxes' user when another one wrote it (the cloud ran as somebody else before)."""
    rootfs = folder / ROOTFS
    if not rootfs.is_dir():
        raise MachineError(f"the disk in {folder} is not the disk of a sandbox machine")
    owner = os.geteuid() if host.owner is None else host.owner
    found = rootfs.stat().st_uid
    if found == owner:
        return
    if host.owner is None:
        raise MachineError(
            f"the disk in {folder} belongs to user {found}: start the local cloud as the user who made it"
        )
    await _run("give the disk to the sandbox user", "chown", "-hR", f"{owner}:{owner}", str(rootfs))


async def copy(source: Path, target: Path, host: Host) -> None:
    """Copy the tree in `source` to the empty folder `target`: modes, times, links, holes kept, by reflink if possible.

    A running guest may swap folders for links meanwhile: the copy sees nothing of the host but its programs and the two
    folders, so that no name leads elsewhere. As an ordinary user it runs as root of a user namespace, which may read
    what the owner closed to itself.
    """
    if not (source / ROOTFS).is_dir():
        raise MachineError("this image is not the disk of a sandbox machine")
    target.mkdir(parents=True, exist_ok=True)
    enclosed = [host.bwrap, "--unshare-pid", "--die-with-parent", *userland(), "--proc", "/proc"]
    enclosed += ["--ro-bind", str(source / ROOTFS), "/source", "--bind", str(target), "/target"]
    if host.owner is None:
        enclosed += ["--unshare-user", "--", host.unshare, "--user", "--map-root-user", "--"]
    else:
        enclosed += [*(part for name in _COPIER for part in ("--cap-add", name)), "--"]
    arguments = ["cp", "-a", "--reflink=auto", "--sparse=auto", "/source", f"/target/{ROOTFS}"]
    await _run("copy the disk", *enclosed, *arguments)


async def used_bytes(folder: Path, host: Host) -> int:
    """Return the bytes that the tree in `folder` takes on the host."""
    prefix = [host.unshare, "--user", "--map-root-user", "--"] if host.owner is None else []
    output = await _run("measure the disk", *prefix, "du", "-s", "--block-size=1", str(folder / ROOTFS))
    return int(output.split()[0])


async def _run(purpose: str, *command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        output, errors = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise MachineError(f"could not {purpose}: {errors.decode(errors='replace').strip()[-500:]}")
    return output.decode()
