"""Where the SSH login goes, and the host key that must be seen there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pulumi_hyperone.provider.credentials.endpoint import is_hyperone
from pulumi_hyperone.provider.credentials.host_key import PinnedHostKey
from pulumi_hyperone.provider.foundation.errors import CredentialsError, SettingsError

HYPERONE_LOGIN_HOST = "api.hyperone.com"
HYPERONE_HOST_KEY = PinnedHostKey(sha1="3e2aa423d42d7e8b14d50625512c8ac19db767ed")
SSH_PORT = 22


@dataclass(frozen=True)
class LoginServer:
    """Where to log in, and the host key it must show."""

    host: str
    port: int
    host_key: PinnedHostKey

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def login_server(config: Mapping[str, str], url: str) -> LoginServer:
    """The server that stack config names, HyperOne's own for its endpoint `url`. Raises SettingsError."""
    address = config.get("token_login_host", "").strip()
    key = config.get("token_login_host_key", "").strip()
    if not is_hyperone(url) and not (address and key):
        raise CredentialsError(
            f"hyperone:token_login is set, but {url} is not HyperOne's own endpoint: set "
            "hyperone:token_login_host (host or host:port) and hyperone:token_login_host_key for it, or a token"
        )
    host, port = _host_and_port(address) if address else (HYPERONE_LOGIN_HOST, SSH_PORT)
    return LoginServer(host, port, PinnedHostKey.parse(key) if key else HYPERONE_HOST_KEY)


def _host_and_port(address: str) -> tuple[str, int]:
    match = re.fullmatch(r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<host>[^\s:/@\[\]]+))(?::(?P<port>\d{1,5}))?", address)
    if match is None or not 0 < int(match["port"] or SSH_PORT) < 2**16:
        raise SettingsError(f"hyperone:token_login_host: {address!r} must be a host or host:port")
    return match["six"] or match["host"], int(match["port"] or SSH_PORT)
