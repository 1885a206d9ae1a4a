"""The address of the API, checked before a token is sent to it."""

from __future__ import annotations

from urllib.parse import urlsplit

from pulumi_hyperone.provider.api import is_loopback
from pulumi_hyperone.provider.foundation.errors import SettingsError

HYPERONE_HOST = "api.hyperone.com"


def default_api_url(version: str) -> str:
    """HyperOne's own address of a generation of the API, `v1` or `v2`."""
    return f"https://{HYPERONE_HOST}/{version}"


def check_api_url(url: str, source: str) -> str:
    """Return the address without a trailing slash; `source` says where it was set.

    Raises SettingsError for anything that is not an https address (http on this machine itself) with a host.
    """
    said = f"{source}: {_without_secrets(url)!r} is not a usable API address"
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise SettingsError(f"{said}: {error}") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise SettingsError(f"{said}: it must look like {default_api_url('v1')}")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise SettingsError(
            f"{said}: it must hold nothing but scheme, host, port and path, e.g. {default_api_url('v1')}"
        )
    if any(not char.isprintable() or char.isspace() for char in url):
        raise SettingsError(f"{said}: it holds spaces or control characters")
    if parts.scheme == "http" and not is_loopback(host):
        raise SettingsError(f"{said}: the token would travel unencrypted; use https (http only on this machine itself)")
    return url.rstrip("/")


def is_hyperone(url: str) -> bool:
    """Whether the address is HyperOne's own, for which login host and host key are known."""
    return urlsplit(url).hostname == HYPERONE_HOST


def _without_secrets(url: str) -> str:
    rest = url.rpartition("@")
    return f"***@{rest[2]}" if rest[1] else url
