"""The second generation as an application of its own, which the server mounts on `/v2`."""

from __future__ import annotations

from fastapi import FastAPI

from pulumi_hyperone.local_cloud.cloud import Cloud
from pulumi_hyperone.local_cloud.routes import envelope
from pulumi_hyperone.local_cloud.routes.v2 import auth, disk, image, ip, netadp, network, project, sa, service, user, vm

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
    return app
