"""Passports: what they sign, and what is said of those that cannot be used."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pulumi_hyperone.provider.credentials.passport import read_passport
from pulumi_hyperone.provider.credentials.resolution import renewed, resolve
from pulumi_hyperone.provider.foundation.errors import CredentialsError, SettingsError
from pulumi_hyperone.provider.process.session import Session
from pulumi_hyperone.provider.provisioners.build_log import BuildLog
from tests.support.passports import (
    CERTIFICATE,
    PKCS1,
    PKCS8,
    SUBJECT,
    private_pem,
    public_pem,
    rsa_key,
    write_passport,
)

V2 = {"api_version": "v2"}


@pytest.mark.parametrize("form", [PKCS1, PKCS8])
def test_a_passport_signs_what_the_vendors_clients_sign(tmp_path: Path, form: serialization.PrivateFormat) -> None:
    """Header and claims of the facts, for 5 minutes, by a key in either form."""
    path = write_passport(tmp_path / "passport.json", private_key=private_pem(rsa_key(), form))
    passport = read_passport(path)
    assert passport is not None
    token, expires = passport.sign("https://api.hyperone.com/v2")
    assert jwt.get_unverified_header(token) == {"alg": "RS256", "typ": "JWT", "kid": CERTIFICATE}
    claims = jwt.decode(token, rsa_key().public_key(), algorithms=["RS256"], audience="https://api.hyperone.com/v2")
    assert claims["sub"] == SUBJECT
    assert claims["iss"] == f"https://api.hyperone.com/v2{SUBJECT}"
    assert claims["exp"] - claims["iat"] == 300
    assert abs(expires - time.time() - 300) < 5
    assert passport.project == "5f0c0ffee0ddba11c0ffee00"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"certificate_id": None, "issuer": " "}, "it lacks certificate_id, issuer"),
        ({"private_key": 5}, "it lacks private_key"),
        ({"subject_id": "me"}, "its subject_id is not the path of a service account"),
        ({"private_key": "-----BEGIN RSA PRIVATE KEY-----\nsecret"}, "its private_key is not a complete PEM key"),
        ({"private_key": private_pem(rsa_key(), PKCS8, b"word")}, "its private_key has a passphrase"),
        (
            {"private_key": private_pem(ec.generate_private_key(ec.SECP256R1()), PKCS8)},
            "its private_key is not an RSA key",
        ),
        ({"private_key": private_pem(rsa_key(1024))}, "has 1024 bits, fewer than 2048"),
        ({"public_key": public_pem(rsa_key(2048, 1))}, "does not belong to its public_key"),
    ],
)
def test_a_passport_that_cannot_be_used_is_refused_in_one_line(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    """The line names the file and the reason, and shows nothing of the key."""
    path = write_passport(tmp_path / "passport.json", **changes)
    with pytest.raises(CredentialsError) as caught:
        resolve({**V2, "passport_file": str(path)}, {}, tmp_path)
    message = str(caught.value)
    assert f"the passport {path} cannot be used: " in message
    assert said in message
    assert "\n" not in message
    assert "PRIVATE KEY" not in message


@pytest.mark.parametrize(
    ("content", "said"), [(b"[]", "it is not a JSON object"), (b"{", "not valid JSON"), (b"\xff", "is not UTF-8")]
)
def test_a_file_that_is_no_passport_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    """Whatever stands in the file."""
    path = tmp_path / "passport.json"
    path.write_bytes(content)
    with pytest.raises(CredentialsError, match=said):
        resolve({**V2, "passport_file": str(path)}, {}, tmp_path)


@pytest.mark.parametrize(
    ("name", "config"), [(".h1/passport.json", V2), (".h1/config.json", V2), (".h1-cli/conf.json", {})]
)
def test_a_pipe_is_no_file_of_credentials(tmp_path: Path, name: str, config: dict[str, str]) -> None:
    """One that nobody writes to is refused, and not waited for."""
    path = tmp_path / name
    path.parent.mkdir()
    os.mkfifo(path)
    with pytest.raises(CredentialsError, match=f"cannot read .* {path}: it is not a file; "):
        resolve(config, {}, tmp_path)


def test_a_named_passport_must_be_there_and_readable(tmp_path: Path) -> None:
    """No other source is taken in its place."""
    write_passport(tmp_path / ".h1" / "passport.json")
    with pytest.raises(CredentialsError, match="stack config hyperone:passport_file: there is no passport"):
        resolve({**V2, "passport_file": str(tmp_path / "gone.json")}, {}, tmp_path)
    with pytest.raises(CredentialsError, match=r"cannot read the passport .*: is a directory"):
        resolve(V2, {"HYPERONE_PASSPORT_FILE": str(tmp_path)}, tmp_path)


def test_sources_come_in_their_order(tmp_path: Path) -> None:
    """Passport option, token option, passport variable, token variable, ~/.h1/passport.json, the client's login."""
    login = tmp_path / ".h1" / "config.json"
    login.parent.mkdir()
    kept = {"access_token": "from-login", "refresh_token": "r", "expires_at": time.time() + 3600}
    parameter = {"project": {"value": "login-project"}, "location": {"value": "elsewhere-1"}}
    login.write_text(json.dumps({"auth": {"token": kept}, "parameter": parameter}))
    config, environ = dict(V2), dict[str, str]()
    assert resolve(config, environ, tmp_path).source == f"the v2 client's login in {login}"
    assert resolve(config, environ, tmp_path).location == "elsewhere-1"
    assert resolve(config, environ, tmp_path).project == "login-project"
    default = write_passport(tmp_path / ".h1" / "passport.json")
    assert resolve(config, environ, tmp_path).source == f"the passport {default}"
    environ |= {"HYPERONE_TOKEN": "token", "HYPERONE_PROJECT": "p"}
    assert resolve(config, environ, tmp_path).source == "the environment variable HYPERONE_TOKEN"
    named = write_passport(tmp_path / "named.json")
    environ["HYPERONE_PASSPORT_FILE"] = str(named)
    assert resolve(config, environ, tmp_path).source == f"the passport {named}"
    config["token"] = "from-config"
    assert resolve(config, environ, tmp_path).token == "from-config"
    config |= {"passport_file": "~/home.json", "location": "waw-2"}
    home = write_passport(tmp_path / "home.json")
    found = resolve(config, environ, tmp_path)
    assert (found.source, found.location, found.project) == (f"the passport {home}", "waw-2", "p")
    assert (found.api_version, found.api_url) == ("v2", "https://api.hyperone.com/v2")
    assert found.token not in repr(found)


def test_the_project_comes_from_the_passport_and_the_audience_can_be_set(tmp_path: Path) -> None:
    """Nothing but the passport is needed; hyperone:audience overrides HYPERONE_AUDIENCE and the address."""
    write_passport(tmp_path / ".h1" / "passport.json")
    found = resolve({**V2, "api_url": "http://127.0.0.1:8/v2/"}, {}, tmp_path)
    assert (found.project, found.location) == ("5f0c0ffee0ddba11c0ffee00", "pl-waw-1")

    def audience(config: dict[str, str], environ: dict[str, str]) -> Any:
        token = resolve({**V2, "api_url": "http://127.0.0.1:8/v2/", **config}, environ, tmp_path).token
        return jwt.decode(token, options={"verify_signature": False})["aud"]

    assert audience({}, {}) == "http://127.0.0.1:8/v2"
    assert audience({}, {"HYPERONE_AUDIENCE": "https://a/v2"}) == "https://a/v2"
    assert audience({"audience": "https://b/v2"}, {"HYPERONE_AUDIENCE": "https://a/v2"}) == "https://b/v2"


def test_a_renewed_token_is_signed_by_the_same_passport_as_it_is_now(tmp_path: Path) -> None:
    """A replaced file counts; a file that is gone is an error and no reason to take another source."""
    path = write_passport(tmp_path / "p.json")
    config = {**V2, "passport_file": str(path)}
    old = resolve(config, {}, tmp_path)
    write_passport(path, certificate_id="f" * 24)
    new = renewed(old, config, {}, tmp_path)
    assert new is not None
    assert jwt.get_unverified_header(new.token)["kid"] == "f" * 24
    assert (new.project, new.api_url, new.source) == (old.project, old.api_url, old.source)
    path.unlink()
    write_passport(tmp_path / ".h1" / "passport.json")
    with pytest.raises(CredentialsError, match="there is no passport"):
        renewed(old, config, {}, tmp_path)
    assert renewed(old, V2, {}, tmp_path) is None


def test_the_ssh_login_of_v1_is_refused(tmp_path: Path) -> None:
    """The line says what to do instead."""
    with pytest.raises(CredentialsError, match="has no SSH login; make a service account with a passport"):
        resolve({**V2, "token_login": "me@example.com"}, {}, tmp_path)


def test_without_credentials_the_ways_to_give_some_are_named(tmp_path: Path) -> None:
    """And a user's token without a project is not enough."""
    with pytest.raises(CredentialsError, match=r"HYPERONE_PASSPORT_FILE; the file .*passport.json; or log in with `h1"):
        resolve(V2, {}, tmp_path)
    with pytest.raises(SettingsError, match=r"no project: .*hyperone:project ID-OR-NAME`, or export HYPERONE_PROJECT"):
        resolve({**V2, "token": "t"}, {}, tmp_path)


@pytest.fixture
def build_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What is in a build's log of a session with this config after `text()` was printed there."""
    monkeypatch.setenv("HOME", str(tmp_path))

    def shown(config: dict[str, str], text: Callable[[], str]) -> str:
        session, path = Session(config), tmp_path / "build.log"
        with BuildLog(path, secrets=session.masker_with([])) as log:
            session.credentials()
            log.note(text())
        assert "<sensitive>" in path.read_text()
        return path.read_text() + repr(session.credentials())

    return shown


def test_a_passport_that_a_script_prints_is_hidden_in_the_log(tmp_path: Path, build_log: Any) -> None:
    """The whole file or one line of its key: the log, opened before the passport was read, shows no line of the key."""
    path = write_passport(tmp_path / "named.json")
    lines = private_pem(rsa_key()).splitlines()[1:-1]
    shown = build_log({**V2, "passport_file": str(path)}, lambda: f"{path.read_text()}\n{lines[3]}\n{lines[4]}")
    assert CERTIFICATE in shown
    assert [line for line in lines if line in shown] == []


def test_a_login_that_a_script_prints_is_hidden_in_the_log(tmp_path: Path, build_log: Any) -> None:
    """Access token and refresh token of the client's file."""
    path = tmp_path / ".h1" / "config.json"
    path.parent.mkdir()
    kept = {"access_token": "an-access-token", "refresh_token": "another-secret", "expires_at": time.time() + 3600}
    path.write_text(json.dumps({"auth": {"token": kept}, "parameter": {"project": {"value": "p"}}}))
    shown = build_log(V2, path.read_text)
    assert "refresh_token" in shown
    assert [secret for secret in ("an-access-token", "another-secret") if secret in shown] == []
