"""v1's virtual machines (API facts 2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Unpack

from pulumi_hyperone.provider.api.http.calls import Reply, segment
from pulumi_hyperone.provider.api.http.waiting import Waiting
from pulumi_hyperone.provider.api.nouns import vms
from pulumi_hyperone.provider.api.records import Netadp, Vm
from pulumi_hyperone.provider.api.v1 import bodies
from pulumi_hyperone.provider.api.v1.replies import replies
from pulumi_hyperone.provider.api.v1.spelling import Tagged


class Vms(Tagged[Vm], vms.Vms):
    """VMs; what is plugged in is their `hdd`."""

    disks: ClassVar[str] = "/hdd"
    _decode = staticmethod(replies.vm)
    _plug = staticmethod(replies.plug)
    _body = staticmethod(bodies.vm)

    def delete(self, reference: str, *, remove_disks: Sequence[str] = (), **how: Unpack[Waiting]) -> None:
        """Delete a VM and `remove_disks` in one call (API facts 2.1.3)."""
        self._delete(reference, {"removeDisks": list(remove_disks)} if remove_disks else {}, how)

    def netadps(self, vm: str) -> list[Netadp]:
        """The VM's network adapters with their addresses. Raises NotFound."""
        call = self._call("GET", vm, "/netadp", operation=f"list the network adapters of vm {vm}")
        return self._read(call, lambda reply: [replies.netadp(raw) for raw in reply.mappings()])

    def _unplug(self, vm: str, disk: str, wait: float) -> Reply:
        operation, below = f"detach disk {disk} from vm {vm}", f"{self.disks}/{segment(disk, 'disk')}"
        return self._change("DELETE", vm, below, operation=operation, kind="/hdd/{disk}", wait=wait)
