"""Loads cloud-init once and runs each of its stages in a fork.

cloud-init's own units start Python four times per boot; on an emulated processor most of the boot goes into these
imports. A request is one line with the arguments of `cloud-init`; the reply is one line with its exit status.

A machine started for the first time from the image boots without network adapter and CLOUDMD disk, says so on the
console, and waits for them: there the host saves the running machine once, and lets later machines go on from it.
"""

import fcntl
import importlib
import os
import secrets
import subprocess
import sys
import time
import traceback
import types
from pathlib import Path

import yaml

FOLDER = Path("/run/cloud-init-stages")
SETTINGS = Path("/etc/cloud/cloud.cfg.d/90_local.cfg")
METADATA = Path("/dev/disk/by-label/CLOUDMD")
WAIT_OPTION = "local_cloud.wait"
WAITING = "local cloud: waiting for CLOUDMD"
RNDRESEEDCRNG = 0x5207
ALWAYS = ("cloudinit.sources.DataSourceRbxCloud", "cloudinit.distros.debian", "cloudinit.net.networkd")


def preload() -> types.ModuleType:
    """Import what the stages will import; a module that cannot be loaded here is left to the stage itself."""
    lists = [value for key, value in yaml.safe_load(SETTINGS.read_text()).items() if key.endswith("_modules")]
    names = [f"cloudinit.config.cc_{name.replace('-', '_')}" for modules in lists for name in modules]
    for name in [*ALWAYS, *names]:
        try:
            importlib.import_module(name)
        except Exception:  # noqa: BLE001 - reported, and the machine comes up all the same
            traceback.print_exc()
    return importlib.import_module("cloudinit.cmd.main")


def run(main: types.ModuleType, arguments: list[str]) -> int:
    """Run one stage in a child process; returns its exit status."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        sys.argv = ["cloud-init", *arguments]
        status = main.main(list(sys.argv)) or 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - a child never returns into the server
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def wait_for_metadata() -> None:
    """Wait for the CLOUDMD disk where the host said that it comes later; then become a machine of its own."""
    is_first = not Path("/var/lib/cloud/instance").exists()
    if not is_first or METADATA.exists() or WAIT_OPTION not in Path("/proc/cmdline").read_text().split():
        return
    subprocess.run(["udevadm", "settle"], check=False)
    os.sync()
    with open("/dev/console", "w") as console:
        console.write(f"\n{WAITING}\n")
    while not METADATA.exists():
        time.sleep(0.05)
    for step in (renew_random, renew_clock, renew_disk, renew_machine_id):
        try:
            step()
        except Exception:  # noqa: BLE001 - reported, and the machine comes up all the same
            traceback.print_exc()


def renew_random() -> None:
    """Mix fresh random bytes of the host in: every machine that went on from the saved one has the same pool."""
    with open("/dev/hwrng", "rb", buffering=0) as source, open("/dev/urandom", "wb", buffering=0) as pool:
        pool.write(b"".join(source.read(64) for _ in range(8)))
        fcntl.ioctl(pool, RNDRESEEDCRNG)


def renew_clock() -> None:
    """Set the clock, which stood still while the machine was saved."""
    time.clock_settime(time.CLOCK_REALTIME, int(Path("/sys/class/rtc/rtc0/since_epoch").read_text()))


def renew_disk() -> None:
    """Let udev see the OS disk's own serial number."""
    for disk in Path("/sys/block").glob("sd*"):
        (disk / "device/rescan").write_text("1")
    subprocess.run(["udevadm", "trigger", "--settle", "--subsystem-match=block"], check=True)


def renew_machine_id() -> None:
    """Give the machine an id of its own, and the journal so far with it."""
    file = Path("/etc/machine-id")
    old, new = file.read_text().strip(), secrets.token_hex(16)
    file.write_text(f"{new}\n")
    for folder in (Path("/run/log/journal"), Path("/var/log/journal")):
        if (folder / old).is_dir():
            (folder / old).rename(folder / new)  # journald has its files open and writes on


def serve() -> None:
    """Answer requests until the machine goes down."""
    os.environ.setdefault("TZ", ":/etc/localtime")
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    for name in ("request", "reply"):
        (FOLDER / name).unlink(missing_ok=True)
        os.mkfifo(FOLDER / name, 0o600)
    (FOLDER / "pid").write_text(f"{os.getpid()}\n")
    main = preload()
    # Opened for reading and writing, so that neither side ever sees an end of file.
    with (
        open(FOLDER / "request", "r+b", buffering=0) as requests,
        open(FOLDER / "reply", "r+b", buffering=0) as replies,
    ):
        line = b""
        while True:
            line += requests.read(4096)
            while b"\n" in line:
                request, _, line = line.partition(b"\n")
                if request == b"init --local":
                    wait_for_metadata()
                replies.write(f"{run(main, request.decode().split())}\n".encode())


serve()
