"""Whether KVM really works here: the device may open and the BIOS run, and the kernel still hang.

Decided by the serial console of a small boot, once per host boot and QEMU version; the verdict is kept in a file.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from pathlib import Path

from pulumi_hyperone.local_cloud.machines.vm import disks, host
from pulumi_hyperone.local_cloud.machines.vm.command import KVM, TCG, Accelerator

_DEVICE = Path("/dev/kvm")
_VERDICT = "kvm.json"
# On a host where KVM works the kernel's first line is there within a second.
_FIRST_LINE = 4.0
_lock = asyncio.Lock()


async def choose(cache: Path, disk_folder: Path) -> Accelerator:
    """KVM when a kernel is known to print its first line under it, else TCG.

    The kernel beside the disk is used for the test; without one and without a verdict the answer is TCG.
    """
    if not os.access(_DEVICE, os.R_OK | os.W_OK):
        return TCG
    async with _lock:
        version = (
            await host.run(["qemu-system-x86_64", "--version"], "asking QEMU's version", timeout=30)
        ).splitlines()[0]
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        asked = {"qemu": version, "boot": boot}
        file = cache / _VERDICT
        works = _kept(file, asked)
        if works is None:
            kernel = disk_folder / disks.KERNEL
            if not kernel.exists():
                return TCG
            works = await _boots(kernel)
            cache.mkdir(parents=True, exist_ok=True)
            _write(file, {**asked, "works": works})
    return KVM if works else TCG


def _kept(file: Path, asked: dict[str, str]) -> bool | None:
    """The verdict in the file if it is about this QEMU and this boot of the host."""
    try:
        kept = json.loads(file.read_text())
        return bool(kept["works"]) if all(kept[key] == value for key, value in asked.items()) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(file: Path, content: dict[str, object]) -> None:
    part = file.with_suffix(f".{os.getpid()}")
    part.write_text(json.dumps(content))
    part.replace(file)


async def _boots(kernel: Path) -> bool:
    """Whether the kernel says anything on the serial console of a KVM machine."""
    with tempfile.TemporaryDirectory(prefix="kvm-") as folder:
        log = Path(folder) / "serial.log"
        log.touch()
        argv = ["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot"]
        argv += ["-accel", "kvm", "-cpu", "host", "-m", "256", "-vga", "std", "-display", "none"]
        argv += [
            "-serial",
            f"file:{log}",
            "-kernel",
            str(kernel),
            "-append",
            "console=ttyS0 earlyprintk=serial panic=-1",
        ]
        quiet = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=quiet, stdout=quiet, stderr=quiet, env=host.environment()
        )
        try:
            deadline = time.monotonic() + _FIRST_LINE
            while time.monotonic() < deadline and process.returncode is None:
                if b"Linux version" in log.read_bytes():
                    return True
                await asyncio.sleep(0.1)
            return b"Linux version" in log.read_bytes()
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
