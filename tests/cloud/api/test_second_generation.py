"""What only v2's client has to do: calls that v1 has as one, tags one by one, places, passports and logins."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from pulumi_hyperone.local_cloud import LocalCloud
from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.api.records import Vm
from pulumi_hyperone.provider.api.specs import Adapter, DiskSpec, ImageSpec, NewDisk, VmSpec
from pulumi_hyperone.provider.credentials.resolution import renewed, resolve
from pulumi_hyperone.provider.foundation.errors import CredentialsError, LeftBehind, NotFound, Refused
from tests.support.passports import private_pem, rsa_key

pytestmark = [pytest.mark.cloud, pytest.mark.parametrize("api_version", ["v2"])]

TAGS = {"build": "b1", "role": "builder"}
SPEC = VmSpec(
    name="web",
    service="a1.nano",
    image="sandbox",
    tags=TAGS,
    new_disks=(NewDisk(service="ssd", size=2),),
    adapter=Adapter(public_service="public"),
)


def make_vm(client: Cloud, spec: VmSpec = SPEC) -> Vm:
    """Create a VM and wait until it runs."""
    vm = client.vms.create(spec, identity=spec.tags)
    return client.vms.settle(vm, until=lambda seen: seen.state == "Running", what="vm web")


def left(cloud: LocalCloud) -> dict[str, int]:
    """How many objects of each kind there are."""
    return {noun: len(found) for noun, found in cloud.local("GET", "inventory").items() if found}


def test_a_carrier_whose_disk_cannot_be_attached_is_found_by_its_tags(
    cloud: LocalCloud, client: Cloud, inject: Callable[..., None]
) -> None:
    """The VM that was made before is there, and goes; the disk stays."""
    disk = client.disks.create(DiskSpec(name="d", service="ssd", size=1, tags={"x": "y"}), identity={"x": "y"})
    client.disks.settle(disk, until=lambda seen: seen.state == "Detached", what="disk d")
    inject("vm.hdd.attach", "fail", status=400)
    spec = VmSpec(name="carrier", service="a1.nano", tags=TAGS, existing_disks=(disk.id,), start=False)
    with pytest.raises(Refused, match=f"cannot attach disk {disk.id} to vm"):
        client.vms.create(spec, identity=TAGS)
    (vm,) = client.vms.list(tags=TAGS)
    client.vms.delete(vm.id)
    assert left(cloud) == {"disks": 1}


def test_disks_that_outlive_their_vm_are_found_by_its_tags(
    cloud: LocalCloud, client: Cloud, inject: Callable[..., None]
) -> None:
    """v2 deletes them by calls of their own: one that fails keeps none of the others, and the rest is found again."""
    new = tuple(NewDisk(service="ssd", size=size) for size in (1, 2))
    vm = client.vms.create(VmSpec(name="web", service="a1.nano", tags=TAGS, new_disks=new, start=False), identity=TAGS)
    client.vms.settle(vm, until=lambda seen: seen.state == "Off", what="vm web")
    disks = [plug.disk_id for plug in client.vms.plugs(vm.id)]
    inject("disk.delete", "fail", status=400, nth=1)
    with pytest.raises(LeftBehind, match=f"is gone, but not all of its disks: disk {disks[0]}: cannot delete disk"):
        client.vms.delete(vm.id, remove_disks=disks)
    assert left(cloud) == {"disks": 1}
    assert [disk.id for disk in client.disks.list(tags=TAGS)] == [disks[0]]
    client.vms.delete(vm.id, remove_disks=disks)
    assert left(cloud) == {}


def test_tags_set_by_several_at_once_all_stay(make_client: Callable[..., Cloud]) -> None:
    """Nobody undoes what another one sets."""
    client = make_client()
    disk = client.disks.create(DiskSpec(name="d", service="ssd", size=1, tags=TAGS), identity=TAGS)

    def set_tag(number: int) -> None:
        make_client().disks.add_tags(disk.id, {f"key-{number}": str(number), "shared": str(number)})

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(set_tag, range(4)))
    tags = client.disks.get(disk.id).tags
    assert {f"key-{number}": str(number) for number in range(4)}.items() <= tags.items()
    assert TAGS.items() <= tags.items()


@pytest.mark.parametrize("action", ["drop_after", "drop_before"])
def test_a_tag_whose_reply_was_lost_is_there_once(client: Cloud, inject: Callable[..., None], action: str) -> None:
    """It is looked for before it is sent again."""
    disk = client.disks.create(DiskSpec(name="d", service="ssd", size=1, tags=TAGS), identity=TAGS)
    inject("disk.tag.add", action)
    client.disks.add_tags(disk.id, {"build": "b2"})
    assert dict(client.disks.get(disk.id).tags) == {"build": "b2", "role": "builder"}


def test_a_vm_that_is_off_is_not_stopped_again(client: Cloud) -> None:
    """The action is documented for running VMs."""
    vm = make_vm(client)
    client.vms.stop(vm.id)
    client.vms.stop(vm.id)
    assert client.calls["POST /vm/{id}/actions/stop"] == 1


def test_a_private_address_is_chosen(cloud: LocalCloud, client: Cloud) -> None:
    """By its dotted form, in the network that is named, though another has the same."""

    def post(noun: str, body: dict[str, str]) -> str:
        reply = requests.post(f"{cloud.url}/{noun}", json=body, headers={"x-auth-token": cloud.token}, timeout=10)
        reply.raise_for_status()
        return str(reply.json()["id"])

    other, network = (post("network", {"name": name, "address": "10.9.0.0/24"}) for name in ("other", "n"))
    for one in (other, network):
        post("ip", {"network": one, "address": "10.9.0.7"})
    vm = make_vm(client, replace(SPEC, adapter=Adapter(network="n", ip="10.9.0.7")))
    (adapter,) = client.vms.netadps(vm.id)
    assert [(ip.address, ip.network) for ip in adapter.ips] == [("10.9.0.7", network)]
    assert client.networks.get("public").type == "public"
    assert client.networks.get(network).name == "n"


def test_both_generations_see_the_same_image(cloud: LocalCloud, client: Cloud) -> None:
    """Made through v2, tagged through v1, read and deleted through v2."""
    vm = make_vm(client)
    client.vms.stop(vm.id)
    image = client.images.create(ImageSpec(name="base", vm=vm.id, tags=TAGS), identity=TAGS)
    image = client.images.settle(image, until=lambda seen: seen.state == "Online", what="image base")
    assert image.size == 2
    address = f"{cloud.url}/image/{image.id}/tag"
    requests.patch(address, json={"by": "v1"}, headers={"x-auth-token": cloud.token}, timeout=10).raise_for_status()
    assert client.images.get("base").tags["by"] == "v1"
    client.images.delete(image.id)
    with pytest.raises(NotFound):
        client.images.get(image.id)


def test_project_and_location_are_checked(make_client: Callable[..., Cloud], cloud: LocalCloud) -> None:
    """A project's name is looked up once; what is unknown is said with the option that changes it."""
    client = make_client(project="local")
    client.vms.list()
    client.vms.list()
    assert client.calls["GET /project"] == 1
    with pytest.raises(NotFound, match=r"no project with the name 'elsewhere'.*hyperone:project ID"):
        make_client(project="elsewhere").vms.list()
    config = {"api_url": cloud.url_v2, "passport_file": str(cloud.passport()), "location": "nowhere-1"}
    credentials = resolve(config, {}, Path("/nonexistent"))
    away = make_client()
    away._transport._credentials = credentials
    with pytest.raises(Refused, match="check hyperone:location, hyperone:project"):
        away.vms.list()


def written(tmp_path: Path, cloud: LocalCloud, **changes: Any) -> dict[str, str]:
    """Settings that name a copy of the cloud's passport with these fields changed."""
    path = tmp_path / "passport.json"
    path.write_text(json.dumps({**json.loads(cloud.passport().read_text()), **changes}))
    return {"api_url": cloud.url_v2, "passport_file": str(path)}


@pytest.mark.parametrize(
    ("changes", "config", "said"),
    [
        (
            {"private_key": private_pem(rsa_key()), "public_key": ""},
            {},
            "was not signed by the credential that it names",
        ),
        ({"certificate_id": "0" * 24}, {}, "has no credential with the id"),
        ({}, {"audience": "https://elsewhere/v2"}, r"hyperone:audience differs from the address"),
    ],
)
def test_a_refused_passport_says_why(
    cloud: LocalCloud,
    make_client: Callable[..., Cloud],
    tmp_path: Path,
    changes: dict[str, Any],
    config: dict[str, str],
    said: str,
) -> None:
    """A wrong key, a credential that was taken away, a wrong audience; no line shows a key."""
    found = resolve({**written(tmp_path, cloud, **changes), **config}, {}, tmp_path)
    client = make_client()
    client._transport._credentials = found
    with pytest.raises(CredentialsError, match=said) as caught:
        client.vms.list()
    assert "\n" not in str(caught.value)
    assert found.token not in str(caught.value)


def test_a_login_is_renewed_and_written_back(
    cloud: LocalCloud, make_client: Callable[..., Cloud], tmp_path: Path
) -> None:
    """A session of the v2 client that has ended goes on, for us and for the client; all else in its file stays."""
    login = cloud.info["login"]
    body = {"grant_type": "password", "username": login["username"], "password": login["password"]}
    body["scope"] = "offline_access"
    address = requests.get(f"{cloud.url_v2}/.well-known/openid-configuration", timeout=10).json()["token_endpoint"]
    session = requests.post(address, json=body, timeout=10).json()
    path = tmp_path / ".h1" / "config.json"
    path.parent.mkdir()
    token = {**session, "access_token": "old", "expires_at": int(time.time()) - 5}
    parameter = {"project": {"value": cloud.project}, "location": {"value": "pl-waw-1"}}
    path.write_text(json.dumps({"auth": {"token": token, "other": 1}, "parameter": parameter}))
    found = resolve({"api_url": cloud.url_v2}, {}, tmp_path)
    client = make_client()
    client._transport._credentials = found
    assert client.vms.list() == []
    kept = json.loads(path.read_text())
    assert kept["auth"]["other"] == 1
    assert kept["parameter"] == parameter
    assert kept["auth"]["token"]["access_token"] == found.token
    assert kept["auth"]["token"]["expires_at"] > time.time()
    assert path.stat().st_mode & 0o777 == 0o600
    again = renewed(found, {"api_url": cloud.url_v2}, {}, tmp_path)
    assert again is not None
    assert again.token != found.token


@pytest.mark.parametrize(
    ("refresh_token", "said"),
    [("wrong", r"127\.0\.0\.1 refused it \(HTTP 4"), ("", "it has expired and holds no refresh")],
)
def test_a_login_that_cannot_be_renewed_says_why(
    make_client: Callable[..., Cloud], cloud: LocalCloud, tmp_path: Path, refresh_token: str, said: str
) -> None:
    """The line names the file and the command that logs in again, and the file stays as it was."""
    assert make_client().credentials.api_version == "v2"
    path = tmp_path / ".h1" / "config.json"
    path.parent.mkdir()
    token = {"access_token": "old", "refresh_token": refresh_token, "expires_at": 5}
    path.write_text(json.dumps({"auth": {"token": token}}))
    with pytest.raises(CredentialsError, match=said) as caught:
        resolve({"api_url": cloud.url_v2, "project": cloud.project}, {}, tmp_path)
    assert f"the login in {path} cannot be renewed" in str(caught.value)
    assert "h1 auth user" in str(caught.value)
    assert json.loads(path.read_text())["auth"]["token"] == token
