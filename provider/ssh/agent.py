"""Keys of the running ssh-agent, asked with a time limit (paramiko's own agent client would wait for ever)."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import paramiko
from paramiko.agent import AgentSSH

from pulumi_hyperone.provider.foundation.errors import CredentialsError, reason


class _Agent(AgentSSH):
    """An agent at a given socket; listing and signing end after `seconds` without an answer."""

    def __init__(self, path: str, seconds: float) -> None:
        super().__init__()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(seconds)
        try:
            self._socket.connect(path)
            self._connect(self._socket)  # type: ignore[attr-defined] # paramiko offers no public way
        except BaseException:
            self._socket.close()
            raise

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
