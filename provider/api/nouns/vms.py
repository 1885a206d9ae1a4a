"""Virtual machines."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Unpack

from pulumi_hyperone.provider.api.decoding import Json
from pulumi_hyperone.provider.api.http.calls import Reply
from pulumi_hyperone.provider.api.http.collection import Creatable
from pulumi_hyperone.provider.api.http.waiting import Waiting
from pulumi_hyperone.provider.api.records import Netadp, Plug, State, Vm
from pulumi_hyperone.provider.api.specs import VmSpec


class Vms(Creatable[Vm, VmSpec]):
    """Virtual machines, their power, disks and adapters. Actions return when their effect is there."""

    noun: ClassVar[str] = "vm"
    title: ClassVar[str] = "VM"
    disks: ClassVar[str]
    """The place of a VM's disks below it."""

    @abstractmethod
    def delete(self, reference: str, *, remove_disks: Sequence[str] = (), **how: Unpack[Waiting]) -> None:
        """Delete a VM together with `remove_disks` (ids); its other disks survive as Detached. Waits until it is gone.

        No error when the VM is gone already, whatever became of its disks.
        """

    @abstractmethod
    def _plug(self, raw: Json) -> Plug:
        """Read one disk of a VM."""

    def plugs(self, vm: str) -> list[Plug]:
        """The disks that are plugged into a VM, and where as far as the API tells. Raises NotFound."""
        call = self._call("GET", vm, self.disks, operation=f"list the disks of vm {vm}")
        return self._read(call, lambda reply: [self._plug(raw) for raw in reply.mappings()])

    @abstractmethod
    def netadps(self, vm: str) -> list[Netadp]:
        """The VM's network adapters with their addresses. Raises NotFound."""

    def _reference(self, disk: str) -> str:
        """A disk as bodies hold it."""
        return disk

    def _plug_in(self, vm: str, disk: str, wait: float) -> Reply:
        operation, body = f"attach disk {disk} to vm {vm}", {"disk": self._reference(disk)}
        return self._change("POST", vm, self.disks, operation=operation, body=body, wait=wait)

    @abstractmethod
    def _unplug(self, vm: str, disk: str, wait: float) -> Reply:
        """Send the call that unplugs a disk; the cloud may hold the reply for `wait` seconds."""

    def stop(self, vm: str, **how: Unpack[Waiting]) -> Vm:
        """Shut down gracefully; returns when the state is Off."""
        wait = self._wait(f"vm {vm} to shut down", how)
        return self._act(vm, "stop", lambda seen: seen.state == State.OFF, wait)

    def attach(self, vm: str, disk: str, **how: Unpack[Waiting]) -> Plug:
        """Plug a disk (id) into a VM; returns where it is plugged. No error when it is plugged there already."""
        wait = self._wait(f"disk {disk} to be attached to vm {vm}", how)
        self._carry_out(
            lambda: self._plug_in(vm, disk, self._held(wait.deadline)),
            lambda: self._plugged(vm, disk) is not None,
            wait,
        )
        while True:
            found = self._plugged(vm, disk)
            if found is not None:
                return found
            wait.pause("not listed")

    def detach(self, vm: str, disk: str, **how: Unpack[Waiting]) -> None:
        """Unplug a disk (id) from a VM; returns when it is unplugged. No error when it is not plugged there."""
        wait = self._wait(f"disk {disk} to be detached from vm {vm}", how)
        reply = self._carry_out(
            lambda: self._unplug(vm, disk, self._held(wait.deadline)), lambda: self._plugged(vm, disk) is None, wait
        )
        if reply is not None and reply.status == 200:
            return  # given when the disk is out, otherwise 202 (API facts 5 #6)
        while self._plugged(vm, disk) is not None:
            wait.pause("still attached")

    def _plugged(self, vm: str, disk: str) -> Plug | None:
        return next((plug for plug in self.plugs(vm) if disk in {plug.disk_id, plug.disk_name}), None)
