"""What looking for credentials is made of: where a value stands, what it must look like, and faults kept together."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from pulumi_hyperone.provider.credentials.endpoint import check_api_url, default_api_url
from pulumi_hyperone.provider.foundation.errors import CredentialsError, SettingsError, reason
from pulumi_hyperone.provider.foundation.local_files import may_never_end

T = TypeVar("T")

TOKEN_VARIABLE = "HYPERONE_TOKEN"  # noqa: S105 - a variable's name
PROJECT_VARIABLE = "HYPERONE_PROJECT"
API_URL_VARIABLE = "HYPERONE_API_URL"
CONFIG_SOURCE = "stack config hyperone:token"
VARIABLE_SOURCE = f"the environment variable {TOKEN_VARIABLE}"
LARGEST_FILE = 2**20
_TOKEN = re.compile(r"[\x21-\x7e]+")


class Faults:
    """Faults found so far; `attempt` runs a step and keeps what it raises."""

    def __init__(self) -> None:
        self.found: list[SettingsError] = []

    def attempt(self, step: Callable[[], T]) -> T | None:
        """The step's result; None when it raised a SettingsError, which is kept."""
        try:
            return step()
        except SettingsError as error:
            self.found.append(error)
            return None

    def raise_all(self) -> None:
        """Raise what was kept, one fault a line; a CredentialsError when any of them is one."""
        if not self.found:
            return
        kind = CredentialsError if any(isinstance(error, CredentialsError) for error in self.found) else SettingsError
        raise kind("\n".join(str(error) for error in self.found))


def first(config: Mapping[str, str], environ: Mapping[str, str], key: str, variable: str) -> tuple[str, str]:
    """Take the value of stack config, else of the environment, and say where it was; ("", "") without one."""
    value = config.get(key, "").strip()
    if value:
        return value, f"stack config hyperone:{key}"
    value = environ.get(variable, "").strip()
    return (value, f"the environment variable {variable}") if value else ("", "")


def api_url(config: Mapping[str, str], environ: Mapping[str, str], version: str) -> str:
    """The address of the API, checked; HyperOne's own for `version` when none is set. Raises SettingsError."""
    value, source = first(config, environ, "api_url", API_URL_VARIABLE)
    return check_api_url(value, source) if value else default_api_url(version)


def check_token(token: str, source: str) -> None:
    """Raise CredentialsError for a text that cannot be a whole token."""
    if not _TOKEN.fullmatch(token):
        raise CredentialsError(
            f"the token from {source} holds spaces, line breaks or characters beyond ASCII: it was not copied correctly"
        )


def check_project(project: str, source: str) -> None:
    """Raise SettingsError for a text that cannot be an id or name."""
    if any(not char.isprintable() for char in project):
        raise SettingsError(f"the project from {source} holds line breaks or control characters")


def token_advice(source: str) -> str:
    """What to do when a token that was set is refused; other sources are not tried."""
    if source == CONFIG_SOURCE:
        return (
            "Set a fresh one with `pulumi config set --secret hyperone:token`, or remove it with `pulumi config rm "
            "hyperone:token` to have another source used"
        )
    return f"Export a fresh one as {TOKEN_VARIABLE}, or unset it to have another source used; {FROM_TODAY}"


FROM_TODAY = "`pulumi destroy --run-program` takes the account from today's stack config"


def read_small(path: Path, what: str, remedy: str) -> str | None:
    """The text of a file of credentials; None when there is none.

    Raises CredentialsError, which names the file as `what` and says what to do (`remedy`), and nothing of its content.
    """
    try:
        if may_never_end(path):
            raise CredentialsError(f"cannot read {what} {path}: it is not a file; {remedy}")
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise CredentialsError(f"cannot read {what} {path}: {reason(error)}; {remedy}") from None
    if len(content) > LARGEST_FILE:
        raise CredentialsError(f"{what} {path} is over 1 MiB, too large to be one; {remedy}")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise CredentialsError(f"{what} {path} is not UTF-8; {remedy}") from None
