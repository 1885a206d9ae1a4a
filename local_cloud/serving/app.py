"""The ASGI application: routes, error envelope, gate."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp

from pulumi_hyperone.local_cloud.cloud import Cloud
from pulumi_hyperone.local_cloud.routes import envelope, local
from pulumi_hyperone.local_cloud.routes.v1 import (
    disk,
    image,
    ip,
    netadp,
    network,
    project,
    service,
    user,
    vm,
    vm_devices,
)
from pulumi_hyperone.local_cloud.routes.v2 import api as v2
from pulumi_hyperone.local_cloud.serving.gate import V1, V2, Gate, Operations
from pulumi_hyperone.local_cloud.serving.login import LoginService
from pulumi_hyperone.local_cloud.serving.own_names import OwnNames

V1_ROUTERS = tuple(
    module.router for module in (vm, vm_devices, disk, image, ip, netadp, network, service, project, user)
)


def make_app(cloud: Cloud, login: LoginService) -> ASGIApp:
    """The application around an opened cloud; it starts and closes the cloud."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await cloud.start()
        await login.start()
        yield
        await login.close()
        await cloud.close()

    app = FastAPI(
        title="HyperOne v1 API, local cloud",
        version="1",
        lifespan=lifespan,
        strict_content_type=False,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: f"{route.name}.{'-'.join(sorted(route.methods or ()))}.{route.path}",
    )
    app.state.cloud = cloud
    envelope.install(app)
    for router in V1_ROUTERS:
        app.include_router(router, prefix=V1)
    app.include_router(local.router)
    app.mount(V2, v2.make_app(cloud))
    return OwnNames(Gate(app, cloud, Operations({V1: V1_ROUTERS, V2: v2.ROUTERS})))
