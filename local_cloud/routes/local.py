"""/_local: control routes of the local cloud; not part of HyperOne's API. All but `health` need the token."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from pulumi_hyperone.local_cloud.cloud import Cloud
from pulumi_hyperone.local_cloud.lifecycle.bodies import ImageFile
from pulumi_hyperone.local_cloud.routes.context import encode_list, reply, reply_encoded
from pulumi_hyperone.local_cloud.routes.v1 import present
from pulumi_hyperone.local_cloud.routes.v1.context import Ctx
from pulumi_hyperone.local_cloud.state import catalog
from pulumi_hyperone.local_cloud.state.records import Disk, Image, Ip, Netadp, Network, Resource, Vm
from pulumi_hyperone.local_cloud.state.refusals import not_found
from pulumi_hyperone.local_cloud.testing.faults import Fault, FaultRequest

router = APIRouter(prefix="/_local", tags=["local"])

INVENTORY: dict[str, type[Resource]] = {
    "vms": Vm,
    "disks": Disk,
    "images": Image,
    "ips": Ip,
    "netadps": Netadp,
    "networks": Network,
}


@router.get("/health", name="local.health")
async def health(request: Request) -> Response:
    """Whether the server answers, and which process and home it is; needs no token."""
    cloud: Cloud = request.app.state.cloud
    return reply({"status": "ok", "pid": os.getpid(), "home": str(cloud.home.root)})


@router.get("/inventory", name="local.inventory")
async def inventory(ctx: Ctx) -> Response:
    """Every object of every project, without the catalog."""
    body = bytearray()
    for name, kind in INVENTORY.items():
        body += f',"{name}":'.encode()
        body += encode_list(_made(ctx.cloud, kind))
    body[:1] = b"{"
    body += b"}"
    return reply_encoded(body)


def _made(cloud: Cloud, kind: type[Resource]) -> Iterator[dict[str, Any]]:
    for one in cloud.store.all(kind):
        if one.project != catalog.CATALOG_PROJECT:
            yield present.resource(cloud, one) | _inside(one)


def _inside(one: Resource) -> dict[str, Any]:
    return {"kind": one.kind, "sshKeys": one.ssh_keys} if isinstance(one, Vm) else {"kind": one.kind}


@router.get("/images", name="local.images.list")
async def list_images(ctx: Ctx) -> Response:
    """Every image with its kind, its least disk size in GiB, and whether its content is there already."""
    return reply([_image_row(ctx.cloud, image) for image in ctx.store.all(Image)])


def _image_row(cloud: Cloud, image: Image) -> dict[str, Any]:
    return {
        "id": image.id,
        "name": image.name,
        "kind": image.kind,
        "state": image.state,
        "size": image.disks[0].size if image.disks else 0,
        "fileSize": image.file_size,
        "built": cloud.images.is_built(image),
    }


@router.post("/images", name="local.images.add")
async def add_image(ctx: Ctx, body: ImageFile) -> Response:
    """Import a file on this host as a source image."""
    return reply(_image_row(ctx.cloud, await ctx.cloud.imports.add(body.name, Path(body.file))))


@router.post("/images/{name}/build", name="local.images.build")
async def build_image(ctx: Ctx, name: str) -> Response:
    """Build the disk of a catalog image now."""
    image = next((one for one in ctx.store.all(Image) if one.catalog and one.name == name), None)
    if image is None:
        raise not_found("catalog image", name)
    await ctx.cloud.images.ensure_built(image, lambda _line: None)
    return reply(_image_row(ctx.cloud, image))


@router.post("/reset", name="local.reset")
async def reset(ctx: Ctx) -> Response:
    """Remove every object but the catalog and the seeded account; also faults, calls, sessions, keys."""
    await ctx.cloud.reset()
    return reply({"status": "ok"})


@router.get("/calls", name="local.calls")
async def calls(
    ctx: Ctx, mutating: bool = False, after: Annotated[int, Query(ge=0)] = 0, operation: str | None = None
) -> Response:
    """The log of API calls, oldest first."""
    found = ctx.cloud.calls.all(mutating=mutating, after=after)
    return reply([call.present() for call in found if operation in (None, call.operation)])


@router.delete("/calls", name="local.calls.clear")
async def clear_calls(ctx: Ctx) -> Response:
    """Forget the calls so far."""
    ctx.cloud.calls.clear()
    return reply({"status": "ok"})


@router.get("/faults", name="local.faults.list")
async def list_faults(ctx: Ctx) -> Response:
    """The faults that are set, with how often each was seen and used."""
    return reply([_shown(fault) for fault in ctx.cloud.faults.all()])


@router.post("/faults", name="local.faults.add")
async def add_fault(ctx: Ctx, body: FaultRequest) -> Response:
    """Set a fault."""
    return reply(_shown(ctx.cloud.faults.add(body)))


@router.delete("/faults", name="local.faults.clear")
async def clear_faults(ctx: Ctx) -> Response:
    """Remove all faults."""
    ctx.cloud.faults.clear()
    return reply([])


@router.delete("/faults/{fault}", name="local.faults.remove")
async def remove_fault(ctx: Ctx, fault: str) -> Response:
    """Remove one fault."""
    if not ctx.cloud.faults.remove(fault):
        raise not_found("fault", fault)
    return reply([_shown(one) for one in ctx.cloud.faults.all()])


def _shown(fault: Fault) -> dict[str, Any]:
    return fault.model_dump(by_alias=True)
