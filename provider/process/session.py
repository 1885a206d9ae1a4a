"""What one provider process shares: stack config, credentials, the API client."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any
from weakref import WeakSet

from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.api.credentials import Credentials
from pulumi_hyperone.provider.api.records import Image
from pulumi_hyperone.provider.credentials.resolution import renewed, resolve
from pulumi_hyperone.provider.credentials.stack_config import account_settings, read_account
from pulumi_hyperone.provider.foundation.deadline import DEFAULT_STATE_TIMEOUT
from pulumi_hyperone.provider.foundation.durations import seconds_of
from pulumi_hyperone.provider.foundation.errors import CredentialsError, Interrupted
from pulumi_hyperone.provider.foundation.local_files import home
from pulumi_hyperone.provider.foundation.masking import Masker
from pulumi_hyperone.provider.foundation.once import Once
from pulumi_hyperone.provider.foundation.stack_secrets import stack_secrets, written_config
from pulumi_hyperone.provider.process import host
from pulumi_hyperone.provider.process.timing import count_call


class Session:
    """Credentials and client of this process; made at the first need, so that their faults are reported once.

    Thread-safe. `config` maps the keys of the `hyperone` namespace to their texts, `stack_config` those of all
    namespaces (`hyperone:token`); `stack` is the stack's name, None when it is unknown. `masker` hides all secrets that
    this process has met; `secrets` are those of the stack: its tokens, what they are made of, and what its config
    keeps secret.
    """

    def __init__(
        self, config: Mapping[str, str], stack: str | None = None, stack_config: Mapping[str, Any] | None = None
    ) -> None:
        self.config = dict(config)
        self._stack_config = dict(stack_config or {})
        self._stack = stack
        self._lock = threading.RLock()
        self._credentials: Credentials | None = None
        self._client: Cloud | None = None
        self.masker = Masker()
        self._maskers: WeakSet[Masker] = WeakSet()
        self.secrets: set[str] = set()
        self._images: Once[Image] = Once()
        self._keep([config.get("token", "")])
        self.keep_secret()

    def client(self) -> Cloud:
        """The client for all work; raises CredentialsError when there is no way to get a token."""
        with self._lock:
            if self._client is None:
                self._client = Cloud(
                    self.credentials(),
                    state_timeout=self._state_timeout(),
                    interruption=host.interruption,
                    refresh_credentials=self.refresh,
                    before_mutation=require_engine,
                    on_call=count_call,
                )
            return self._client

    def image(self, reference: str) -> Image:
        """The image with this id or name, asked for once: all builds of a run start from the same. Raises NotFound."""
        return self._images.answer(reference, lambda: self.client().images.get(reference))

    def credentials(self) -> Credentials:
        """The token, project and endpoint in use."""
        with self._lock:
            if self._credentials is None:
                self._credentials = self._kept(resolve(self.config, os.environ, home()))
            return self._credentials

    def _state_timeout(self) -> float:
        """How long a wait may take that no resource bounds, such as those of a sweep; in seconds."""
        try:
            return seconds_of(self.config.get("state_timeout", ""))
        except ValueError:
            return DEFAULT_STATE_TIMEOUT

    def keep_secret(self, keys: Collection[str] = ()) -> None:
        """Hide the stack's secrets; `keys` hold some that the stack's file does not mark."""
        written = written_config(Path.cwd(), self._stack) if self._stack else {}
        self._keep(secret.text for secret in stack_secrets(self._stack_config, written, keys))

    def join(self, stack: str, stack_config: Mapping[str, Any], keys: Collection[str]) -> None:
        """Hide the secrets of a program's stack too, where the session was opened before the stack was known."""
        self._stack, self._stack_config = stack, dict(stack_config)
        self.keep_secret(keys)

    def masker_with(self, secrets: Iterable[str]) -> Masker:
        """A masker of the stack's secrets, those that it gets later included, and of these."""
        with self._lock:
            made = Masker({*self.secrets, *secrets})
            self._maskers.add(made)
            return made

    def _keep(self, secrets: Iterable[str]) -> None:
        with self._lock:
            self.secrets = self.secrets.union(filter(None, secrets))
            for masker in (self.masker, *self._maskers):
                masker.learn(self.secrets)

    def _kept(self, credentials: Credentials) -> Credentials:
        self._keep([credentials.token, *credentials.secrets])
        return credentials

    def refresh(self) -> Credentials | None:
        """A newer token from where the one in use came from; None when there is none. Raises CredentialsError.

        `destroy` and `refresh` hand over the config of the last `up`: a token set since then is only found this way.
        """
        with self._lock:
            config = dict(self.config)
            if "token" in config:
                config["token"] = _token_now(host.current_stack() or self._stack)
            found = renewed(self.credentials(), config, os.environ, home())
            if found is not None:
                self._credentials = self._kept(found)
            return found


def require_engine() -> None:
    """Raise Interrupted when the engine is gone: what would be created now could never be handed over."""
    host.interruption.check()
    if not host.engine.alive():
        host.interruption.set("the engine is gone")
        raise Interrupted("interrupted: the engine is gone")


def _token_now(stack: str | None) -> str:
    """The token in the stack's config as its file has it now; empty when it cannot be had."""
    if stack is None or not re.fullmatch(r"[\w.-]+", stack):
        return ""
    try:
        return read_account(stack).get("token", "")
    except CredentialsError:
        return ""


_session: Session | None = None
_session_lock = threading.Lock()


def open_session(stack_config: Mapping[str, Any]) -> Session:
    """The session of this process; `stack_config` maps full keys (`hyperone:token`) to values, secrets opened."""
    global _session  # noqa: PLW0603 - one process serves one stack
    with _session_lock:
        if _session is None:
            _session = Session(account_settings(stack_config), host.current_stack(), stack_config)
            host.prepare(_session.masker.text)
        return _session


def session() -> Session:
    """The session opened by `configure`."""
    if _session is None:
        raise CredentialsError("the provider was used before it was configured")
    return _session
