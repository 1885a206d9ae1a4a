"""v2's virtual machines (v2 facts 3.1): their disks and adapters are nouns of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Unpack

from pulumi_hyperone.provider.api.http.calls import Reply
from pulumi_hyperone.provider.api.http.retries import change
from pulumi_hyperone.provider.api.http.transport import Transport
from pulumi_hyperone.provider.api.http.waiting import Waiting
from pulumi_hyperone.provider.api.nouns import vms
from pulumi_hyperone.provider.api.records import Netadp, State, Vm
from pulumi_hyperone.provider.api.specs import Adapter, VmSpec
from pulumi_hyperone.provider.api.v2 import bodies
from pulumi_hyperone.provider.api.v2.nouns import Disks, Ips, Netadps, Networks
from pulumi_hyperone.provider.api.v2.places import PUBLIC_NETWORK, uri
from pulumi_hyperone.provider.api.v2.replies import replies
from pulumi_hyperone.provider.api.v2.spelling import Tagged
from pulumi_hyperone.provider.foundation.deadline import Deadline
from pulumi_hyperone.provider.foundation.errors import HyperOneError, Interrupted, LeftBehind, NotFound, Refused

PROTECTED = "protected"


class Vms(Tagged[Vm], vms.Vms):
    """VMs, whose disks are attached and deleted in calls of their own."""

    namespace: ClassVar[str] = "compute"

    def __init__(self, transport: Transport, state_timeout: float) -> None:
        super().__init__(transport, state_timeout)
        self._disks = Disks(transport, state_timeout)
        self._netadps = Netadps(transport, state_timeout)
        self._ips = Ips(transport, state_timeout)
        self._networks = Networks(transport, state_timeout)

    disks: ClassVar[str] = "/disk"
    _decode = staticmethod(replies.vm)
    _plug = staticmethod(replies.plug)

    def _body(self, spec: VmSpec) -> dict[str, Any]:
        image = uri(self._transport, "storage", "image", spec.image) if spec.image else None
        return bodies.vm(spec, image=image, netadp=self._netadp(spec.adapter) if spec.adapter else None)

    def _netadp(self, adapter: Adapter) -> dict[str, Any]:
        """The adapter in its network, which is the public one unless told; types of adapters are v1's."""
        network = uri(self._transport, "networking", "network", adapter.network or PUBLIC_NETWORK)
        if not adapter.ip:
            return bodies.netadp(network, None)
        inside = self._networks.get(adapter.network).id if adapter.network else ""
        return bodies.netadp(network, self._ips.reference(adapter.ip, inside))

    def create(self, spec: VmSpec, *, identity: Mapping[str, str], **how: Unpack[Waiting]) -> Vm:
        """As for all nouns; on disks that exist it returns when they are plugged in.

        When they cannot be, the VM is there without them: whoever asked finds it by its tags.
        """
        how["deadline"] = Deadline.of(how.get("deadline"), self._state_timeout)
        vm = super().create(spec, identity=identity, **how)
        if not spec.existing_disks:
            return vm
        vm = self.reach(vm, State.OFF, **how)
        for disk in spec.existing_disks:
            self.attach(vm.id, disk, **how)
        return vm

    def delete(self, reference: str, *, remove_disks: Sequence[str] = (), **how: Unpack[Waiting]) -> None:
        """Delete a VM, then each of `remove_disks`, as v2 has no call for both (v2 facts 5.1).

        Disks get the VM's tags first unless they have some: when this ends in between, they are found by them. A disk
        that cannot go keeps none of the others; raises LeftBehind with all of those.
        """
        how["deadline"] = Deadline.of(how.get("deadline"), self._state_timeout)
        if remove_disks:
            self._mark(reference, remove_disks)
        self._delete(reference, None, how)
        failures = []
        for disk in remove_disks:
            try:
                self._remove(disk, how)
            except Interrupted:
                raise
            except HyperOneError as error:
                failures.append(f"disk {disk}: {error}")
        if failures:
            raise LeftBehind(f"vm {reference} is gone, but not all of its disks: " + "; ".join(failures))

    def _mark(self, reference: str, disks: Sequence[str]) -> None:
        try:
            tags = {key: value for key, value in self.get(reference).tags.items() if key != PROTECTED}
        except NotFound:
            return
        for disk in disks:
            try:
                if tags and not self._disks.get(disk).tags:
                    self._disks.add_tags(disk, tags)
            except NotFound:
                continue

    def _remove(self, disk: str, how: Waiting) -> None:
        try:
            found = self._disks.get(disk)
            what = f"disk {disk} to be {State.DETACHED}"
            self._disks.settle(found, until=lambda seen: not seen.vm, what=what, **how)
        except NotFound:
            return
        self._disks.delete(disk, **how)

    def netadps(self, vm: str) -> list[Netadp]:
        """The VM's network adapters with their addresses. Raises NotFound."""
        found = self._netadps.of_vm(self._id(vm))
        if not found:
            self.get(vm)
        return [replace(adapter, ips=tuple(self._ips.of_netadp(adapter.id))) for adapter in found]

    def _reference(self, disk: str) -> str:
        return uri(self._transport, "storage", "disk", disk)

    def _unplug(self, vm: str, disk: str, wait: float) -> Reply:
        """Through the disk, so that it is made sure first that no other VM loses it."""
        holder = self._disks.get(disk).vm
        if holder != self._id(vm):
            where = f"vm {holder}" if holder else "no vm"
            raise Refused(f"cannot detach disk {disk} from vm {vm}: it is plugged into {where}")
        return change(self._transport, self._disks.detachment(disk, f"detach disk {disk} from vm {vm}", wait))
