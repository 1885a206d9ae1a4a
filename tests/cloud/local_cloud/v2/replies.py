"""What v2's replies have to look like, by the fields and types that the facts give (v2 facts 1.2 to 1.4, 1.7, 3).

An object has these fields and no others: those of v1 are refused with them, and null is no type of any.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from jsonschema_rs import Draft202012Validator

Schema = dict[str, Any]

TEXT, NUMBER, BOOL = ({"type": name} for name in ("string", "number", "boolean"))
ID = {"type": "string", "pattern": "^[0-9a-f]{24}$"}
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
URI = {"type": "string", "pattern": "^/(compute|storage|networking|billing|iam)/[^?#]+$"}
OBJECT = {"type": "object"}


def many(schema: Schema) -> Schema:
    """An array of these."""
    return {"type": "array", "items": schema}


def one_of(*words: str) -> Schema:
    """One of these words."""
    return {"enum": list(words)}


def thing(required: str, **fields: Schema) -> Schema:
    """An object of these fields, of which some (their names in a text) must be there."""
    return {"type": "object", "properties": fields, "required": required.split(), "additionalProperties": False}


def uri_of(*nouns: str) -> Schema:
    """The path of an object in a location and project."""
    end = "|".join(nouns)
    return {
        "type": "string",
        "pattern": f"^/(compute|storage|networking)/[^/]+/project/[0-9a-f]{{24}}/({end})/\\w{{24}}$",
    }


TAG = thing("id key value", id=TEXT, key=TEXT, value=TEXT)
MADE = {"createdOn": TIME, "createdBy": URI}
NAMED = {"id": ID, "name": TEXT, "uri": URI, "flavour": TEXT, "tag": many(TAG), **MADE}
RUNNING = ("Running", "Off", "Starting", "Stopping", "Reset", "Paused", "Pausing", "Resuming", "Saved", "Saving")


def resource(noun: str, *states: str, **fields: Schema) -> Schema:
    """An object of a project, in one of its states or those that v2 adds to them."""
    common = {**NAMED, "uri": uri_of(noun), "project": URI, "modifiedOn": TIME, "modifiedBy": URI}
    state = one_of(*states, "Unknown", "Processing", "NotCreated")
    return thing("id uri project state tag", **common, state=state, **fields)


SERVICE = thing(
    "id name type",
    id=ID,
    uri=URI,
    name=TEXT,
    type=TEXT,
    resource=TEXT,
    data=OBJECT,
    availableServices=many(TEXT),
    billing=thing("price", price=OBJECT, period=TEXT, quantity=NUMBER, oneTime=BOOL, reservations=many(OBJECT)),
    display=thing("unit", unit=TEXT),
)
CREDENTIAL = thing(
    "id name type value",
    **{"id": ID, "name": TEXT, "type": one_of("ssh"), "value": TEXT, "fingerprint": TEXT, "token": TEXT, **MADE},
)
KINDS: dict[str, Schema] = {
    "vm": resource("vm", *RUNNING, cpu=NUMBER, memory=NUMBER, fqdn=TEXT, userMetadata=TEXT),
    "disk": resource(
        "disk",
        *("Uploading", "Online", "Attached", "Detached"),
        size=NUMBER,
        vm=uri_of("vm"),
        image=uri_of("image"),
        replica=URI,
    ),
    "image": resource("image", "Online", description=TEXT, license=many(TEXT), size=NUMBER),
    "ip": resource(
        "ip",
        *("Associated", "Allocated", "Unallocated"),
        address=TEXT,
        fqdn=TEXT,
        network=uri_of("network"),
        ptrRecord=TEXT,
        persistent=BOOL,
        associated=thing("", ip=uri_of("ip"), fip=uri_of("ip"), netadp=uri_of("netadp")),
        properties=thing("family version", family=TEXT, version=NUMBER),
    ),
    "netadp": resource(
        "netadp",
        *("Online", "Deallocated"),
        macaddress=TEXT,
        speed=NUMBER,
        fqdn=TEXT,
        network=uri_of("network"),
        assigned=uri_of("vm"),
        firewall=uri_of("firewall"),
    ),
    "network": resource(
        "network",
        "Online",
        address=TEXT,
        gateway=TEXT,
        type=one_of("public", "private"),
        netgw=URI,
        firewall=URI,
        dns=thing("nameservers", nameservers=many(TEXT)),
    ),
    "project": thing(
        "id name uri state tag",
        **{**NAMED, "organisation": URI},
        state=one_of("Active", "Inactive", "Limited", "Transferring", "Processing", "NotCreated"),
    ),
    "sa": thing("id name uri state tag", **NAMED, project=URI, state=TEXT),
    # The facts give no fields of users.
    "user": {"type": "object", "properties": {"id": TEXT, "uri": URI}, "required": ["id", "uri"]},
    "credential": CREDENTIAL,
    "credentialStore": CREDENTIAL,
    "service": SERVICE,
    "tag": TAG,
    "event": thing(
        "id name createdOn state",
        **{"id": ID, "name": TEXT, **MADE, "resource": URI},
        state=one_of("pending", "processing", "finished", "error"),
    ),
    "quota": thing(
        "id name usage limit metric",
        id=ID,
        name=TEXT,
        usage=NUMBER,
        limit=thing("effective", effective=NUMBER, platform=NUMBER, user=NUMBER),
        metric=thing("key unit", key=TEXT, unit=TEXT),
    ),
}
# What an object pays for; the facts give its path alone.
BOOKED = {"type": "object", "properties": {"id": ID, "name": TEXT}, "required": ["id", "name"]}
TOLD = {"type": "object", "properties": {"title": TEXT, "detail": TEXT, "resource": TEXT}}
PROBLEM = thing(
    "type title status detail",
    type=TEXT,
    title=TEXT,
    status=NUMBER,
    detail=TEXT,
    operation=many(TOLD),
    argument=many(TOLD),
    permission=many(TOLD),
)
SESSION = thing("access_token", access_token=TEXT, token_type=TEXT, refresh_token=TEXT, expires_in=NUMBER)
AUTH = {
    "token": SESSION,
    "introspection": {"type": "object", "properties": {"aud": TEXT, "iss": TEXT, "sub": TEXT}},
    "openid-configuration": {
        "type": "object",
        "properties": {"issuer": TEXT, "token_endpoint": TEXT, "introspection_endpoint": TEXT},
        "required": ["token_endpoint", "introspection_endpoint"],
    },
}


def expected(method: str, path: str) -> Schema:
    """The schema of a good reply to a call; `path` is below /v2, with or without a query."""
    words = urlsplit(path).path.strip("/").split("/")
    if words[0] in ("auth", ".well-known"):
        return AUTH[words[-1]]
    words = words[1 if words[0] in ("iam", "billing") else 2 :]
    nouns, ids = words[::2], words[1::2]
    if nouns[-1] == "actions":
        return KINDS[nouns[-2]]
    if method == "DELETE" and nouns[-1] in ("credential", "credentialStore"):
        return KINDS[nouns[-2]]
    schema = BOOKED if nouns[-1] == "service" and nouns[-2] != "project" else KINDS[nouns[-1]]
    listed = len(nouns) > len(ids) and method in ("GET", "PUT")
    return many(schema) if listed else schema


def check(method: str, path: str, status: int, found: Any) -> None:
    """Fail unless the JSON of a reply is what the facts say of this call: every fault in it, and where."""
    schema = PROBLEM if status >= 400 else expected(method, path)
    faults = [f"{fault.instance_path}: {fault.message}" for fault in Draft202012Validator(schema).iter_errors(found)]
    assert not faults, f"{method} {path} ({status}): " + "; ".join(faults)
