"""From records to the JSON of v2's replies (v2 facts 1.4, 1.7, 3; the type traps of 3.6)."""

from __future__ import annotations

from typing import Any

from pulumi_hyperone.local_cloud.cloud import Cloud
from pulumi_hyperone.local_cloud.lifecycle.addresses import NAMESERVERS
from pulumi_hyperone.local_cloud.lifecycle.networks import ip_state
from pulumi_hyperone.local_cloud.state import catalog, uris
from pulumi_hyperone.local_cloud.state.catalog import Service, fixed_id
from pulumi_hyperone.local_cloud.state.records import (
    RESOURCES,
    Disk,
    Event,
    Image,
    Ip,
    Netadp,
    Network,
    Project,
    Resource,
    ServiceAccount,
    SshKey,
    Tagged,
    User,
    Vm,
)
from pulumi_hyperone.local_cloud.state.store import Store


def tags(holder: Tagged) -> list[dict[str, str]]:
    """The tags; a tag's id is made of its holder and key, so it stays while the tag does."""
    return [{"id": fixed_id(f"tag:{holder.id}:{key}"), "key": key, "value": text} for key, text in holder.tag.items()]


def author(store: Store, login: str) -> str:
    """The path of who did something; v1 keeps logins."""
    if login.startswith("/"):
        return login
    user = next((one for one in store.all(User) if one.login == login), None)
    return uris.user_uri(user.id if user else login)


def resource(cloud: Cloud, one: Resource) -> dict[str, Any]:
    """Any of the six nouns. What is absent is left out, never null."""
    return {
        **_tagged(cloud.store, one, uris.uri(one), _state(cloud, one), one.flavour),
        "project": uris.project_uri(one.project),
        "modifiedOn": one.modified_on,
        "modifiedBy": author(cloud.store, one.modified_by),
        **_own_fields(cloud.store, one),
    }


def _tagged(
    store: Store, one: Resource | Project | ServiceAccount, uri: str, state: str, flavour: str
) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "uri": uri,
        "state": state,
        "flavour": flavour,
        "tag": tags(one),
        "createdOn": one.created_on,
        "createdBy": author(store, one.created_by),
    }


def _state(cloud: Cloud, one: Resource) -> str:
    """The object's state; before it exists, that of its making (v2 facts 6)."""
    if one.processing and not one.created:
        queued = any(event.name == "create" and event.state == "pending" for event in cloud.events.of(one.id))
        return "NotCreated" if queued else "Processing"
    return ip_state(one) if isinstance(one, Ip) else one.state


def _own_fields(store: Store, one: Resource) -> dict[str, Any]:
    match one:
        case Vm():
            fields = {"cpu": one.cpu, "memory": one.memory, "userMetadata": one.user_metadata, "fqdn": uris.fqdn(one)}
        case Disk():
            fields = {"size": one.size, "vm": _uri_of(store, Vm, one.vm)}
        case Image():
            size = sum(disk.size for disk in one.disks)
            fields = {"description": one.description, "license": one.license, "size": size}
        case Ip():
            fields = _ip(store, one)
        case Netadp():
            fields = {
                "macaddress": one.macaddress,
                "speed": one.speed,
                "firewall": _firewall(one),
                "network": _uri_of(store, Network, one.network_id),
                "assigned": _uri_of(store, Vm, one.vm),
                "fqdn": uris.fqdn(one),
            }
        case Network():
            fields = {name: getattr(one, name) for name in ("address", "gateway", "type", "netgw")}
            fields["firewall"] = _firewall(one)
            fields["dns"] = {"nameservers": NAMESERVERS}
        case _:
            fields = {}
    return {name: value for name, value in fields.items() if value is not None}


def _uri_of(store: Store, kind: type[Resource], resource_id: str | None) -> str | None:
    found = store.get(kind, resource_id) if resource_id else None
    return uris.uri(found) if found else None


def _firewall(one: Netadp | Network) -> str | None:
    return uris.firewall_uri(one, one.firewall) if one.firewall else None


def _ip(store: Store, ip: Ip) -> dict[str, Any]:
    ends = {
        "ip": _uri_of(store, Ip, ip.peer),
        "fip": _uri_of(store, Ip, ip.fip),
        "netadp": _uri_of(store, Netadp, ip.netadp),
    }
    return {
        "address": ip.address,
        "network": _uri_of(store, Network, ip.network),
        "ptrRecord": ip.ptr_record,
        "persistent": ip.persistent,
        "fqdn": uris.fqdn(ip),
        "associated": {name: value for name, value in ends.items() if value},
        "properties": {"family": "IPv4", "version": 4},
    }


def disks_inside(image: Image) -> list[dict[str, Any]]:
    """The disks of an image, as the list of disks shows them."""
    return [
        {
            "id": (disk_id := fixed_id(f"disk-of-image:{image.id}:{number}")),
            "name": disk.disk_name,
            "uri": f"{uris.collection('disk', project=image.project)}/{disk_id}",
            "project": uris.project_uri(image.project),
            "image": uris.uri(image),
            "state": "Online",
            "flavour": disk.type,
            "size": disk.size,
            "tag": [],
        }
        for number, disk in enumerate(image.disks)
    ]


def event(store: Store, one: Event) -> dict[str, Any]:
    """An event (v2 facts 1.2)."""
    kind = next(kind for kind in RESOURCES if kind.type_name == one.resource_type)
    shown = {
        "id": one.id,
        "name": one.name,
        "createdOn": one.queued,
        "createdBy": author(store, one.created_by),
        "state": one.state,
    }
    where = _uri_of(store, kind, one.resource_id)
    return {**shown, "resource": where} if where else shown


KINDS = {noun: f"{namespace}/{noun}" for noun, namespace in uris.NAMESPACES.items()}


def service(one: Service) -> dict[str, Any]:
    """Something that can be bought (v2 facts 3.5); prices are 0."""
    return {
        "id": one.id,
        "uri": uris.service_uri(one.id),
        "name": one.name,
        "type": "flavour",
        "resource": KINDS[one.resource],
        "data": _service_data(one),
        "availableServices": [],
        "billing": catalog.FREE,
    }


def _service_data(one: Service) -> dict[str, str]:
    """What a VM type has; the contract knows texts only, memory in GiB."""
    return {"cpu": f"{one.cpu}", "memory": f"{one.memory:g}"} if one.cpu else {}


def services(one: Resource) -> list[dict[str, Any]]:
    """The services of a resource: its flavour."""
    return [
        {
            "id": known.id,
            "name": known.name,
            "type": "flavour",
            "billing": uris.service_uri(known.id),
            "sourceService": uris.service_uri(known.id),
            "data": _service_data(known),
        }
        for known in catalog.SERVICES
        if known.id == one.service
    ]


def project(store: Store, one: Project) -> dict[str, Any]:
    """A project (v2 facts 3.5)."""
    shown = _tagged(store, one, uris.project_uri(one.id), one.state, "project")
    return {**shown, "organisation": f"/iam/organisation/{one.organisation}"}


def service_account(store: Store, one: ServiceAccount) -> dict[str, Any]:
    """A service account (v2 facts 2.4)."""
    shown = _tagged(store, one, uris.account_uri(one), "Online", "default")
    return {**shown, "project": uris.project_uri(one.project)}


def credential(store: Store, key: SshKey) -> dict[str, Any]:
    """A registered public key of a project, service account or user."""
    return {
        "id": key.id,
        "name": key.name,
        "type": key.type,
        "value": key.value,
        "fingerprint": key.fingerprint,
        "createdOn": key.created_on,
        "createdBy": author(store, key.created_by),
    }
