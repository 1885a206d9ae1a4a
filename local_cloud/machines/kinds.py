"""The kinds of machines by name, each opened when it is first needed."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pulumi_hyperone.local_cloud.machines.base import MachineError, Machines, PowerOffHandler

KINDS = {
    "sandbox": ("pulumi_hyperone.local_cloud.machines.sandbox", "SandboxMachines"),
    "vm": ("pulumi_hyperone.local_cloud.machines.vm", "VirtualMachines"),
}


class MachineKinds:
    """Opens and keeps one `Machines` per kind."""

    def __init__(self, on_power_off: PowerOffHandler) -> None:
        self._on_power_off = on_power_off
        self._open: dict[str, Machines] = {}

    def get(self, kind: str) -> Machines:
        """The machines of a kind. Raises MachineError when this host cannot have them."""
        if kind not in self._open:
            module, name = KINDS[kind]
            try:
                maker: Callable[[PowerOffHandler], Machines] = getattr(importlib.import_module(module), name)
                self._open[kind] = maker(self._on_power_off)
            except ImportError as error:
                raise MachineError(f"machines of kind {kind} are not available on this host: {error}") from error
        return self._open[kind]

    def serial_log(self, kind: str, folder: Path) -> str:
        """What a machine printed on its serial console; empty when there is nothing."""
        with contextlib.suppress(MachineError, OSError):
            return self.get(kind).serial_log(folder)
        return ""

    async def kill_leftovers(self, kind: str, folders: list[Path]) -> None:
        """End what a server that was killed may have left running in these machine folders."""
        with contextlib.suppress(MachineError):
            machines: Any = self.get(kind)
            await machines.kill_leftovers(folders)

    async def close(self) -> None:
        """End all machines."""
        for machines in self._open.values():
            await machines.close()
