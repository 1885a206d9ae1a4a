"""The h1 CLI's file `conf.json`: its session token and chosen project (API facts 1.8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pulumi_hyperone.provider.api.decoding import as_mapping
from pulumi_hyperone.provider.credentials.sources import read_small
from pulumi_hyperone.provider.foundation.errors import CredentialsError
from pulumi_hyperone.provider.foundation.outside_text import decode_json

CONFIG_PATH_VARIABLE = "HYPERONE_CONFIG_PATH"
WHAT = "the h1 CLI's file"


@dataclass(frozen=True)
class CliLogin:
    """What the CLI remembers. `expires` is the end of the session, None when unknown."""

    path: Path
    token: str | None = field(default=None, repr=False)
    expires: datetime | None = None
    project: str | None = None

    @property
    def has_expired(self) -> bool:
        """Whether the session is over."""
        return self.expires is not None and self.expires <= datetime.now(UTC)


def cli_file(environ: Mapping[str, str], home: Path) -> Path:
    """Say where the CLI keeps its file: `~/.h1-cli/conf.json`, or in the folder that HYPERONE_CONFIG_PATH names."""
    moved = environ.get(CONFIG_PATH_VARIABLE, "").strip()
    if not moved:
        return home / ".h1-cli" / "conf.json"
    folder = home / moved[2:] if moved.startswith("~/") else Path(moved)
    return folder / "conf.json"


def read_cli_file(path: Path) -> CliLogin:
    """Read the file; an empty login when there is none. Raises CredentialsError when it cannot be read."""
    said = read_small(path, WHAT, f"make it readable, or set {CONFIG_PATH_VARIABLE} to another folder")
    if said is None:
        return CliLogin(path)
    try:
        raw = decode_json(said)
    except ValueError as error:
        place = getattr(error, "lineno", None)
        where = f"line {place}" if place else str(error)
        raise CredentialsError(
            f"{WHAT} {path} is not valid JSON ({where}); log in again with `h1 login`, or remove it"
        ) from None
    profile = as_mapping(as_mapping(raw).get("profile"))
    project = as_mapping(profile.get("project"))
    return CliLogin(
        path=path,
        token=_text(profile.get("apiKey")),
        expires=_time(profile.get("expires")),
        project=_text(project.get("id")) or _text(project.get("_id")),  # `_id` was the key before 2019-09-05
    )


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _time(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found
