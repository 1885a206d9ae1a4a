"""From records to the JSON of replies (API facts 1.2 and 2; the type traps at the end of 1.2)."""

from __future__ import annotations

from typing import Any

from pulumi_hyperone.local_cloud.access.auth import TokenCaller
from pulumi_hyperone.local_cloud.cloud import Cloud
from pulumi_hyperone.local_cloud.lifecycle.addresses import NAMESERVERS
from pulumi_hyperone.local_cloud.lifecycle.credentials import keys_of
from pulumi_hyperone.local_cloud.lifecycle.networks import ip_state
from pulumi_hyperone.local_cloud.machines.base import CONTROLLER
from pulumi_hyperone.local_cloud.state import catalog
from pulumi_hyperone.local_cloud.state.records import (
    AccessRule,
    Disk,
    Event,
    Image,
    Ip,
    Netadp,
    Network,
    Project,
    Resource,
    SshKey,
    Token,
    User,
    Vm,
)
from pulumi_hyperone.local_cloud.state.refusals import ApiError
from pulumi_hyperone.local_cloud.state.uris import fqdn

EVENTS_SHOWN = 10


def event(one: Event) -> dict[str, Any]:
    """A queue entry."""
    return {
        "id": one.id,
        "_id": one.id,
        "name": one.name,
        "createdBy": one.created_by,
        "queued": one.queued,
        "state": one.state,
        "stage": one.stage,
        "resource": {"id": one.resource_id, "type": one.resource_type},
    }


def services(one: Resource) -> list[dict[str, Any]]:
    """The services of a resource: its flavour."""
    try:
        return [catalog.find_service(one.service).brief()]
    except ApiError:
        return []


def resource(cloud: Cloud, one: Resource) -> dict[str, Any]:
    """Any of the six nouns. What is absent is left out, never null (the contract's types allow no null)."""
    shown = one.model_dump(by_alias=True, exclude=set(one.internal), exclude_none=True)
    shown["_id"] = one.id
    shown["services"] = services(one)
    shown["queue"] = [event(item) for item in cloud.events.of(one.id)[-EVENTS_SHOWN:]]
    shown.update(_extras(cloud, one))
    return shown


def _extras(cloud: Cloud, one: Resource) -> dict[str, Any]:
    match one:
        case Vm():
            extras = _vm(one)
        case Disk():
            extras = {"type": one.flavour, "downloadUrl": ""}
        case Image():
            extras = {"disks": _image_disks(one), "type": one.flavour}
        case Ip():
            extras = _ip(one)
        case Netadp():
            extras = _netadp(cloud, one)
        case _:
            extras = {"dns": {"nameservers": NAMESERVERS}}
    return extras


def _vm(vm: Vm) -> dict[str, Any]:
    shown: dict[str, Any] = {"data": {"username": vm.username}, "fqdn": fqdn(vm)}
    if vm.source_image_id:
        shown["sourceImage"] = {"_id": vm.source_image_id, "id": vm.source_image_id, "name": vm.source_image_name}
    return shown


def _image_disks(image: Image) -> list[dict[str, Any]]:
    return [
        {
            "type": disk.type,
            "size": disk.size,
            "fileSize": disk.file_size,
            "attachedOn": {"controllerType": "SCSI", "controllerNumber": 0, "controllerLocation": disk.location},
            "downloadUrl": "",
            "disk": {"id": disk.disk_id, "_id": disk.disk_id, "name": disk.disk_name},
        }
        for disk in image.disks
    ]


def _ip(ip: Ip) -> dict[str, Any]:
    pairs = {"ip": ip.peer, "fip": ip.fip, "netadp": ip.netadp}
    return {
        "state": ip_state(ip),
        "fqdn": fqdn(ip),
        "associated": {key: value for key, value in pairs.items() if value},
    }


def _netadp(cloud: Cloud, adapter: Netadp) -> dict[str, Any]:
    network = cloud.store.get(Network, adapter.network_id)
    shown: dict[str, Any] = {
        "ip": [resource(cloud, ip) for ip in cloud.networks.ips_of(adapter)],
        "fqdn": fqdn(adapter),
    }
    if network:
        shown["network"] = resource(cloud, network)
    if adapter.vm:
        shown["assigned"] = {"resource": "vm", "id": adapter.vm}
    return shown


def hdd(vm: Vm, disk: Disk, location: int) -> dict[str, Any]:
    """An entry of `/vm/{vm}/hdd` (API facts 2.1.2); the GUID stands in braces (5, row 17)."""
    hdd_id = catalog.fixed_id(f"hdd:{vm.id}:{disk.id}")
    return {
        "id": hdd_id,
        "_id": hdd_id,
        "maximumIOPS": 0,
        "controllerType": "SCSI",
        "controllerNumber": f"{{{CONTROLLER.upper()}}}",
        "controllerLocation": location,
        "disk": {
            "id": disk.id,
            "_id": disk.id,
            "name": disk.name,
            "type": disk.flavour,
            "size": disk.size,
            "processing": disk.processing,
            "persistent": disk.persistent,
        },
    }


def project(cloud: Cloud, one: Project) -> dict[str, Any]:
    """A project (API facts 2.5)."""
    return {
        "id": one.id,
        "_id": one.id,
        "name": one.name,
        "organisation": one.organisation,
        "state": one.state,
        "active": one.state == "Active",
        "billing": {"credits": 0},
        "accessRights": [{"id": login, "role": "owner", "state": "Active"} for login in _logins(cloud, one)],
        "credentialStore": [ssh_key(key) for key in keys_of(cloud.store, one.id)],
        "tag": one.tag,
        "createdOn": one.created_on,
        "createdBy": one.created_by,
    }


def _logins(cloud: Cloud, one: Project) -> list[str]:
    members = [cloud.store.get(User, member) for member in one.members]
    return [member.login for member in members if member is not None]


def ssh_key(key: SshKey) -> dict[str, Any]:
    """A registered public key."""
    return {**key.model_dump(by_alias=True, exclude={"owner"}), "_id": key.id}


def token(one: Token, *, with_secret: bool = False) -> dict[str, Any]:
    """A token (API facts 1.6); the secret only of service accounts' ones."""
    shown = one.model_dump(by_alias=True, exclude={"secret", "digest", "user", "project", "access"}, exclude_none=True)
    shown["_id"] = one.id
    shown["access"] = [access_rule(rule) for rule in one.access]
    if with_secret:
        shown["secret"] = one.secret
    return shown


def access_rule(rule: AccessRule) -> dict[str, str]:
    """An access rule of a token."""
    return {"id": rule.id, "_id": rule.id, "method": rule.method, "path": rule.path}


def session(one: Token, secret: str) -> dict[str, Any]:
    """The reply to a login: here the id is the token itself (API facts 1.6, 1.7)."""
    return {"id": secret, "_id": secret, "expiry": one.expiry, "createdOn": one.created_on, "name": one.name}


def user(cloud: Cloud, caller: TokenCaller) -> dict[str, Any]:
    """The caller's own account; its `credential` has room for one per kind (contract): the newest SSH key."""
    one = caller.user
    if one is None:
        return {"id": caller.token.id, "_id": caller.token.id, "username": caller.login, "tag": {}, "credential": {}}
    keys = keys_of(cloud.store, one.id)
    return {
        "id": one.id,
        "_id": one.id,
        "username": one.login,
        "email": one.login,
        "tag": one.tag,
        "credential": {"certificate": ssh_key(keys[-1])} if keys else {},
    }
