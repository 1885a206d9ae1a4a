"""TemporaryVm: the builder, and in chroot builds the carrier that is created from the chroot disk and never started."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from pulumi_hyperone.provider.api import Cloud, NewDisk, State, Vm, VmSpec
from pulumi_hyperone.provider.foundation.errors import NotFound, Refused
from pulumi_hyperone.provider.process.progress import done, say
from pulumi_hyperone.provider.process.timing import TIMES, timed
from pulumi_hyperone.provider.resources.adapters import adapter, associates_public_ip, holds_fixed_address
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props, going_on, gone, undone_on_failure
from pulumi_hyperone.provider.tracking.identity import BUILD_TAG, CARRIER, OS_DISK, identity_tags, role_tags
from pulumi_hyperone.provider.tracking.sweep import remove_vm, remove_vms


class TemporaryVmProvider(HyperOneProvider):
    """The VM of one build and role. Outputs: address (where SSH answers), disk_ids, netadp_id, fqdn."""

    silent: ClassVar[tuple[str, ...]] = ("stack", "image_key", "ssh_port", "public_key", "private_key")

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
        with going_on() if props["role"] == CARRIER else nullcontext():
            return self._create(props)

    def _create(self, props: Props) -> CreateResult:
        client, role = self.client, props["role"]
        mine = role_tags(props["build_id"], role)
        # What an interrupted run left: its state is unknown, so it is never adopted.
        remove_vms(client, mine)
        say(f"creating VM {props['name']}")
        with undone_on_failure(f"VM {props['name']}", lambda undo: remove_vms(undo, mine)):
            vm = client.vms.create(vm_spec(props), identity=mine, deadline=props["state_timeout"], on_wait=say)
            outs = self._finish(client, vm, props)
        done(f"VM {vm.id}" + (f" at {outs['address']}" if outs["address"] else ""))
        return CreateResult(vm.id, {**props, **outs})

    def _finish(self, client: Cloud, vm: Vm, props: Props) -> Props:
        state = State.OFF if props["role"] == CARRIER else State.RUNNING
        client.vms.settle(
            vm,
            until=lambda now: now.state == state,
            what=f"VM {vm.name} ({vm.id}) to be {state}",
            deadline=props["state_timeout"],
            on_wait=say,
        )
        own = [plug.disk_id for plug in client.vms.plugs(vm.id) if plug.disk_id not in given_disks(props)]
        for disk_id in own:
            client.disks.add_tags(disk_id, identity_tags(props, OS_DISK))
        outs: Props = {"disk_ids": own, "address": None, "netadp_id": None}
        if props["role"] != CARRIER:
            outs.update(self._address(client, vm, props))
        return outs

    def _address(self, client: Cloud, vm: Vm, props: Props) -> Props:
        """The address table of API facts 3.4: the first IP of the first adapter, or the associated public one."""
        adapters = client.vms.netadps(vm.id)
        if not adapters or not adapters[0].ips:
            raise Refused(f"VM {vm.name} ({vm.id}) got no network address; check network and public_netadp_service")
        first = adapters[0].ips[0]
        address = first.address
        if associates_public_ip(props):
            private = props.get("private_ip") or first.id
            address = client.ips.associate(props["public_ip"], private, on_wait=say).address
        return {"address": address, "netadp_id": adapters[0].id}

    def read(self, id_: str, props: Props) -> ReadResult:
        """A VM that is missing is drift only until its build has its image or the carrier of it."""
        try:
            self.client.vms.get(id_)
        except NotFound:
            if not has_result(self.client, props["build_id"]):
                return gone(props)
        return ReadResult(id_, props)

    def update(self, id_: str, olds: Props, news: Props) -> UpdateResult:
        """Name and tags of a VM that is still there follow; what is gone has done its work."""
        changed = self.changed(olds, news)
        try:
            if "name" in changed:
                self.client.vms.update(id_, name=news["name"])
            if "tags" in changed:
                for key in set(olds.get("tags") or {}) - set(news.get("tags") or {}):
                    self.client.vms.remove_tag(id_, key)
                self.client.vms.add_tags(id_, {**(news.get("tags") or {}), **identity_tags(news, news["role"])})
        except NotFound:
            pass
        return super().update(id_, olds, news)

    def delete(self, id_: str, props: Props) -> None:
        """Remove the VM and the disks it brought; a chroot disk stays for its own resource."""
        say(f"removing VM {props['name']}")
        remove_vm(self.client, id_, also_disks=props.get("disk_ids") or (), deadline=props["state_timeout"])
        done(f"VM {props['name']} is gone")


def has_result(client: Cloud, build_id: str) -> bool:
    """Whether the build has its image, or the carrier from which it can be made again."""
    return bool(client.images.list(tags={BUILD_TAG: build_id}) or client.vms.list(tags=role_tags(build_id, CARRIER)))


def given_disks(props: Mapping[str, Any]) -> set[str]:
    """Ids of disks that existed before the VM and do not go with it."""
    return {disk["id"] for disk in props["disks"] if disk.get("id")}


def vm_spec(props: Mapping[str, Any]) -> VmSpec:
    """What to create, the build's own tags included."""
    spec = VmSpec(
        name=props["name"],
        service=props["service"],
        ssh_keys=tuple(props["ssh_keys"]),
        tags={**(props.get("tags") or {}), **identity_tags(props, props["role"])},
    )
    if props["role"] == CARRIER:
        return replace(spec, existing_disks=tuple(disk["id"] for disk in props["disks"]), start=False)
    return replace(
        spec,
        image=props["image"],
        username=props["username"],
        user_data=props.get("user_data"),
        new_disks=tuple(
            NewDisk(**{key: disk.get(key) for key in ("service", "size", "name")}) for disk in props["disks"]
        ),
        adapter=adapter(props),
    )


class TemporaryVm(Resource, module="hyperone", name="TemporaryVm"):
    """A VM that exists only for a build. Its id is the VM's id."""

    address: pulumi.Output[str]
    disk_ids: pulumi.Output[list[str]]
    netadp_id: pulumi.Output[str]

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """`props`: see vm_spec and adapters; build_id, role, image_key, stack, stack_id, state_timeout (seconds)."""
        computed = dict.fromkeys(("address", "disk_ids", "netadp_id", *TIMES))
        secrets = pulumi.ResourceOptions(additional_secret_outputs=["user_data"])
        super().__init__(
            TemporaryVmProvider(), name, {**computed, **props}, pulumi.ResourceOptions.merge(secrets, opts)
        )
