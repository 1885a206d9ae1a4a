"""Hosts and the address of the API: what is taken for one, before anything is sent there."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

EXAMPLE = "https://api.hyperone.com/v1"
_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*\.?")
_VERSION = re.compile(r"/v\d+/*\Z")


def is_host(text: str) -> bool:
    """Whether a text can be the name of a host or an IP address; one of digits and dots alone must be an address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return _HOST.fullmatch(text) is not None and not re.fullmatch(r"[\d.]+", text)
    return True


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself; proxies are not asked for it."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def api_address_fault(url: str) -> str:
    """Say what is wrong with an address of the API, in words that follow it: "must …"; empty when it will do.

    It is safe to send a token to (`unsafe_address`), and ends with the version of the API.
    """
    fault = unsafe_address(url)
    if not fault and not _VERSION.search(urlsplit(url).path):
        return f"must end with the version of the API, as {EXAMPLE} does"
    return fault


def unsafe_address(url: str) -> str:
    """Say why no token goes to an address, in words that follow it; empty for https, and for http on this machine."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or parts.scheme not in {"http", "https"} or port == 0 or not is_host(host):
        return f"must be a URL such as {EXAMPLE}"
    if any(not char.isprintable() or char.isspace() for char in url):
        return "must not hold spaces or control characters"
    if parts.username or parts.password or parts.query or parts.fragment:
        return f"must hold nothing but scheme, host, port and path, such as {EXAMPLE}"
    if parts.scheme == "http" and not is_loopback(host):
        return "must start with https: the token would travel unencrypted (http is only for this machine)"
    return ""
