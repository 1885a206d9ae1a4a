"""Login with an SSH key: an SSH session whose subsystem answers with a session token (API facts 1.7).

There is no HTTP call for it. The key is proven by ordinary public-key authentication through ssh-agent, the server by
a pinned host key.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import paramiko

from pulumi_hyperone.provider.credentials.host_key import algorithms_for, fingerprint
from pulumi_hyperone.provider.credentials.login_server import LoginServer
from pulumi_hyperone.provider.foundation.deadline import Deadline
from pulumi_hyperone.provider.foundation.errors import CredentialsError, reason
from pulumi_hyperone.provider.foundation.outside_text import decode_json
from pulumi_hyperone.provider.ssh.agent import agent_keys
from pulumi_hyperone.provider.ssh.login_transport import LoginTransport, closing_after

SUBSYSTEMS = ("rbx-auth", "h1-auth")
DEFAULT_SECONDS = 30.0

_LARGEST_REPLY = 2**16
_HOST_KEY_ALGORITHMS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)


def login(user: str, server: LoginServer, *, agent_socket: str | None, seconds: float = DEFAULT_SECONDS) -> str:
    """Log `user` (the account's e-mail address) in and return the session token; `seconds` bound it all.

    Raises CredentialsError: no agent, no key in it, no key of the account, another host key, no usable answer.
    """
    deadline = Deadline(seconds)
    with agent_keys(agent_socket, seconds) as keys:
        waiting = list(keys)
        try:
            while waiting:
                with _connected(server, deadline) as transport, closing_after(transport, deadline.remaining):
                    if _authenticate(transport, user, waiting):
                        return _token(_ask(transport, server), server)
        except (paramiko.SSHException, OSError, EOFError, CredentialsError) as error:
            if deadline.expired:
                raise _failed(server, f"no answer within {seconds:.0f} s") from None
            if isinstance(error, CredentialsError):
                raise
            raise _failed(server, f"the connection broke ({reason(error)})") from None
    offered = ", ".join(fingerprint(key.asbytes()) for key in keys)
    raise _failed(
        server,
        f"no key in ssh-agent belongs to the account {user} (offered: {offered}); add the public key to the account, "
        "or the right key with `ssh-add`",
    )


@contextlib.contextmanager
def _connected(server: LoginServer, deadline: Deadline) -> Iterator[paramiko.Transport]:
    """Connect until the server shows the pinned key; a server has several, so each other kind is asked for in turn."""
    algorithms = server.host_key.algorithms or _HOST_KEY_ALGORITHMS
    shown: list[str] = []
    while algorithms:
        transport = _open(server, deadline)
        try:
            transport.get_security_options().key_types = algorithms
            blob = _handshake(transport, server, deadline)
            if blob is None:
                break
            if server.host_key.matches(blob):
                yield transport
                return
            shown.append(fingerprint(blob))
            tried = algorithms_for(blob)
            algorithms = tuple(name for name in algorithms if name not in tried)
        finally:
            transport.close()
    keys = f"host key {', '.join(shown)}" if shown else "no host key of the pinned kind"
    raise _failed(
        server,
        f"it shows {keys}, not the pinned one, so nothing was sent; somebody may be intercepting it, or the server "
        "has a new key: ask HyperOne, then set hyperone:token_login_host_key",
    )


def _open(server: LoginServer, deadline: Deadline) -> paramiko.Transport:
    try:
        sock = socket.create_connection((server.host, server.port), timeout=max(0.1, deadline.remaining))
    except TimeoutError:
        raise _failed(server, f"no answer within {deadline.seconds:.0f} s") from None
    except (socket.gaierror, UnicodeError):
        raise _failed(server, "its name cannot be resolved") from None
    except OSError as error:
        raise _failed(server, reason(error)) from None
    try:
        # It asks for the authentication service once, however many keys follow; strict servers insist on it.
        transport: paramiko.Transport = LoginTransport(sock)
    except BaseException:
        sock.close()
        raise
    return transport


def _handshake(transport: paramiko.Transport, server: LoginServer, deadline: Deadline) -> bytes | None:
    """Return the blob of the key that the server shows, None when it has no key of the wanted kinds."""
    remaining = max(0.1, deadline.remaining)
    transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = remaining
    try:
        transport.start_client(timeout=remaining)
        return transport.get_remote_server_key().asbytes()  # raises when start_client only ran out of time
    except paramiko.ssh_exception.IncompatiblePeer:
        return None
    except (paramiko.SSHException, OSError, EOFError) as error:
        if deadline.expired or "banner" in str(error).lower() or "timeout" in str(error).lower():
            raise _failed(server, f"no answer within {deadline.seconds:.0f} s") from None
        raise _failed(server, f"no SSH session was established ({reason(error)})") from None


def _authenticate(transport: paramiko.Transport, user: str, waiting: list[paramiko.AgentKey]) -> bool:
    """Offer keys, each taken off `waiting`, until one is accepted; False when none was or the server hung up.

    Servers hang up after some refused keys, six with OpenSSH's defaults: the rest is for another connection.
    """
    while waiting:
        try:
            transport.auth_publickey(user, waiting.pop(0))
        except paramiko.SSHException:
            if not transport.is_active():
                return False
        if transport.is_authenticated():
            return True
    return False


def _ask(transport: paramiko.Transport, server: LoginServer) -> bytes:
    for subsystem in SUBSYSTEMS:
        channel = transport.open_session()
        try:
            channel.invoke_subsystem(subsystem)
        except paramiko.SSHException:
            channel.close()
            if not transport.is_active():
                raise
            continue
        reply = b""
        while len(reply) < _LARGEST_REPLY and (chunk := channel.recv(4096)):
            reply += chunk
        return reply
    raise _failed(server, f"it knows none of the login subsystems {', '.join(SUBSYSTEMS)}")


def _token(reply: bytes, server: LoginServer) -> str:
    try:
        raw = decode_json(reply)
    except ValueError:
        raw = None
    token = (raw.get("_id") or raw.get("id")) if isinstance(raw, dict) else None
    if not isinstance(token, str) or not token:
        raise _failed(server, "its answer holds no token")
    return token


def _failed(server: LoginServer, why: str) -> CredentialsError:
    return CredentialsError(f"SSH login at {server} failed: {why}")
