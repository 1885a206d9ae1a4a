"""The address of the API, checked before a token is sent to it."""

from __future__ import annotations

from urllib.parse import urlsplit

from pulumi_hyperone.provider.foundation.api_address import api_address_fault, unsafe_address
from pulumi_hyperone.provider.foundation.errors import SettingsError
from pulumi_hyperone.provider.foundation.faults import shown

HYPERONE_HOST = "api.hyperone.com"


def default_api_url(version: str) -> str:
    """HyperOne's own address of a generation of the API, `v1` or `v2`."""
    return f"https://{HYPERONE_HOST}/{version}"


def check_api_url(url: str, source: str) -> str:
    """Return the address without a trailing slash; `source` says where it was set.

    Raises SettingsError for anything but an https address (http on this machine itself) of a version of the API.
    """
    if fault := api_address_fault(url):
        raise SettingsError(f"{source}: {shown(_without_secrets(url))} is not a usable API address: it {fault}")
    return url.rstrip("/")


def check_token_endpoint(url: str, source: str) -> str:
    """Return where a login is renewed; `source` says who named it. Raises SettingsError for an unsafe address."""
    if fault := unsafe_address(url):
        raise SettingsError(f"{source}: {shown(_without_secrets(url))} is not used: it {fault}")
    return url


def is_hyperone(url: str) -> bool:
    """Whether the address is HyperOne's own, for which login host and host key are known."""
    return urlsplit(url).hostname == HYPERONE_HOST


def _without_secrets(url: str) -> str:
    rest = url.rpartition("@")
    return f"***@{rest[2]}" if rest[1] else url
