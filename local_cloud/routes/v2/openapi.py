"""The description of the API that specification-driven clients read (v2 facts 6, last row), made from the routes."""

from __future__ import annotations

import re
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from pulumi_hyperone.local_cloud.state.uris import NAMESPACES

PARAMETER = re.compile(r"\{(\w+)\}")
VERBS = {"get": "get", "post": "create", "patch": "update", "put": "put", "delete": "delete"}
REGIONAL = {f"{namespace}_project_{noun}": f"{namespace}/{noun}" for noun, namespace in NAMESPACES.items()}
#: The tags of operations: the kind of object, and what it belongs to.
GLOBAL: dict[str, tuple[str, list[str] | bool]] = {
    "billing_project_service": ("billing/service", ["project"]),
    "iam_project_sa": ("iam/sa", ["project"]),
    "iam_project": ("iam/project", False),
    "iam_user": ("iam/user", False),
}
#: What every list of objects with names and tags can be filtered by (v2 facts 1.6).
FILTERS = ("name", "tag.key", "tag.value")
SHOWN = ("id", "name", "state", "flavour", "uri")
SHOWN_SCHEMA = {"type": "object", "properties": {name: {"type": "string"} for name in SHOWN}}
PROBLEM = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "number"},
        "detail": {"type": "string"},
        "operation": {"type": "array", "items": {"type": "object"}},
        "argument": {"type": "array", "items": {"type": "object"}},
    },
}


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description of an application of v2, without `servers`."""
    made = get_openapi(title=app.title, version=app.version, routes=app.routes)
    paths = {
        path: {method: _operation(path, method, operation) for method, operation in item.items()}
        for path, item in made["paths"].items()
        if _tag_of(path)
    }
    schemas = {name: _plain(schema) for name, schema in made["components"]["schemas"].items()}
    return {
        "openapi": made["openapi"],
        "info": made["info"],
        "security": [{"bearer": []}],
        "tags": _tags(),
        "paths": paths,
        "components": {
            "schemas": {**schemas, "Problem": PROBLEM},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _tags() -> list[dict[str, Any]]:
    regional = [
        {"name": name, "x-kind": kind, "x-location": True, "x-parent": ["project"]} for name, kind in REGIONAL.items()
    ]
    everywhere = [
        {"name": name, "x-kind": kind, "x-location": False, "x-parent": parent}
        for name, (kind, parent) in GLOBAL.items()
    ]
    return regional + everywhere


def _words(path: str) -> list[str]:
    return [part for part in path.split("/") if part and not PARAMETER.fullmatch(part)]


def _tag_of(path: str) -> str | None:
    """The longest tag that the path begins with; the routes of logins have none."""
    name = "_".join(_words(path))
    fitting = [tag for tag in (*REGIONAL, *GLOBAL) if name == tag or name.startswith(tag + "_")]
    return max(fitting, key=len, default=None)


def _operation(path: str, method: str, made: dict[str, Any]) -> dict[str, Any]:
    words = _words(path)
    action = len(words) > 1 and words[-2] == "actions"
    listed = method == "get" and not path.endswith("}")
    verb = [] if action else ["list" if listed else VERBS[method]]
    named = [
        {"name": name, "description": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in PARAMETER.findall(path)
    ]
    tag = _tag_of(path)
    if listed and tag == "_".join(words) and tag != "billing_project_service":
        named += [{"name": name, "in": "query", "required": False, "schema": {"type": "string"}} for name in FILTERS]
    asked = [{**one, "schema": _plain(one["schema"])} for one in made.get("parameters", []) if one["in"] == "query"]
    shown = {"type": "array", "items": SHOWN_SCHEMA} if listed else SHOWN_SCHEMA
    described = {
        "operationId": "_".join([*(word for word in words if word != "actions"), *verb]),
        "tags": [tag],
        "summary": made.get("summary", ""),
        "description": made.get("description", ""),
        "parameters": named + asked,
        "responses": {
            "204" if method == "delete" else "200": {
                "description": "done",
                **({} if method == "delete" else {"content": {"application/json": {"schema": shown}}}),
            },
            "default": {
                "description": "refused",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        },
    }
    body = made.get("requestBody")
    return {**described, "requestBody": _plain(body)} if body else described


def _plain(schema: Any) -> Any:
    """A schema whose optional fields are simply not required: `null` as an alternative is left out."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _plain(value) for key, value in schema.items() if value is not None}
    choices = [one for one in plain.get("anyOf", []) if one != {"type": "null"}]
    if len(choices) == 1:
        del plain["anyOf"]
        plain = {**choices[0], **plain}
    return plain
