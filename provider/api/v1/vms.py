"""Virtual machines (API facts 2.1)."""

from __future__ import annotations

from collections.abc import Sequence

from pulumi_hyperone.provider.api.http.calls import Reply, segment
from pulumi_hyperone.provider.api.http.retries import change
from pulumi_hyperone.provider.api.http.waiting import OnWait
from pulumi_hyperone.provider.api.models import Hdd, Netadp, Vm
from pulumi_hyperone.provider.api.v1.collection import Collection
from pulumi_hyperone.provider.foundation.deadline import Deadline


class Vms(Collection[Vm]):
    """Virtual machines, their power, disks and adapters. Actions return when their effect is there."""

    noun = "vm"
    path = "/vm"
    model = Vm

    def start(self, vm: str, *, deadline: Deadline | float | None = None, on_wait: OnWait | None = None) -> Vm:
        """Power on; returns when the state is Running (not when SSH answers)."""
        return self._act(vm, "start", done=_running, what=f"vm {vm} to run", deadline=deadline, on_wait=on_wait)

    def stop(self, vm: str, *, deadline: Deadline | float | None = None, on_wait: OnWait | None = None) -> Vm:
        """Shut down gracefully; returns when the state is Off."""
        return self._act(vm, "stop", done=_off, what=f"vm {vm} to shut down", deadline=deadline, on_wait=on_wait)

    def turn_off(self, vm: str, *, deadline: Deadline | float | None = None, on_wait: OnWait | None = None) -> Vm:
        """Cut the power; returns when the state is Off."""
        return self._act(vm, "turnoff", done=_off, what=f"vm {vm} to be off", deadline=deadline, on_wait=on_wait)

    def delete(
        self,
        reference: str,
        *,
        remove_disks: Sequence[str] = (),
        deadline: Deadline | float | None = None,
        on_wait: OnWait | None = None,
    ) -> None:
        """Delete a VM together with `remove_disks` (ids); its other disks survive as Detached. Waits until it is gone.

        No error when the VM is gone already, whatever became of its disks.
        """
        self._delete(reference, {"removeDisks": list(remove_disks)} if remove_disks else {}, deadline, on_wait)

    def hdds(self, vm: str) -> list[Hdd]:
        """List what is plugged into a VM, and where."""
        call = self._call("GET", vm, "/hdd", operation=f"list the disks of vm {vm}")
        return self._read(call, lambda reply: [Hdd.from_json(raw) for raw in reply.mappings()])

    def netadps(self, vm: str) -> list[Netadp]:
        """List the VM's network adapters with their addresses."""
        call = self._call("GET", vm, "/netadp", operation=f"list the network adapters of vm {vm}")
        return self._read(call, lambda reply: [Netadp.from_json(raw) for raw in reply.mappings()])

    def attach(
        self, vm: str, disk: str, *, deadline: Deadline | float | None = None, on_wait: OnWait | None = None
    ) -> Hdd:
        """Plug a disk (id) into a VM; returns where it is plugged. No error when it is plugged there already."""
        wait = self._wait(f"disk {disk} to be attached to vm {vm}", deadline, on_wait)

        def send() -> Reply:
            operation = f"attach disk {disk} to vm {vm}"
            held = self._held(wait.deadline)
            return change(
                self._transport,
                self._call("POST", vm, "/hdd", operation=operation, body={"disk": disk}, wait=held),
            )

        self._carry_out(send, lambda: self._plugged(vm, disk) is not None, wait)
        while True:
            found = self._plugged(vm, disk)
            if found is not None:
                return found
            wait.pause("not listed")

    def detach(
        self, vm: str, disk: str, *, deadline: Deadline | float | None = None, on_wait: OnWait | None = None
    ) -> None:
        """Unplug a disk (id) from a VM; returns when it is unplugged. No error when it is not plugged there."""
        wait = self._wait(f"disk {disk} to be detached from vm {vm}", deadline, on_wait)

        def send() -> Reply:
            operation = f"detach disk {disk} from vm {vm}"
            below = f"/hdd/{segment(disk, 'disk')}"
            held = self._held(wait.deadline)
            return change(
                self._transport, self._call("DELETE", vm, below, operation=operation, kind="/hdd/{disk}", wait=held)
            )

        reply = self._carry_out(send, lambda: self._plugged(vm, disk) is None, wait)
        if reply is not None and reply.status == 200:
            return  # the contract's only success status, given when the disk is out (API facts 5 #6)
        while self._plugged(vm, disk) is not None:
            wait.pause("still attached")

    def _plugged(self, vm: str, disk: str) -> Hdd | None:
        return next((hdd for hdd in self.hdds(vm) if disk in {hdd.disk_id, hdd.disk_name}), None)


def _running(vm: Vm) -> bool:
    return vm.state == "Running"


def _off(vm: Vm) -> bool:
    return vm.state == "Off"
