"""Tokens that end: replaced in time, and what is said when the cloud refuses them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.api.credentials import Credentials
from pulumi_hyperone.provider.api.records import Vm
from pulumi_hyperone.provider.credentials import client_login
from pulumi_hyperone.provider.credentials.client_login import read_client_file, renew
from pulumi_hyperone.provider.foundation.errors import CredentialsError, Refused

VM = {"id": "5784e97be2627505227b5780", "name": "web", "state": "Running"}


def ending(client: Cloud, seconds: float) -> Credentials:
    """The client's credentials with a token that ends so many seconds from now."""
    return replace(client.credentials, expires=time.time() + seconds)


def start(client: Cloud, seconds: float) -> None:
    """Let the client begin with a token that ends so many seconds from now."""
    client._transport._credentials = ending(client, seconds)


def test_a_token_is_replaced_before_it_ends(script: Any, make_client: Callable[..., Cloud]) -> None:
    """Every call goes out with a token that lasts, and many threads ask for one new token."""
    made: list[str] = []

    def refresh() -> Credentials:
        made.append(f"token-{len(made)}")
        return replace(ending(client, 300), token=made[-1])

    client = make_client(refresh_credentials=refresh)
    start(client, 59)
    script.on("GET /vm/web", script.step(body=VM, delay=0.05))
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(client.vms.get, ["web"] * 8))
    assert made == ["token-0"]
    assert {request.headers["x-auth-token"] for request in script.requests} == {"token-0"}


def test_a_wait_outlives_its_tokens(script: Any, make_client: Callable[..., Cloud]) -> None:
    """While an object is awaited, each token is followed by the next."""
    made: list[str] = []

    def refresh() -> Credentials:
        made.append(f"token-{len(made)}")
        return replace(ending(client, 60.3), token=made[-1])

    client = make_client(refresh_credentials=refresh)
    start(client, 60.3)
    script.on(
        "GET /vm/5784e97be2627505227b5780",
        *[script.step(body={**VM, "state": "Unknown", "processing": True}) for _ in range(12)],
        script.step(body=VM),
    )
    first = client.vms.get("5784e97be2627505227b5780")
    client.vms.settle(first, until=lambda seen: seen.state == "Running", what="vm web")
    sent = list(dict.fromkeys(request.headers["x-auth-token"] for request in script.requests))
    assert sent == [script.token, *made]
    assert len(made) >= 2


def test_a_token_that_cannot_be_replaced_says_why(script: Any, make_client: Callable[..., Cloud]) -> None:
    """The source's own error comes through: a passport that was removed in the middle of a build."""

    def refresh() -> Credentials:
        raise CredentialsError("there is no passport p.json")

    client = make_client(refresh_credentials=refresh)
    start(client, 10)
    with pytest.raises(CredentialsError, match=r"there is no passport p\.json"):
        client.vms.get("web")
    assert script.requests == []


def test_a_token_revoked_in_the_middle_says_so(script: Any, make_client: Callable[..., Cloud]) -> None:
    """What was accepted until now is neither wrong nor of another generation."""
    client = make_client()
    script.on("GET /vm/web", script.step(body=VM), script.step(status=401, body={"title": "Unauthorized"}))
    client.vms.get("web")
    with pytest.raises(CredentialsError, match=r"Unauthorized \(HTTP 401\)\): it was accepted until now, so it was"):
        client.vms.get("web")


@pytest.mark.parametrize(
    ("off", "said"), [(-400, r" (39\d|40\d) s ahead of"), (400, r" (39\d|40\d) s behind"), (0, "")]
)
def test_a_clock_that_is_off_is_told(script: Any, make_client: Callable[..., Cloud], off: int, said: str) -> None:
    """The reply's date tells why a signed token is refused, which cannot be another generation's."""
    client = make_client()
    start(client, 300)
    date = formatdate(time.time() + off, usegmt=True)
    script.on("GET /vm/web", script.step(status=401, headers={"Date": date}))
    with pytest.raises(CredentialsError) as caught:
        client.vms.get("web")
    assert ("this machine's clock" in str(caught.value)) == bool(said)
    assert re.search(said, str(caught.value))
    assert "other generation" not in str(caught.value)


@pytest.mark.parametrize("status", [404, 410])
def test_an_address_of_the_other_generation_is_told(
    script: Any, make_client: Callable[..., Cloud], status: int
) -> None:
    """A list that does not exist means another API at the address, and the option that chooses it is named."""
    script.on("GET /vm", script.step(status=status, body={"title": "Not Found"}))
    with pytest.raises(Refused, match=r"this generation of the API \(`pulumi config set hyperone:api_version v2`\)"):
        make_client().vms.list()


def test_lists_of_a_problem_are_told(script: Any, client: Cloud) -> None:
    """v2's problem objects: detail, then every argument, permission and operation."""
    problem = {
        "title": "Bad Request",
        "detail": "The request is not valid",
        "argument": [{"title": "Wrong", "detail": "must be at least 1", "parameter": {"in": "body", "field": "size"}}],
        "permission": [{"title": "compute/vm/create"}],
        "operation": [{"detail": "vm is stopping", "resource": "/compute/x"}, "odd"],
    }
    script.on("GET /vm/web", script.step(status=400, body=problem))
    with pytest.raises(Refused, match="The request is not valid; size: must be at least 1; compute/vm/create; vm is s"):
        client.vms.get("web")


@pytest.mark.parametrize("lifetime", ["NaN", "Infinity", "-5", "0", "true", '"3600"', "null", "1" + "0" * 400])
def test_a_login_server_s_lifetime_that_is_none_is_refused(script: Any, tmp_path: Path, lifetime: str) -> None:
    """One line, whatever Python takes for a number, and the client's file stays as it was."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"auth": {"token": {"access_token": "old", "refresh_token": "r", "expires_at": 5}}}))
    before = path.read_bytes()
    script.on("GET /.well-known/openid-configuration", script.step(body={"token_endpoint": f"{script.url}/token"}))
    script.on("POST /token", script.step(raw=b'{"access_token": "new", "expires_in": %s}' % lifetime.encode()))
    with pytest.raises(CredentialsError, match="cannot be renewed: the answer holds no token, or does not say how"):
        renew(read_client_file(path), script.url)
    assert path.read_bytes() == before


def test_a_wait_outlives_a_login_server_that_does_not_answer(
    script: Any, make_client: Callable[..., Cloud], tmp_path: Path
) -> None:
    """It is mostly the API itself, whose outage is outlived too; then the login is renewed and the wait goes on."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"auth": {"token": {"access_token": "old", "refresh_token": "r", "expires_at": 5}}}))

    def refresh() -> Credentials:
        login = renew(read_client_file(path), script.url)
        return replace(client.credentials, token=login.token, expires=login.expires)

    where = script.step(body={"token_endpoint": f"{script.url}/token"})
    script.on("GET /.well-known/openid-configuration", script.step(reset=True), script.step(status=503), where)
    token = {"access_token": "new", "expires_in": 3600}
    script.on("POST /token", script.step(body=token, truncate=True), script.step(status=502), script.step(body=token))
    script.on("GET /vm/v1", script.step(body={**VM, "id": "v1"}))
    client = make_client(refresh_credentials=refresh)
    start(client, 10)
    first = Vm(id="v1", name="web", state="Starting")
    assert client.vms.settle(first, until=lambda seen: seen.state == "Running", what="vm web").id == "v1"
    assert [request.headers["x-auth-token"] for request in script.sent("GET") if request.path == "/vm/v1"] == ["new"]


def test_a_login_server_that_trickles_is_given_up(script: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However slowly it comes, an answer is waited for no longer than any."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"auth": {"token": {"access_token": "old", "refresh_token": "r", "expires_at": 5}}}))
    monkeypatch.setattr(client_login, "SECONDS", 0.3)
    script.on("GET /.well-known/openid-configuration", script.step(raw=b" " * 20, trickle=0.1))
    with pytest.raises(CredentialsError, match=r"127\.0\.0\.1 does not answer"):
        renew(read_client_file(path), script.url)


@pytest.mark.parametrize("end", ["NaN", "-Infinity", "1" + "0" * 400])
def test_a_login_that_does_not_say_when_it_ends_is_used(tmp_path: Path, end: str) -> None:
    """As one without any end: the cloud says when it is over."""
    path = tmp_path / "config.json"
    path.write_text('{"auth": {"token": {"access_token": "t", "expires_at": END}}}'.replace("END", end))
    assert read_client_file(path).expires is None
    assert read_client_file(path).lasts
