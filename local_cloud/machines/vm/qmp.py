"""Talking to a running QEMU: a thin layer over the `qemu.qmp` library that speaks of disks and forwards."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from pathlib import Path
from typing import cast

from qemu.qmp import ExecuteError, QMPClient, QMPError

from pulumi_hyperone.local_cloud.machines.base import MachineError

_REPLY = 15.0
_UNPLUG = 20.0

logging.getLogger("qemu.qmp").setLevel(logging.CRITICAL)


class Monitor:
    """The QMP session of one QEMU process. Every method raises MachineError when QEMU refuses or does not answer."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._client = QMPClient(name)

    async def connect(self, ours: socket.socket) -> None:
        """Greet over a connected socket whose other end QEMU has."""
        try:
            await asyncio.wait_for(self._client.connect(ours), _REPLY)
        except (QMPError, OSError, TimeoutError) as error:
            raise MachineError(f"machine {self._name}: QEMU's monitor does not answer: {error}") from error

    async def execute(self, command: str, **arguments: object) -> object:
        """Run a QMP command; underscores in argument names become hyphens."""
        named = {key.replace("_", "-"): value for key, value in arguments.items()}
        try:
            return await asyncio.wait_for(self._client.execute(command, named), _REPLY)
        except ExecuteError as error:
            raise MachineError(f"machine {self._name}: {command}: {error}") from error
        except (QMPError, OSError, TimeoutError, EOFError) as error:
            raise MachineError(f"machine {self._name}: {command}: QEMU does not answer") from error

    async def human(self, line: str) -> str:
        """Run a command of the human monitor; returns what it prints (empty is success for most)."""
        return cast(str, await self.execute("human-monitor-command", command_line=line))

    async def add(self, kind: str, value: dict[str, object]) -> None:
        """Add a netdev, blockdev, or device to the running machine."""
        commands = {"netdev": "netdev_add", "blockdev": "blockdev-add", "device": "device_add"}
        await self.execute(commands[kind], **value)

    async def migrated(self, timeout: float) -> None:
        """Wait until the memory has been written or read, up to `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            reply = cast(dict[str, object], await self.execute("query-migrate"))
            if reply.get("status") == "completed":
                return
            if reply.get("status") in {"failed", "cancelled"}:
                raise MachineError(f"machine {self._name}: {reply.get('error-desc', 'its memory could not be moved')}")
            await asyncio.sleep(0.05)
        raise MachineError(f"machine {self._name}: its memory was not moved within {timeout:g} s")

    async def plug(self, node: str, file: Path, serial: str, lun: int) -> None:
        """Hot-plug a qcow2 file as a SCSI disk."""
        await self.execute("blockdev-add", **blockdev(node, file))
        try:
            await self.execute("device_add", **scsi_disk(node, serial, lun))
        except MachineError:
            await self.execute("blockdev-del", node_name=node)
            raise

    async def unplug(self, node: str) -> None:
        """Take a SCSI disk out; returns when the guest has let go and the file is closed."""
        with self._client.listener("DEVICE_DELETED") as events:
            await self.execute("device_del", id=device(node))
            try:
                async with asyncio.timeout(_UNPLUG):
                    async for event in events:
                        if cast(dict[str, object], event["data"]).get("device") == device(node):
                            break
            except TimeoutError as error:
                raise MachineError(
                    f"machine {self._name}: the guest did not release the disk within {_UNPLUG:g} s"
                ) from error
        await self.execute("blockdev-del", node_name=node)

    async def forward(self, netdev: str, address: str, port: int, guest: str) -> None:
        """Forward a host address and port to port 22 of the guest."""
        answer = await self.human(f"hostfwd_add {netdev} tcp:{address}:{port}-{guest}:22")
        if answer.strip():
            raise MachineError(f"machine {self._name}: SSH on {address}:{port}: {answer.strip()}")

    async def stop_forwarding(self, netdev: str, address: str, port: int) -> None:
        """End a forward; none there is no error."""
        await self.human(f"hostfwd_remove {netdev} tcp:{address}:{port}")

    async def close(self) -> None:
        """End the session; QEMU runs on."""
        try:
            await asyncio.wait_for(self._client.disconnect(), _REPLY)
        except (QMPError, OSError, TimeoutError, EOFError):
            return


def device(node: str) -> str:
    """The id of the SCSI disk that uses a block node."""
    return f"scsi-{node}"


def blockdev(node: str, file: Path) -> dict[str, object]:
    """The block node of a qcow2 file, as -blockdev and blockdev-add take it."""
    return {
        "driver": "qcow2",
        "node-name": node,
        "discard": "unmap",
        "file": {"driver": "file", "filename": str(file), "discard": "unmap"},
    }


def scsi_disk(node: str, serial: str, lun: int) -> dict[str, object]:
    """The SCSI disk over a block node, as -device and device_add take it."""
    return {
        "driver": "scsi-hd",
        "id": device(node),
        "drive": node,
        "bus": "scsi0.0",
        "scsi-id": 0,
        "lun": lun,
        "serial": serial,
    }
