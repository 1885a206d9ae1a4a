"""Loads cloud-init once and runs each of its stages in a fork.

cloud-init's own units start Python four times per boot; on an emulated processor most of the boot goes into these
imports. A request is one line with the arguments of `cloud-init`; the reply is one line with its exit status.
"""

import importlib
import os
import sys
import traceback
from pathlib import Path

import yaml

FOLDER = Path("/run/cloud-init-stages")
SETTINGS = Path("/etc/cloud/cloud.cfg.d/90_local.cfg")
ALWAYS = ("cloudinit.sources.DataSourceRbxCloud", "cloudinit.distros.debian", "cloudinit.net.networkd")


def preload():
    """Import what the stages will import; a module that cannot be loaded here is left to the stage itself."""
    lists = [value for key, value in yaml.safe_load(SETTINGS.read_text()).items() if key.endswith("_modules")]
    names = [f"cloudinit.config.cc_{name.replace('-', '_')}" for modules in lists for name in modules]
    for name in [*ALWAYS, *names]:
        try:
            importlib.import_module(name)
        except Exception:
            traceback.print_exc()
    return importlib.import_module("cloudinit.cmd.main")


def run(main, arguments):
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
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def serve():
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
                replies.write(f"{run(main, request.decode().split())}\n".encode())


serve()
