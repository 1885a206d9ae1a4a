"""Logging in: keys, the agent's keys and a password in turn, over one connection or as many as it takes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import paramiko

from pulumi_hyperone.provider.foundation.errors import CredentialsError
from pulumi_hyperone.provider.foundation.local_files import local_file
from pulumi_hyperone.provider.ssh.agent import agent_keys
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions
from pulumi_hyperone.provider.ssh.keys import load_certificate, load_private_key

_KEY = frozenset({"publickey"})
# paramiko falls back to keyboard-interactive where the server wants that instead.
_PASSWORD = frozenset({"password", "keyboard-interactive"})


class HandshakeFailed(Exception):
    """Something answered, but there is no session with it; `refused` when it was the login that failed.

    `go_on_at` is the way to log in with which the next connection begins: a server that hangs up after a few refused
    keys has not seen the others.
    """

    def __init__(self, message: str, *, refused: bool = False, go_on_at: int = 0) -> None:
        super().__init__(message)
        self.refused = refused
        self.go_on_at = go_on_at


@dataclass(frozen=True)
class Login:
    """Who logs in and with what: keys in the order in which they are offered, then the agent's, then the password."""

    username: str
    keys: tuple[paramiko.PKey, ...] = ()
    agent: bool = False
    password: str = field(default="", repr=False)


def login_of(options: CommunicatorOptions, whose: str, base_dir: Path, private_keys: Iterable[str] = ()) -> Login:
    """Gather the Login of the options that begin with `whose`: `ssh`, or `ssh_bastion`, whose user may be that of ssh.

    The PEM texts of `private_keys` come first. Raises SettingsError for unusable files.
    """
    names = ("username", "private_key_file", "certificate_file", "agent_auth", "password")
    username, key_file, certificate_file, agent, password = (getattr(options, f"{whose}_{name}") for name in names)
    keys = [load_private_key(text) for text in private_keys]
    if key_file:
        key = load_private_key(local_file(key_file, base_dir))
        if certificate_file:
            load_certificate(key, local_file(certificate_file, base_dir))
        keys.append(key)
    return Login(username or options.ssh_username, tuple(keys), agent, password)


@dataclass(frozen=True, eq=False)
class _Way:
    """One way to log in: its name for messages, the SSH methods that it is, and the call that tries it."""

    name: str
    methods: frozenset[str]
    offer: Callable[[], list[str]]


def authenticate(transport: paramiko.Transport, login: Login, begin: int = 0) -> None:
    """Log in, with the ways from number `begin` on. Raises HandshakeFailed; its `go_on_at` is for the next connection.

    What the server says it does not take is not offered; a server that wants several steps gets them.
    """
    said: list[str] = []
    with _ways(transport, login, said) as ways:
        waiting, accepted, wanted = ways[begin:] or ways, [], frozenset[str]()
        while way := next((way for way in waiting if not wanted or way.methods & wanted), None):
            first = way is waiting[0]
            waiting = waiting[waiting.index(way) + 1 :]
            said.append(way.name)
            try:
                wanted = frozenset(way.offer())
            except paramiko.BadAuthenticationType as error:
                said[-1] += f" (the server takes {', '.join(error.allowed_types)})"
                wanted = frozenset(error.allowed_types)
            except (paramiko.SSHException, OSError, EOFError) as error:
                if str(error) == "Authentication timeout.":
                    raise HandshakeFailed(f"no answer to the login by {way.name}") from None
                said[-1] += _why(error)
            else:
                if not wanted:
                    return
                said[-1] += f" (accepted; the server wants {', '.join(sorted(wanted))} too)"
                accepted.append(way)
                waiting = [way for way in ways if way not in accepted]
            if not transport.is_active():
                # Refused, or not seen any more? What it hung up on is offered once again, unless it came first.
                number = ways.index(way) + first
                if accepted or number >= len(ways):
                    break
                raise HandshakeFailed(f"the machine hung up after {_offered(said)}", go_on_at=number)
    raise HandshakeFailed(f"the login of {login.username!r} was refused; offered: {_offered(said)}", refused=True)


def _why(error: BaseException) -> str:
    """What paramiko says beyond that the server refused."""
    text = str(error) or type(error).__name__
    return "" if text == "Authentication failed." else f" ({text.removeprefix('Authentication failed: ')})"


def _offered(said: list[str]) -> str:
    return ", ".join(said) or "nothing: no key, agent or password is configured"


@contextlib.contextmanager
def _ways(transport: paramiko.Transport, login: Login, said: list[str]) -> Iterator[list[_Way]]:
    """Give all ways to log in, in their order; what is wrong with the agent is put into `said`."""
    with contextlib.ExitStack() as stack:
        keys: list[tuple[str, paramiko.PKey]] = [(f"{key.get_name()} key", key) for key in login.keys]
        if login.agent:
            try:
                # It may ask a person, but must leave time for what else there is to offer.
                limit = transport.auth_timeout / 2
                held = stack.enter_context(agent_keys(os.environ.get("SSH_AUTH_SOCK"), limit))
            except CredentialsError as error:
                said.append(f"no agent key ({error})")
            else:
                keys += [("agent key", key) for key in held]
        ways = [_Way(name, _KEY, partial(transport.auth_publickey, login.username, key)) for name, key in keys]
        if login.password:
            ways.append(_Way("password", _PASSWORD, partial(transport.auth_password, login.username, login.password)))
        yield ways
