"""The second generation as an application of its own, which the server mounts on `/v2`."""

from __future__ import annotations

from fastapi import FastAPI, Request
from starlette.responses import Response

from pulumi_hyperone.local_cloud.cloud import Cloud
from pulumi_hyperone.local_cloud.routes import envelope
from pulumi_hyperone.local_cloud.routes.context import reply
from pulumi_hyperone.local_cloud.routes.v2 import (
    auth,
    disk,
    image,
    ip,
    netadp,
    network,
    openapi,
    project,
    sa,
    service,
    user,
    vm,
)
from pulumi_hyperone.local_cloud.routes.v2.context import base_url

ROUTERS = tuple(module.router for module in (vm, disk, image, ip, netadp, network, service, sa, project, user, auth))


def make_app(cloud: Cloud) -> FastAPI:
    """The application for an opened cloud."""
    app = FastAPI(
        title="HyperOne v2 API, local cloud",
        version="2",
        strict_content_type=False,
        redirect_slashes=False,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.cloud = cloud
    envelope.install(app)
    for router in ROUTERS:
        app.include_router(router)
    described = openapi.describe(app)

    async def description(request: Request) -> Response:
        return reply({**described, "servers": [{"url": base_url(request)}]})

    app.add_route("/openapi.json", description, include_in_schema=False)
    return app
