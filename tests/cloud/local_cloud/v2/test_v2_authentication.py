"""Who may call v2: signed tokens, logins, passports (v2 facts 2)."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

pytestmark = pytest.mark.cloud

OFFICIAL = "https://api.hyperone.com/v2"


def bearer(token: str) -> dict[str, str]:
    """The header of a token."""
    return {"authorization": f"Bearer {token}"}


def form(grant: str, **fields: str) -> dict[str, str]:
    """A token request."""
    return {"grant_type": grant, **fields}


@pytest.fixture
def login(v2: Any) -> dict[str, Any]:
    """The reply to a login with the user's password."""
    account = v2.local.info["login"]
    request = form("password", username=account["username"], password=account["password"], scope="offline_access")
    return v2.ok("POST", "/auth/token", request, authorization="")


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": 1}, "has expired"),
        ({"exp": None}, "exp"),
        ({"iat": 9_999_999_999}, "from the future"),
        ({"aud": "http://127.0.0.1:1/v2"}, "audience"),
        ({"aud": None}, "aud"),
        ({"iss": "https://example.com"}, "issuer"),
        ({"iss": None}, "iss"),
        ({"sub": "/iam/project/0/sa/0"}, "does not exist"),
        ({"sub": None}, "does not exist"),
    ],
)
def test_every_claim_is_checked(v2: Any, signed: Any, claims: dict[str, Any], reason: str) -> None:
    """One 401 per fault, with its reason."""
    assert reason in v2.refused("GET", v2.vms, status=401, **bearer(signed(**claims)))


def test_clocks_may_differ_a_little(v2: Any, signed: Any) -> None:
    """By less than half a minute; the real cloud's base URL is an audience too."""
    now = int(time.time())
    for claims in ({"exp": now - 10}, {"iat": now + 20}, {"aud": OFFICIAL}, {"aud": [v2.base, "other"]}):
        assert v2.ok("GET", v2.vms, **bearer(signed(**claims))) == []
    assert "has expired" in v2.refused("GET", v2.vms, status=401, **bearer(signed(exp=now - 60)))


def test_the_signature_is_checked(v2: Any, signed: Any) -> None:
    """Another key, no key, the public key as an HMAC secret, an unknown kid, half a token, no token."""
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = jwt.decode(signed(), options={"verify_signature": False})
    kid = {"kid": v2.passport["certificate_id"]}
    assert "not signed by" in v2.refused("GET", v2.vms, None, 401, **bearer(jwt.encode(claims, other, "RS256", kid)))
    tokens = {
        jwt.encode(claims, None, "none", kid): "RS256",
        jwt.encode(claims, "x" * 64, "HS256", kid): "RS256",
        jwt.encode(claims, v2.passport["private_key"], "RS256", {"kid": "0" * 24}): "kid",
        jwt.encode(claims, v2.passport["private_key"], "RS256"): "kid",
        signed()[:-21]: "not valid",
        "x": "not valid",
        v2.local.token: "not valid",
    }
    for token, reason in tokens.items():
        assert reason in v2.refused("GET", v2.vms, status=401, **bearer(token))
    assert "no token" in v2.refused("GET", v2.vms, status=401, authorization="")


def test_a_revoked_credential_signs_nothing_any_more(v2: Any, login: dict[str, Any]) -> None:
    """A delete answers with the account, and the next call is a 401."""
    credential = f"{v2.passport['subject_id']}/credential/{v2.passport['certificate_id']}"
    assert v2.ok("GET", credential)["type"] == "ssh"
    account = v2.ok("DELETE", credential, **bearer(login["access_token"]))
    assert account["uri"] == v2.passport["subject_id"]
    assert "no credential" in v2.refused("GET", v2.vms, status=401)


def test_a_credential_of_another_account_does_not_speak_for_this_one(v2: Any, signed: Any) -> None:
    """The key has to be the subject's own."""
    account = v2.ok("POST", f"{v2.project}/sa", {"name": "other"})
    token = signed(sub=account["uri"], iss=v2.base + account["uri"])
    assert "no credential" in v2.refused("GET", v2.vms, status=401, **bearer(token))
    v2.ok("DELETE", account["uri"], status=204)
    assert "cannot be deleted" in v2.refused("DELETE", v2.passport["subject_id"])


def test_an_account_sees_its_own_project_only(v2: Any, login: dict[str, Any]) -> None:
    """Another project of the user is a 403 for the service account."""
    user = bearer(login["access_token"])
    project = v2.ok("POST", "/iam/project", {"name": "p", "organisation": "local"}, **user)
    networks = v2.networks.replace(v2.local.project, project["id"])
    assert v2.ok("POST", networks, {"name": "n"}, **user)["project"] == project["uri"]
    assert "no access" in v2.refused("GET", networks, status=403)
    assert "no access" in v2.refused("GET", project["uri"], status=403)
    assert [one["id"] for one in v2.ok("GET", "/iam/project")] == [v2.local.project]
    assert len(v2.ok("GET", "/iam/project", **user)) == 2


def test_logins_are_renewed_and_exchanged(v2: Any, login: dict[str, Any]) -> None:
    """A refresh ends the earlier tokens; an exchanged token is for its audience and account alone."""
    configuration = v2.ok("GET", "/.well-known/openid-configuration", authorization="")
    assert configuration["token_endpoint"] == f"{v2.base}/auth/token"
    again = v2.ok("POST", "/auth/token", form("refresh_token", refresh_token=login["refresh_token"]))
    assert again["expires_in"] == 3600
    assert "not valid" in v2.refused("GET", v2.vms, status=401, **bearer(login["access_token"]))
    v2.refused("POST", "/auth/token", form("refresh_token", refresh_token=login["refresh_token"]), 401)
    exchange = "urn:ietf:params:oauth:grant-type:token-exchange"
    mine = {"subject_token": again["access_token"]}
    account = v2.passport["subject_id"]
    acted = v2.ok("POST", "/auth/token", form(exchange, resource=account, **mine))["access_token"]
    assert v2.ok("POST", v2.networks, {"name": "n"}, **bearer(acted))["createdBy"] == account
    other = v2.ok("POST", "/auth/token", form(exchange, audience="https://other", **mine))["access_token"]
    assert "is for 'https://other'" in v2.refused("GET", v2.vms, status=401, **bearer(other))
    known = v2.ok("POST", "/auth/introspection", {"token": other})
    assert (known["aud"], known["active"]) == ("https://other", True)
    assert v2.ok("POST", "/auth/introspection", {"token": "x"}) == {"active": False}
    v2.refused("POST", "/auth/token", form(exchange, resource="/iam/project/0/sa/0", **mine), 403)


def test_bad_logins_are_refused(v2: Any) -> None:
    """A wrong password and an unknown user alike; a grant that there is not; a field that is missing."""
    known = v2.local.info["login"]["username"]
    for user in (known, "nobody@example.com"):
        assert "wrong password" in v2.refused("POST", "/auth/token", form("password", username=user, password="x"), 401)
    assert "grant_type" in v2.refused("POST", "/auth/token", form("magic"))
    assert "password is missing" in v2.refused("POST", "/auth/token", form("password", username=known))


def test_secrets_are_not_in_the_log_of_calls(v2: Any, login: dict[str, Any], signed: Any) -> None:
    """Passwords, tokens and keys are masked; tags are not."""
    v2.ok("POST", "/auth/token", form("refresh_token", refresh_token=login["refresh_token"]))
    token = signed()
    v2.ok("POST", "/auth/introspection", {"token": token}, **bearer(token))
    v2.vm(start=False, credential=[{"type": "plain", "value": "hunter2hunter2"}], tag=[{"key": "a", "value": "shown"}])
    log = json.dumps(v2.local.local("GET", "calls"))
    for secret in (v2.local.info["login"]["password"], login["refresh_token"], token, "hunter2hunter2"):
        assert secret not in log
    assert "shown" in log


def test_the_command_writes_a_passport(v2: Any, tmp_path: Path) -> None:
    """For its owner only; one that works is kept, one that was revoked replaced, another file left as it is."""
    environment = {**os.environ, "HYPERONE_LOCAL_HOME": str(v2.local.home.root)}
    file = tmp_path / "passport.json"

    def command() -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "pulumi_hyperone.local_cloud", "passport", str(file)]
        return subprocess.run(argv, check=False, capture_output=True, text=True, env=environment, timeout=60)

    assert command().stdout.strip() == str(file)
    first = file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    passport = json.loads(first)
    assert passport["private_key"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert passport["issuer"] == v2.base + passport["subject_id"]
    command()
    assert file.read_text() == first
    v2.ok("DELETE", f"{passport['subject_id']}/credential/{passport['certificate_id']}")
    command()
    v2.passport = json.loads(file.read_text())
    assert v2.passport["certificate_id"] != passport["certificate_id"]
    assert v2.ok("GET", v2.vms) == []
    file.write_text("{}")
    refused = command()
    assert refused.returncode == 1
    assert "is not a passport" in refused.stderr
    assert file.read_text() == "{}"


def test_a_reset_keeps_the_passport(v2: Any, login: dict[str, Any]) -> None:
    """As it keeps the service token; logins and other accounts end."""
    v2.ok("POST", f"{v2.project}/sa", {"name": "other"})
    v2.local.reset()
    assert len(v2.ok("GET", f"{v2.project}/sa")) == 1
    v2.refused("GET", v2.vms, status=401, **bearer(login["access_token"]))
