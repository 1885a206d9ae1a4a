"""Settings of the cloud account, from the stack's `hyperone:` namespace: shared by all images of a stack."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from pulumi_hyperone.provider.foundation.api_address import api_address_fault
from pulumi_hyperone.provider.foundation.deadline import DEFAULT_STATE_TIMEOUT
from pulumi_hyperone.provider.foundation.faults import Fault
from pulumi_hyperone.provider.foundation.validation import faults_of
from pulumi_hyperone.provider.foundation.weak_types import (
    Duration,
    Expects,
    Note,
    Secret,
    WeakModel,
    WeakStr,
    notes_context,
)

MAX_STATE_TIMEOUT = 86400.0
"""A day: the longest wait that HyperOne's own tools ask for (API facts 1.1)."""
_HOST_KEY = re.compile(r"SHA256:[A-Za-z0-9+/]{43}|[0-9a-fA-F]{40}|(ssh-|ecdsa-)\S+ [A-Za-z0-9+/=]+( .*)?")


def _not_blank(text: str) -> str:
    if not text.strip() or any(ord(character) < 32 for character in text):
        raise ValueError("must be one line that is not blank")
    return text


def _url(text: str) -> str:
    if fault := api_address_fault(text):
        raise ValueError(fault)
    return text.rstrip("/")


def _host_key(text: str) -> str:
    if not _HOST_KEY.fullmatch(text.strip()):
        raise ValueError("must be a host key: SHA256:..., 40 hex digits (SHA-1), or a line such as ssh-ed25519 AAAA...")
    return text.strip()


StateTimeout = Annotated[
    Duration, Field(gt=0, le=MAX_STATE_TIMEOUT), Expects("a duration such as 5m, longer than 0 and at most 24h")
]
Line = Annotated[WeakStr, AfterValidator(_not_blank)]


class ProjectSettings(WeakModel):
    """Who pays and where: account, project and endpoint. Empty text counts as absent, as in Packer.

    None means: look elsewhere (environment, files of HyperOne's clients, HyperOne's own endpoint).
    """

    old_names: ClassVar[Mapping[str, str]] = {"project_id": "project", "url": "api_url", "endpoint": "api_url"}

    token: Annotated[Line | None, Secret()] = Field(default=None, repr=False)
    project: Line | None = None
    api_url: Annotated[WeakStr, AfterValidator(_url)] | None = None
    api_version: Annotated[Literal["v1", "v2"] | None, Expects("v1 or v2")] = None
    location: Line | None = None
    passport_file: Line | None = None
    audience: Line | None = None
    token_login: Line | None = None
    token_login_host: Line | None = None
    token_login_host_key: Annotated[WeakStr, AfterValidator(_host_key)] | None = None
    state_timeout: StateTimeout = DEFAULT_STATE_TIMEOUT

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, data: object) -> object:
        return {name: value for name, value in data.items() if value != ""} if isinstance(data, Mapping) else data


def load_project(config: Mapping[str, object]) -> tuple[ProjectSettings | None, list[Fault], list[Note]]:
    """Read the `hyperone:` namespace (name → value, secrets opened): settings (None with faults), all faults, notes.

    Paths of faults look like `hyperone:token`.
    """
    context = notes_context()
    settings: ProjectSettings | None = None
    faults = []
    try:
        settings = ProjectSettings.model_validate(config, context=context)
    except ValidationError as error:
        faults = [
            Fault(f"hyperone:{fault.path}" if fault.path else "hyperone", fault.message)
            for fault in faults_of(error, "", ProjectSettings)
        ]
    notes = [Note(f"hyperone:{note.option}", note.message) for note in context["notes"]]
    given = {name for name, value in config.items() if value} if isinstance(config, Mapping) else set()
    for name, other in (("token_login_host", "token_login_host_key"), ("token_login_host_key", "token_login_host")):
        if name in given and other not in given:
            faults.append(Fault(f"hyperone:{name}", f"needs hyperone:{other} too"))
    if settings and settings.api_version == "v2" and settings.token_login:
        faults.append(
            Fault(
                "hyperone:token_login",
                "v2 has no SSH login; make a passport (docs/authentication.md) and set hyperone:passport_file",
            )
        )
    return (None if faults else settings), faults, notes
