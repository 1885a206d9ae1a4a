"""The processes of an engine run: who they are, killing some of them, waiting for the end of the rest."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterable

import psutil

from tests.support.stacks import ROOT

TARGETS = ("engine", "provider", "engine and provider", "everything")


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The engine and everything that it started so far."""
    try:
        parent = psutil.Process(process.pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def providers(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """The hosts of our dynamic providers among them, and our plugins."""
    ours = {"pulumi.dynamic", str(ROOT / "plugin")}
    return _those(processes, lambda one: not ours.isdisjoint(one.cmdline()))


def yaml_hosts(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Pulumi's own hosts of programs in YAML among them: idle, they look for their engine every five minutes."""
    return _those(processes, lambda one: one.name() == "pulumi-language-yaml")


def _those(processes: Iterable[psutil.Process], wanted: Callable[[psutil.Process], bool]) -> list[psutil.Process]:
    found = []
    for process in processes:
        with contextlib.suppress(psutil.Error):
            if wanted(process):
                found.append(process)
    return found


def chosen(target: str, processes: list[psutil.Process]) -> list[psutil.Process]:
    """Which of the processes `target`, one of TARGETS, means."""
    engine, hosts = processes[:1], providers(processes)
    return {"engine": engine, "provider": hosts, "engine and provider": engine + hosts, "everything": processes}[target]


def kill(processes: Iterable[psutil.Process]) -> None:
    """SIGKILL, as fast as possible one after the other."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def alive(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Those that still run."""
    found = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found
