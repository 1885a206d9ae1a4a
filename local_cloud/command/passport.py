"""A passport of the cloud's service account: the key file that clients of v2 sign their tokens with (v2 facts 2.1)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from pulumi_hyperone.local_cloud.command import control
from pulumi_hyperone.local_cloud.state.home import write_private

NAME = "passport"
PEM = serialization.Encoding.PEM


def write(info: dict[str, Any], path: Path) -> None:
    """Make a key, register it with the running cloud, and write the passport to `path`, for its owner's eyes only.

    A passport of this cloud that is there already and still known to it is left alone; any other file is refused.
    Raises ControlError and OSError.
    """
    account = info["service_account"]
    login = {"grant_type": "password", "username": info["login"]["username"], "password": info["login"]["password"]}
    bearer = control.call(info, "POST", "/v2/auth/token", login)["access_token"]
    credentials = f"/v2{account}/credential"
    if path.exists():
        known = [one["id"] for one in control.call(info, "GET", credentials, bearer=bearer)]
        if _is_own(path, account, known):
            path.chmod(0o600)
            return
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key()
    line = public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    credential = control.call(info, "POST", credentials, {"name": NAME, "type": "ssh", "value": line}, bearer=bearer)
    private = key.private_bytes(PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    content = {
        "subject_id": account,
        "certificate_id": credential["id"],
        "issuer": info["url_v2"] + account,
        "private_key": private.decode(),
        "public_key": public.public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode(),
    }
    write_private(path, json.dumps(content, indent=4) + "\n")


def _is_own(path: Path, account: str, known: list[str]) -> bool:
    """Whether the file is a passport of this account whose credential is among the known. Raises ControlError."""
    try:
        content = json.loads(path.read_text())
        subject, credential = content["subject_id"], content["certificate_id"]
    except (ValueError, KeyError, TypeError):
        raise control.ControlError(f"{path} is not a passport and was left alone; name another file") from None
    if subject != account:
        raise control.ControlError(f"{path} is a passport of {subject}: it is left as it is, name another file")
    return credential in known
