"""Where the engine keeps state, and with what its secrets are encrypted."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml

from tools.stack import paths, private

PASSPHRASE_VARIABLES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


def variables(environment: Mapping[str, str], state: Path) -> dict[str, str]:
    """Return what to set so that the engine works without an account.

    State goes to a folder in `state`, encrypted with a passphrase generated there (mode 0600). Nothing is set when the
    user has chosen a backend or is logged in to one; the user's own passphrase is kept.
    """
    if url(environment):
        return {}
    folder = private.folder(state / "pulumi")
    result = {"PULUMI_BACKEND_URL": folder.as_uri()}
    if not any(name in environment for name in PASSPHRASE_VARIABLES):
        result["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(passphrase_file(state))
    return result


def url(environment: Mapping[str, str]) -> str:
    """Return the address of the backend in use; empty when none was chosen."""
    return environment.get("PULUMI_BACKEND_URL") or _login(environment)


def folder(environment: Mapping[str, str]) -> Path | None:
    """Return the folder of a backend that keeps state in files of this machine; None for any other."""
    parts = urlsplit(url(environment))
    return Path(unquote(parts.netloc + parts.path)).expanduser() if parts.scheme == "file" else None


def project() -> str:
    """Return the project's name, under which a backend keeps its stacks."""
    settings = yaml.safe_load((paths.ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
    return str(settings["name"])


def _login(environment: Mapping[str, str]) -> str:
    """Return the backend that `pulumi login` has chosen before: Pulumi's `credentials.json` names it."""
    home = environment.get("PULUMI_CREDENTIALS_PATH") or environment.get("PULUMI_HOME") or "~/.pulumi"
    try:
        credentials = json.loads((Path(home).expanduser() / "credentials.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(credentials.get("current") or "") if isinstance(credentials, dict) else ""


def passphrase_file(state: Path) -> Path:
    """Return the file with this checkout's passphrase, making it when it is not there; only its owner can read it."""
    file = state / "passphrase"
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(secrets.token_urlsafe(32) + "\n")
    except OSError:
        file.unlink()  # else what a full disk took would be the passphrase from now on
        raise
    return file
