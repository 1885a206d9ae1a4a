"""Functions that encode, decode and hash."""

from __future__ import annotations

import base64
import binascii
import csv
import gzip
import hashlib
import io
import json
import urllib.parse
import uuid
from typing import Any

import yaml

from pulumi_hyperone.packer.hcl.conversions import number, to_text
from pulumi_hyperone.packer.hcl.functions.registry import Surroundings, function, functions, refuse
from pulumi_hyperone.packer.hcl.nodes import HclError

_MAX_YAML = 262_144


def json_text(value: Any) -> str:
    """Write a value as compact JSON with sorted keys, as Go does. Raises HclError for what is no value."""
    try:
        written = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
    except (TypeError, ValueError):
        raise HclError("this value cannot be encoded as JSON") from None
    for character in "<>&\u2028\u2029":
        written = written.replace(character, f"\\u{ord(character):04x}")
    return written


@function("jsonencode")
def _jsonencode(_: Surroundings, value: Any) -> str:
    return json_text(value)


@function("jsondecode")
def _jsondecode(_: Surroundings, text: Any) -> Any:
    try:
        return _plain(json.loads(_text(text), parse_constant=_no_constant))
    except (ValueError, RecursionError):
        raise HclError("not valid JSON") from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


class _Loader(yaml.SafeLoader):
    """Plain YAML without aliases, which can make a small text stand for an endless one."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("aliases are not supported")
        return super().compose_node(parent, index)


@function("yamldecode")
def _yamldecode(_: Surroundings, text: Any) -> Any:
    written = _text(text)
    if len(written) > _MAX_YAML:
        raise HclError(f"the text is longer than {_MAX_YAML} characters")
    try:
        return _plain(yaml.load(written, Loader=_Loader))  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError):
        raise HclError("not valid YAML, or YAML with aliases, which are not supported") from None


@function("yamlencode")
def _yamlencode(_: Surroundings, value: Any) -> str:
    json_text(value)
    return str(yaml.safe_dump(value, allow_unicode=True, default_flow_style=False, default_style='"', width=1 << 20))


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)
    return value if value is None or isinstance(value, bool) else str(value)


@function("csvdecode")
def _csvdecode(_: Surroundings, text: Any) -> list[dict[str, str]]:
    try:
        rows = list(csv.reader(io.StringIO(_text(text)), strict=True))
    except csv.Error:
        raise HclError("not valid CSV") from None
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        raise HclError("the first row must name the columns, and every row must have as many values")
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def _text(value: Any) -> str:
    return str(to_text(value))


def _bytes(value: Any) -> bytes:
    return _text(value).encode("utf-8", "replace")


@function("base64decode")
def _base64decode(_: Surroundings, text: Any) -> str:
    try:
        return base64.b64decode(_bytes(text), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise HclError("not valid base64, or not the base64 of UTF-8 text") from None


functions(
    _bytes,
    {
        "base64encode": lambda text: base64.b64encode(text).decode(),
        "base64gzip": lambda text: base64.b64encode(gzip.compress(text, mtime=0)).decode(),
        "urlencode": lambda text: urllib.parse.quote_plus(text, safe=""),
        "md5": lambda text: hashlib.md5(text, usedforsecurity=False).hexdigest(),
        "sha1": lambda text: hashlib.sha1(text, usedforsecurity=False).hexdigest(),
        "sha256": lambda text: hashlib.sha256(text).hexdigest(),
        "sha512": lambda text: hashlib.sha512(text).hexdigest(),
    },
)
_NAMESPACES = {
    "dns": uuid.NAMESPACE_DNS,
    "url": uuid.NAMESPACE_URL,
    "oid": uuid.NAMESPACE_OID,
    "x500": uuid.NAMESPACE_X500,
}


@function("uuidv5")
def _uuidv5(_: Surroundings, namespace: Any, name: Any) -> str:
    written = _text(namespace)
    try:
        return str(uuid.uuid5(_NAMESPACES.get(written) or uuid.UUID(written), _text(name)))
    except ValueError:
        raise HclError("the namespace is dns, url, oid, x500 or a UUID") from None


_IN_CONFIG = "templates cannot reach other systems here; use a variable and `pulumi config set --secret`"
for _name in ("vault", "consul_key", "aws_secretsmanager", "aws_secretsmanager_raw"):
    refuse(_name, _IN_CONFIG)
refuse("rsadecrypt", "keys are not read from templates here; use a variable and `pulumi config set --secret`")
refuse("bcrypt", "its hash is different every time, so the image would never be up to date; use a variable")
