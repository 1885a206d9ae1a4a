"""Keys of the running ssh-agent, asked with a time limit (paramiko's own agent client would wait for ever)."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import paramiko
from paramiko.agent import SSH2_AGENT_IDENTITIES_ANSWER, AgentSSH, cSSH2_AGENTC_REQUEST_IDENTITIES

from pulumi_hyperone.provider.foundation.errors import CredentialsError, reason


class _Agent(AgentSSH):
    """An agent at a given socket; listing and signing end after `seconds` without an answer."""

    def __init__(self, path: str, seconds: float) -> None:
        super().__init__()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(seconds)
        try:
            self._socket.connect(path)
            self._list()
        except BaseException:
            self._socket.close()
            raise

    def _list(self) -> None:
        """Ask for the keys as paramiko does, which takes no comments but those in UTF-8."""
        agent: Any = self  # paramiko offers no public way
        agent._conn = self._socket
        kind, answer = agent._send_message(cSSH2_AGENTC_REQUEST_IDENTITIES)
        if kind != SSH2_AGENT_IDENTITIES_ANSWER:
            raise paramiko.SSHException("it lists no keys")
        listed = [(answer.get_binary(), answer.get_binary()) for _ in range(answer.get_int())]
        agent._keys = tuple(paramiko.AgentKey(agent, blob) for blob, _ in listed)

    def close(self) -> None:
        """Leave the agent."""
        self._close()  # type: ignore[attr-defined]


@contextlib.contextmanager
def agent_keys(path: str | None, seconds: float) -> Iterator[tuple[paramiko.AgentKey, ...]]:
    """Give the keys that the agent at the socket `path` (SSH_AUTH_SOCK) holds; at least one.

    Raises CredentialsError: no agent, no answer from it, no key in it.
    """
    if not path:
        raise CredentialsError(
            "no ssh-agent is running (SSH_AUTH_SOCK is not set): `eval $(ssh-agent)`, then `ssh-add`"
        )
    try:
        agent = _Agent(path, seconds)
    except TimeoutError:
        raise CredentialsError(f"the ssh-agent at {path} does not answer") from None
    except ValueError as error:
        raise CredentialsError(f"the ssh-agent at {path} lists a key that cannot be read: {error}") from None
    except (OSError, paramiko.SSHException) as error:
        raise CredentialsError(
            f"the ssh-agent at {path} (SSH_AUTH_SOCK) cannot be reached: {reason(error).lower()}; start one with "
            "`eval $(ssh-agent)`"
        ) from None
    with contextlib.closing(agent):
        keys = agent.get_keys()
        if not keys:
            raise CredentialsError("ssh-agent holds no key: add yours with `ssh-add`")
        yield keys
