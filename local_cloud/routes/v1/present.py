"""From records to the JSON of replies (API facts 1.2 and 2; the type traps at the end of 1.2)."""

from __future__ import annotations

import uuid
from typing import Any

from pulumi_hyperone.local_cloud.access.auth import Caller
from pulumi_hyperone.local_cloud.cloud import Cloud
from pulumi_hyperone.local_cloud.lifecycle.addresses import NAMESERVERS
from pulumi_hyperone.local_cloud.lifecycle.credentials import keys_of
from pulumi_hyperone.local_cloud.lifecycle.networks import ip_state
from pulumi_hyperone.local_cloud.state import catalog
from pulumi_hyperone.local_cloud.state.records import (
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
    Vm,
)
from pulumi_hyperone.local_cloud.state.refusals import ApiError

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
    """Any of the six nouns."""
    shown = one.model_dump(by_alias=True, exclude=set(one.internal))
    shown["_id"] = one.id
    shown["services"] = services(one)
    shown["queue"] = [event(item) for item in cloud.events.of(one.id)[-EVENTS_SHOWN:]]
    shown.update(_extras(cloud, one))
    return shown


def _extras(cloud: Cloud, one: Resource) -> dict[str, Any]:
    match one:
        case Vm():
            extras = _vm(cloud, one)
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


def _vm(cloud: Cloud, vm: Vm) -> dict[str, Any]:
    source = {"_id": vm.source_image_id, "id": vm.source_image_id, "name": vm.source_image_name}
    reachable = cloud.power.addresses(vm)
    return {
        "sourceImage": source if vm.source_image_id else None,
        "data": {"username": vm.username},
        "fqdn": reachable[0] if reachable else f"{vm.id}.vm.localhost",
    }


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
        "fqdn": ip.address,
        "associated": {key: value for key, value in pairs.items() if value},
    }


def _netadp(cloud: Cloud, adapter: Netadp) -> dict[str, Any]:
    network = cloud.store.get(Network, adapter.network_id)
    ips = cloud.networks.ips_of(adapter)
    return {
        "network": resource(cloud, network) if network else {},
        "ip": [resource(cloud, ip) for ip in ips],
        "assigned": {"resource": "vm", "id": adapter.vm} if adapter.vm else {},
        "fqdn": ips[0].address if ips else "",
    }


def controller_guid(vm: Vm) -> str:
    """The GUID of a VM's SCSI controller, in braces (API facts 5, row 17)."""
    return "{" + str(uuid.uuid5(uuid.NAMESPACE_OID, vm.id)).upper() + "}"


def hdd(vm: Vm, disk: Disk, location: int) -> dict[str, Any]:
    """An entry of `/vm/{vm}/hdd` (API facts 2.1.2)."""
    hdd_id = catalog.fixed_id(f"hdd:{vm.id}:{disk.id}")
    return {
        "id": hdd_id,
        "_id": hdd_id,
        "maximumIOPS": 0,
        "controllerType": "SCSI",
        "controllerNumber": controller_guid(vm),
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
        "accessRights": [{"id": member, "role": "owner", "state": "accepted"} for member in one.members],
        "credentialStore": [ssh_key(key) for key in keys_of(cloud.store, one.id)],
        "tag": one.tag,
        "createdOn": one.created_on,
        "createdBy": one.created_by,
    }


def ssh_key(key: SshKey) -> dict[str, Any]:
    """A registered public key."""
    return {**key.model_dump(by_alias=True, exclude={"owner"}), "_id": key.id}


def token(one: Token, *, with_secret: bool = False) -> dict[str, Any]:
    """A token (API facts 1.6); the secret only of service accounts' ones."""
    shown = one.model_dump(by_alias=True, exclude={"secret", "user", "project"})
    shown["_id"] = one.id
    if with_secret:
        shown["secret"] = one.secret
    return shown


def session(one: Token) -> dict[str, Any]:
    """The reply to a login: here the id is the token itself (API facts 1.6, 1.7)."""
    return {"id": one.secret, "_id": one.secret, "expiry": one.expiry, "createdOn": one.created_on, "name": one.name}


def user(cloud: Cloud, caller: Caller) -> dict[str, Any]:
    """The caller's own account."""
    one = caller.user
    if one is None:
        return {"id": caller.token.id, "_id": caller.token.id, "username": caller.login, "tag": {}}
    keys = [ssh_key(key) for key in keys_of(cloud.store, one.id)]
    return {"id": one.id, "_id": one.id, "username": one.login, "email": one.login, "tag": one.tag, "credential": keys}
