"""What happens to disks (API facts 2.2; of v2 3.2)."""

from __future__ import annotations

from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle.bodies import CloneDisk, DiskCreate, NewName, Resize
from pulumi_hyperone.local_cloud.lifecycle.events import Report
from pulumi_hyperone.local_cloud.routes.context import Context, Creation
from pulumi_hyperone.local_cloud.state.records import Disk, Vm
from pulumi_hyperone.local_cloud.state.refusals import bad_request

BLANK_KIND = "vm"


async def create(ctx: Context, body: DiskCreate, vm: Vm | None = None) -> Response:
    """Create a disk, blank or a clone of `source`; it ends Detached, or attached to `vm`."""

    def plan() -> Creation:
        source = ctx.own(Disk, body.source) if body.source else None
        size = body.size or (source.size if source else None)
        if size is None:
            raise bad_request("a disk without a source needs a size", size="required")
        if source:
            ctx.cloud.disks.check_size(source, size)
        disk = _planned(ctx, body.service, body.name, size, source)
        disk.tag = body.tag
        disk.metadata = body.metadata or {}
        return _creation(ctx, disk, source, vm)

    return await ctx.create(plan)


async def clone(ctx: Context, source: Disk, body: CloneDisk) -> Response:
    """Create a copy of a disk."""

    def plan() -> Creation:
        return _creation(ctx, _planned(ctx, body.service, body.name, source.size, source), source, None)

    return await ctx.create(plan)


def _planned(ctx: Context, service: str, name: str | None, size: float, source: Disk | None) -> Disk:
    return ctx.cloud.disks.plan(ctx.caller, service, name, size, source.kind if source else BLANK_KIND)


def _creation(ctx: Context, disk: Disk, source: Disk | None, vm: Vm | None) -> Creation:
    if vm is not None:
        ctx.cloud.vms.check_room(vm, disk)

    async def work(_report: Report) -> None:
        if source:
            await ctx.cloud.disks.clone(disk, source)
        else:
            await ctx.cloud.disks.fill(disk, None)
        disk.state = "Detached"
        if vm is not None:
            await ctx.cloud.vms.attach(vm, disk)

    busy = tuple(one for one in (source, vm) if one is not None)
    return Creation(disk, work, undo=lambda: ctx.cloud.disks.remove(disk), busy=busy)


async def rename(ctx: Context, disk: Disk, body: NewName) -> Response:
    """Change the name."""
    return ctx.show(ctx.edit(disk, **body.given()))


async def delete(ctx: Context, disk: Disk) -> Response:
    """Delete a detached disk."""
    ctx.cloud.disks.check_removable(disk)
    return await ctx.act(disk, "delete", lambda _report: ctx.cloud.disks.remove(disk))


async def resize(ctx: Context, disk: Disk, body: Resize) -> Response:
    """Grow a disk; the VM it is attached to must be off."""
    ctx.cloud.disks.check_size(disk, body.size)
    vm = ctx.store.get(Vm, disk.vm) if disk.vm else None
    if vm is not None and vm.state != "Off":
        raise bad_request(f"disk '{disk.id}' is in use: turn vm '{vm.id}' off first")
    return await ctx.act(disk, "resize", lambda _report: ctx.cloud.disks.grow(disk, body.size))


def refuse_attached(disk: Disk) -> None:
    """Refuse a disk that a VM has. Raises a 400."""
    if disk.vm:
        raise bad_request(f"disk '{disk.id}' is attached to vm '{disk.vm}'")
