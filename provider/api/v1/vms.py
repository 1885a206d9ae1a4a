"""v1's virtual machines (API facts 2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from pulumi_hyperone.provider.api.decoding import Json
from pulumi_hyperone.provider.api.http.calls import Reply, segment
from pulumi_hyperone.provider.api.http.retries import change
from pulumi_hyperone.provider.api.http.waiting import OnWait
from pulumi_hyperone.provider.api.nouns import vms
from pulumi_hyperone.provider.api.records import Netadp, Plug, Vm
from pulumi_hyperone.provider.api.specs import VmSpec
from pulumi_hyperone.provider.api.v1 import bodies, replies
from pulumi_hyperone.provider.api.v1.spelling import Tagged
from pulumi_hyperone.provider.foundation.deadline import Deadline


class Vms(Tagged[Vm], vms.Vms):
    """VMs; what is plugged in is their `hdd`."""

    path: ClassVar[str] = "/vm"

    def _decode(self, raw: Json) -> Vm:
        return replies.vm(raw)

    def _body(self, spec: VmSpec) -> dict[str, Any]:
        return bodies.vm(spec)

    def delete(
        self,
        reference: str,
        *,
        remove_disks: Sequence[str] = (),
        deadline: Deadline | float | None = None,
        on_wait: OnWait | None = None,
    ) -> None:
        """Delete a VM and `remove_disks` in one call (API facts 2.1.3)."""
        self._delete(reference, {"removeDisks": list(remove_disks)} if remove_disks else {}, deadline, on_wait)

    def plugs(self, vm: str) -> list[Plug]:
        """The disks that are plugged into a VM, and where. Raises NotFound."""
        call = self._call("GET", vm, "/hdd", operation=f"list the disks of vm {vm}")
        return self._read(call, lambda reply: [replies.plug(raw) for raw in reply.mappings()])

    def netadps(self, vm: str) -> list[Netadp]:
        """The VM's network adapters with their addresses. Raises NotFound."""
        call = self._call("GET", vm, "/netadp", operation=f"list the network adapters of vm {vm}")
        return self._read(call, lambda reply: [replies.netadp(raw) for raw in reply.mappings()])

    def _plug_in(self, vm: str, disk: str, wait: float) -> Reply:
        operation = f"attach disk {disk} to vm {vm}"
        return change(
            self._transport, self._call("POST", vm, "/hdd", operation=operation, body={"disk": disk}, wait=wait)
        )

    def _unplug(self, vm: str, disk: str, wait: float) -> Reply:
        operation = f"detach disk {disk} from vm {vm}"
        below = f"/hdd/{segment(disk, 'disk')}"
        return change(
            self._transport, self._call("DELETE", vm, below, operation=operation, kind="/hdd/{disk}", wait=wait)
        )
