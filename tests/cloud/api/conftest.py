"""A local cloud for the client's tests, and clients of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pulumi_hyperone.local_cloud import LocalCloud
from pulumi_hyperone.provider.api.cloud import GENERATIONS, Cloud
from pulumi_hyperone.provider.api.credentials import Credentials
from pulumi_hyperone.provider.api.http.transport import Timing
from pulumi_hyperone.provider.credentials.resolution import resolve
from pulumi_hyperone.provider.foundation.interruption import Interruption


@pytest.fixture(scope="session")
def running_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """One cloud for all tests of this folder."""
    with LocalCloud.start(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


@pytest.fixture
def cloud(running_cloud: LocalCloud) -> LocalCloud:
    """The cloud, empty."""
    running_cloud.reset()
    return running_cloud


@pytest.fixture(params=GENERATIONS)
def api_version(request: pytest.FixtureRequest) -> str:
    """The generation of the API that a test runs through: what builds rely on holds for each."""
    return str(request.param)


def account(cloud: LocalCloud, api_version: str) -> Credentials:
    """The way in of the seeded service account."""
    if api_version == "v2":
        config = {"api_url": cloud.url_v2, "passport_file": str(cloud.passport())}
        return replace(resolve(config, {}, Path("/nonexistent")), source="test")
    return Credentials(token=cloud.token, project=None, api_url=cloud.url, source="test")


@pytest.fixture
def make_client(cloud: LocalCloud, api_version: str) -> Iterator[Callable[..., Cloud]]:
    """Make a client of the local cloud; keyword arguments override what it is made of."""
    made: list[Cloud] = []
    default = account(cloud, api_version)

    def make(**settings: Any) -> Cloud:
        credentials = replace(
            default,
            token=settings.pop("token", default.token),
            project=settings.pop("project", default.project),
            api_url=settings.pop("api_url", default.api_url),
        )
        settings = {"interruption": Interruption(), "state_timeout": 60, "timing": Timing(lookup=2), **settings}
        made.append(Cloud(credentials, **settings))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(make_client: Callable[..., Cloud]) -> Cloud:
    """A client with the seeded service token."""
    return make_client()


@pytest.fixture
def inject(cloud: LocalCloud) -> Callable[..., None]:
    """Set a fault: `inject("vm.create", "drop_after")`."""

    def set_fault(operation: str, action: str, **details: Any) -> None:
        cloud.local("POST", "faults", {"operation": operation, "action": action, **details})

    return set_fault
