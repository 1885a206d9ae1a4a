"""The provider of TemporaryVm: makes, finds and removes the machines of a build."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace

from pulumi.dynamic import CreateResult, DiffResult, ReadResult, UpdateResult

from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.api.records import State, Vm
from pulumi_hyperone.provider.api.specs import VmSpec
from pulumi_hyperone.provider.foundation.errors import NotFound, Refused
from pulumi_hyperone.provider.process.progress import done, say
from pulumi_hyperone.provider.process.timing import timed
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props, going_on, gone, undone_on_failure
from pulumi_hyperone.provider.schema.machine import holds_fixed_address
from pulumi_hyperone.provider.schema.temporary_vm import TemporaryVmInputs
from pulumi_hyperone.provider.tracking.begun import is_continued
from pulumi_hyperone.provider.tracking.identity import BUILD_TAG, CARRIER, OS_DISK, role_tags
from pulumi_hyperone.provider.tracking.sweep import remove_vm, remove_vms


class TemporaryVmProvider(HyperOneProvider):
    """The VM of one build and role. Outputs: address (where SSH answers), disk_ids, netadp_id, fqdn."""

    inputs = TemporaryVmInputs

    def diff(self, id_: str, olds: Props, news: Props) -> DiffResult:
        """As always; a fixed address forces the old VM to go first, since the new one needs it."""
        result = super().diff(id_, olds, news)
        result.delete_before_replace = bool(result.replaces) and (
            holds_fixed_address(news) or holds_fixed_address(olds)
        )
        return result

    @timed
    def create(self, props: Props) -> CreateResult:
        """POST the VM, wait for it, give it its address; on failure nothing of it stays."""
        inputs = TemporaryVmInputs.of(props)
        with going_on() if inputs.role == CARRIER else nullcontext():
            vm_id, outs = self.start(inputs)
        return CreateResult(vm_id, {**props, **outs})

    def start(self, inputs: TemporaryVmInputs) -> tuple[str, Props]:
        """The new VM's id, and its outputs."""
        client = self.client
        mine = role_tags(inputs.build_id, inputs.role)
        # What an interrupted run left: its state is unknown, so it is never adopted.
        if is_continued(inputs.build_id):
            remove_vms(client, mine)
        say(f"creating VM {inputs.name}")
        with undone_on_failure(f"VM {inputs.name}", lambda undo: remove_vms(undo, mine)):
            vm = client.vms.create(vm_spec(inputs), identity=mine, deadline=inputs.state_timeout, on_wait=say)
            outs = self._finish(client, vm, inputs)
        done(f"VM {vm.id}" + (f" at {outs['address']}" if outs["address"] else ""))
        return vm.id, outs

    def _finish(self, client: Cloud, vm: Vm, inputs: TemporaryVmInputs) -> Props:
        state = State.OFF if inputs.role == CARRIER else State.RUNNING
        client.vms.reach(vm, state, deadline=inputs.state_timeout, on_wait=say)
        own = [plug.disk_id for plug in client.vms.plugs(vm.id) if plug.disk_id not in inputs.existing_disks]
        for disk_id in own:
            client.disks.add_tags(disk_id, inputs.owner.tags(OS_DISK))
        outs: Props = {"disk_ids": own, "address": None, "netadp_id": None}
        if inputs.role != CARRIER:
            outs.update(self._address(client, vm, inputs))
        return outs

    def _address(self, client: Cloud, vm: Vm, inputs: TemporaryVmInputs) -> Props:
        """The address table of API facts 3.4: the first IP of the first adapter, or the associated public one."""
        adapters = client.vms.netadps(vm.id)
        if not adapters or not adapters[0].ips:
            raise Refused(f"VM {vm.name} ({vm.id}) got no network address; check network and public_netadp_service")
        first = adapters[0].ips[0]
        address = first.address
        if inputs.associates_public_ip:
            limit = inputs.state_timeout
            address = client.ips.associate(inputs.public_ip, first.id, deadline=limit, on_wait=say).address
        return {"address": address, "netadp_id": adapters[0].id}

    def read(self, id_: str, props: Props) -> ReadResult:
        """A VM that is missing is drift while its build needs it."""
        return needed_until_result(self.client, self.client.vms.get, id_, props)

    def update(self, id_: str, olds: Props, news: Props) -> UpdateResult:
        """Name and tags of a VM that is still there follow; what is gone has done its work."""
        changed = self.changed(olds, news)
        inputs = TemporaryVmInputs.of(news)
        try:
            if "name" in changed:
                self.client.vms.update(id_, name=inputs.name)
            if "tags" in changed:
                for key in set(olds.get("tags") or {}) - set(inputs.tags or {}):
                    self.client.vms.remove_tag(id_, key)
                self.client.vms.add_tags(id_, all_tags(inputs))
        except NotFound:
            pass
        return super().update(id_, olds, news)

    def delete(self, id_: str, props: Props) -> None:
        """Remove the VM and the disks it brought; a chroot disk stays for its own resource."""
        inputs = TemporaryVmInputs.of(props)
        say(f"removing VM {inputs.name}")
        remove_vm(self.client, id_, also_disks=props.get("disk_ids") or (), deadline=inputs.state_timeout)
        done(f"VM {inputs.name} is gone")


def needed_until_result(client: Cloud, get: Callable[[str], object], id_: str, props: Props) -> ReadResult:
    """As the state has it; gone when it is missing and its build has neither image nor carrier, but is to have one."""
    try:
        get(id_)
    except NotFound:
        tags, carrier = {BUILD_TAG: props["build_id"]}, role_tags(props["build_id"], CARRIER)
        if not (props.get("skip_create_image") or client.images.list(tags=tags) or client.vms.list(tags=carrier)):
            return gone(props)
    return ReadResult(id_, props)


def all_tags(inputs: TemporaryVmInputs) -> dict[str, str]:
    """The user's tags and the build's own."""
    return {**(inputs.tags or {}), **inputs.owner.tags(inputs.role)}


def vm_spec(inputs: TemporaryVmInputs) -> VmSpec:
    """What to create, the build's own tags included."""
    spec = VmSpec(name=inputs.name, service=inputs.service, ssh_keys=tuple(inputs.ssh_keys), tags=all_tags(inputs))
    if inputs.role == CARRIER:
        return replace(spec, existing_disks=inputs.existing_disks, start=False)
    return replace(
        spec,
        image=inputs.image,
        username=inputs.username,
        user_data=inputs.user_data or None,
        new_disks=inputs.new_disks,
        adapter=inputs.adapter,
    )
