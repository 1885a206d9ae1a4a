"""Reads over real HTTP: decoding, retries, time-outs, messages."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.api.credentials import Credentials
from pulumi_hyperone.provider.api.http.transport import Timing
from pulumi_hyperone.provider.foundation.errors import (
    ApiError,
    CredentialsError,
    Interrupted,
    NotFound,
    RateLimited,
    Refused,
    Unavailable,
)
from pulumi_hyperone.provider.foundation.interruption import Interruption

VM = {"id": "5b3f7c863adfaa0d10f7b445", "name": "web", "state": "Running"}


def test_get_sends_token_project_and_user_agent(script: Any, client: Cloud) -> None:
    """The token goes into `x-auth-token`, the project into `x-project`; cookies and Authorization are not sent."""
    script.on("GET /vm/web", script.step(body=VM, headers={"Set-Cookie": "x-auth-token=other; Path=/"}))
    client.vms.get("web")
    client.vms.get("web")
    headers = script.requests[-1].headers
    assert headers["x-auth-token"] == script.token
    assert headers["x-project"] == "my-project"
    assert headers["user-agent"].startswith("pulumi-hyperone/")
    assert not {"cookie", "authorization", "content-type"} & set(headers)


def test_project_name_may_hold_any_letters(script: Any, make_client: Callable[..., Cloud]) -> None:
    """A project name beyond Latin-1 arrives as UTF-8."""
    script.on("GET /vm", script.step(body=[]))
    make_client(project="Łódź").vms.list()
    assert script.requests[0].headers["x-project"].encode("latin-1").decode() == "Łódź"


def test_without_a_project_none_is_sent(script: Any, make_client: Callable[..., Cloud]) -> None:
    """Service-account tokens need no project."""
    script.on("GET /vm", script.step(body=[]))
    make_client(project=None).vms.list()
    assert "x-project" not in script.requests[0].headers


def test_projects_are_asked_without_a_project(script: Any, client: Cloud) -> None:
    """Project calls are made with the token only (API facts 2.5)."""
    script.on("GET /project/mine", script.step(body={"id": "1", "name": "mine", "state": "Active"}))
    assert client.projects.get("mine").state == "Active"
    assert "x-project" not in script.requests[0].headers


@pytest.mark.parametrize("name", ["my image", "a/b", "50%+1", "żółw", "a?b#c"])
def test_get_quotes_names(script: Any, client: Cloud, name: str) -> None:
    """Any name stays one part of the path."""
    script.on(f"GET /image/{name}", script.step(body={"id": "1", "name": name}))
    assert client.images.get(name).name == name


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_get_of_a_name_that_would_leave_the_path_is_not_found(script: Any, client: Cloud, name: str) -> None:
    """Nothing is sent for a name that would address another route."""
    with pytest.raises(NotFound):
        client.vms.get(name)
    assert script.requests == []


def test_list_filters_by_name_and_tags_and_checks_them(script: Any, client: Cloud) -> None:
    """The filter is sent as in the specification, and a server that ignores it changes nothing."""
    script.on(
        "GET /vm",
        script.step(
            body=[
                {"id": "1", "name": "web", "tag": {"build": "a", "role": "builder"}},
                {"id": "2", "name": "web", "tag": {"build": "b"}},
                {"id": "3", "name": "other", "tag": {"build": "a"}},
                {"id": "4", "name": "web", "tag": None},
            ]
        ),
    )
    assert [vm.id for vm in client.vms.list(name="web", tags={"build": "a"})] == ["1"]
    assert script.requests[0].query == {"name": "web", "tag[build]": "a"}


@pytest.mark.parametrize(
    "trouble",
    [
        {"reset": True},
        {"truncate": True},
        {"raw": b"<html>gateway</html>"},
        {"raw": b""},
        {"body": []},
        {"body": {"name": "no id"}},
        {"status": 500},
        {"status": 502, "raw": b"<html>"},
        {"status": 503},
        {"status": 429, "headers": {"Retry-After": "0"}},
    ],
)
def test_read_is_repeated_after_trouble(script: Any, client: Cloud, trouble: dict[str, Any]) -> None:
    """Every passing trouble of a read ends in the answer."""
    script.on("GET /vm/web", script.step(**{"body": VM, **trouble}), script.step(body=VM))
    assert client.vms.get("web").id == VM["id"]
    assert client.calls == {"GET /vm/{id}": 2}


def test_read_that_hangs_is_repeated(script: Any, client: Cloud) -> None:
    """A read without an answer is given up after its time-out and repeated."""
    script.on("GET /vm/web", script.step(delay=1.5, body=VM), script.step(body=VM))
    assert client.vms.get("web").name == "web"
    assert client.calls == {"GET /vm/{id}": 2}


def test_read_honours_retry_after(script: Any, make_client: Callable[..., Cloud]) -> None:
    """The pause that the cloud asks for is kept."""
    noted = script.noted()
    script.on("GET /vm/web", script.step(status=429, headers={"Retry-After": "1"}), script.step(body=VM))
    make_client(interruption=noted).vms.get("web")
    assert noted.pauses == [1]


@pytest.mark.parametrize("asked", ["0", "Mon, 01 Jan 2024 00:00:00 GMT", "Mon, 01 Jan 99999999999 00:00:00 GMT"])
def test_read_never_repeats_without_a_pause(script: Any, make_client: Callable[..., Cloud], asked: str) -> None:
    """A pause of nothing, or until a time that is over or is none, is no reason to send call after call."""
    noted = script.noted()
    refused = script.step(status=429, headers={"Retry-After": asked})
    script.on("GET /vm/web", refused, refused, script.step(body=VM))
    make_client(interruption=noted).vms.get("web")
    assert min(noted.pauses) > 0


def test_read_gives_up_when_retry_after_is_beyond_its_patience(script: Any, client: Cloud) -> None:
    """A pause longer than all that a read may take is an error at once, with the pause in the message."""
    script.on("GET /vm/web", script.step(status=429, body={"message": "slow down"}, headers={"Retry-After": "600"}))
    with pytest.raises(
        RateLimited, match=r"cannot read vm web: slow down \(HTTP 429\); .* asks to wait 600 s"
    ) as caught:
        client.vms.get("web")
    assert caught.value.retry_after == 600
    assert len(script.requests) == 1


def test_read_gives_up_after_its_patience(script: Any, make_client: Callable[..., Cloud], timing: Timing) -> None:
    """An outage ends in one line that names operation, status and next step."""
    script.on("GET /vm/web", script.step(status=503, body={"message": "maintenance"}))
    with pytest.raises(Unavailable, match=r"^cannot read vm web: maintenance \(HTTP 503\); .* try again later$"):
        make_client(timing=replace(timing, patience=1)).vms.get("web")
    assert len(script.requests) > 1


def test_endless_reply_is_given_up(script: Any, make_client: Callable[..., Cloud], timing: Timing) -> None:
    """A body that trickles for ever is bounded by the read time-out as a whole, not from byte to byte."""
    script.on("GET /vm/web", script.step(body=VM, trickle=0.1))
    with pytest.raises(Unavailable, match="breaks off"):
        make_client(timing=replace(timing, patience=0.1, read=0.5)).vms.get("web")


def test_not_found_is_not_repeated_and_names_the_project(script: Any, client: Cloud) -> None:
    """404 is an answer."""
    script.on("GET /image/nope", script.step(status=404, body={"message": "image nope not found"}))
    with pytest.raises(NotFound) as caught:
        client.images.get("nope")
    assert str(caught.value) == (
        "cannot read image nope: image nope not found (HTTP 404); check the id or name, and that it exists in project "
        "my-project"
    )
    assert len(script.requests) == 1


def test_a_long_name_does_not_hide_the_reason(script: Any, client: Cloud) -> None:
    """A name of many lines is shown cut, on one line, and what is wrong follows it."""
    with pytest.raises(NotFound, match=r"^cannot read network y+ y+…: .* \(HTTP 404\); check the id or name") as caught:
        client.networks.get(f"{'y' * 100}\n{'y' * 5000}")
    assert len(str(caught.value)) < 1000


def test_refused_connection_names_address_and_next_step(make_client: Callable[..., Cloud]) -> None:
    """Nobody listening is reported with the address to check."""
    with pytest.raises(Unavailable) as caught:
        make_client(api_url="http://127.0.0.1:1/v1").vms.list()
    assert str(caught.value) == (
        "cannot list vms: cannot reach HyperOne at http://127.0.0.1:1/v1: connection refused; is the address right "
        "(hyperone:api_url), and is the local cloud running (`python -m pulumi_hyperone.local_cloud start`)?"
    )


def test_unknown_host_is_named(make_client: Callable[..., Cloud]) -> None:
    """A host that does not exist is its own message."""
    with pytest.raises(
        Unavailable, match=r"https://api\.invalid/v1: its name cannot be resolved; is the address right"
    ):
        make_client(api_url="https://api.invalid/v1").vms.list()


def test_tls_failure_is_not_repeated(script: Any, make_client: Callable[..., Cloud]) -> None:
    """A server without TLS behind an https address is one attempt and one line."""
    client = make_client(api_url=script.url.replace("http:", "https:"))
    with pytest.raises(ApiError, match=r"the TLS connection to https://.* failed"):
        client.vms.list()
    assert sum(client.calls.values()) == 1


def test_redirects_are_not_followed(script: Any, client: Cloud) -> None:
    """The token is not carried to another address."""
    script.on("GET /vm", script.step(status=302, headers={"Location": f"{script.url}/elsewhere"}))
    with pytest.raises(ApiError, match=r"HTTP 302.*elsewhere.*hyperone:api_url"):
        client.vms.list()
    assert [request.path for request in script.requests] == ["/vm"]


def test_error_map_is_shown_in_one_line(script: Any, client: Cloud) -> None:
    """Field messages of the error map follow the message (API facts 1.4)."""
    script.on(
        "GET /vm",
        script.step(
            status=400,
            body={
                "message": "Validation failed",
                "status": 400,
                "error": {
                    "name": {"message": "Path `name`\nis required.", "name": "ValidatorError", "path": "name"},
                    "service": {"message": "Service not found", "path": "service"},
                },
            },
        ),
    )
    with pytest.raises(Refused) as caught:
        client.vms.list()
    assert str(caught.value) == (
        "cannot list vms: Validation failed; name: Path `name` is required.; service: Service not found (HTTP 400)"
    )


def test_error_without_json_is_bounded(script: Any, client: Cloud) -> None:
    """A page of text in the place of the error envelope is cut."""
    script.on("GET /vm", script.step(status=400, raw=b"x" * 10_000))
    with pytest.raises(Refused) as caught:
        client.vms.list()
    assert len(str(caught.value)) < 800


def test_forbidden_without_a_project_says_that_sessions_need_one(
    script: Any, make_client: Callable[..., Cloud]
) -> None:
    """403 without a project is most often a session token without one."""
    script.on("GET /vm", script.step(status=403, body={"message": "Forbidden"}))
    with pytest.raises(Refused, match="session tokens need one: `pulumi config set hyperone:project"):
        make_client(project=None).vms.list()


def test_bad_request_about_the_project_says_that_sessions_need_one(
    script: Any, make_client: Callable[..., Cloud]
) -> None:
    """The status of a missing project is not documented (API facts 5 #4), so 400 is covered as well."""
    script.on("GET /vm", script.step(status=400, body={"message": "x-project header is required"}))
    with pytest.raises(Refused, match="session tokens need one"):
        make_client(project=None).vms.list()


def test_refused_token_tells_where_it_came_from(script: Any, client: Cloud) -> None:
    """401 without another token is one clear error with the command that helps."""
    script.on("GET /vm", script.step(status=401, body={"message": f"token {script.token} has expired"}))
    with pytest.raises(CredentialsError) as caught:
        client.vms.list()
    message = str(caught.value)
    assert "refused the token from stack config hyperone:token (token <sensitive> has expired (HTTP 401))" in message
    assert "pulumi config set --secret hyperone:token" in message
    assert script.token not in message
    assert len(script.requests) == 1


def test_refused_token_is_replaced_once_by_a_fresh_one(script: Any, make_client: Callable[..., Cloud]) -> None:
    """On 401 other credentials are asked for; many threads at once ask only once."""
    asked: list[int] = []

    def refresh() -> Credentials:
        asked.append(1)
        return Credentials(token="fresh-token", project="other", api_url="http://127.0.0.1:1/v1", source="elsewhere")

    script.on("GET /vm/web", script.step(need_token="fresh-token", body=VM))
    client = make_client(refresh_credentials=refresh)
    threads = [threading.Thread(target=client.vms.get, args=("web",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.vms.get("web").name == "web"
    assert len(asked) == 1
    assert (client.credentials.token, client.credentials.project, client.credentials.source) == (
        "fresh-token",
        "other",
        "elsewhere",
    )
    assert client.credentials.api_url == script.url


@pytest.mark.parametrize("found", ["same", "none"])
def test_refused_token_without_a_fresh_one_is_an_error(
    script: Any, make_client: Callable[..., Cloud], found: str
) -> None:
    """The same token again, or none, ends in the error; nothing loops."""
    script.on("GET /vm", script.step(status=401))
    same = Credentials(token=script.token, project=None, api_url=script.url, source="x")
    client = make_client(refresh_credentials=lambda: same if found == "same" else None)
    with pytest.raises(CredentialsError):
        client.vms.list()
    assert len(script.requests) == 1


def test_a_fresh_token_that_is_refused_too_is_the_last(script: Any, make_client: Callable[..., Cloud]) -> None:
    """Where every login gives another token and all are refused, the second refusal ends it: nothing loops."""
    script.on("GET /vm", script.step(status=401))
    tokens = (f"login-{number}" for number in range(100))

    def refresh() -> Credentials:
        return Credentials(token=next(tokens), project=None, api_url=script.url, source="the SSH login", advice="look")

    client = make_client(refresh_credentials=refresh)
    for _ in range(2):
        with pytest.raises(CredentialsError, match=r"from the SSH login .*: it is wrong or has expired.*\. look"):
            client.vms.list()
    assert len(script.requests) == 3


def test_interruption_ends_a_hanging_read_at_once(
    script: Any, make_client: Callable[..., Cloud], interruption: Interruption, timing: Timing
) -> None:
    """A read that waits for its answer ends when work has to stop, long before its time-out."""
    effect = lambda _: interruption.set("the engine asked to stop")  # noqa: E731
    script.on("GET /vm", script.step(effect=effect, delay=5, body=[]))
    client = make_client(timing=replace(timing, read=30))
    with pytest.raises(Interrupted, match="the engine asked to stop"):
        client.vms.list()
    with pytest.raises(Interrupted):
        client.vms.list()
    assert len(script.requests) == 1


def test_interruption_ends_many_hanging_reads(
    script: Any, make_client: Callable[..., Cloud], interruption: Interruption, timing: Timing
) -> None:
    """All threads that share the client stop, also after one of them had finished a call."""
    script.on("GET /vm", script.step(delay=5, body=[]))
    script.on("GET /disk", script.step(body=[]))
    client = make_client(timing=replace(timing, read=30))
    ended: list[bool] = []

    def hang() -> None:
        with pytest.raises(Interrupted):
            client.vms.list()
        ended.append(True)

    threads = [threading.Thread(target=hang) for _ in range(16)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    client.disks.list()
    interruption.set("stop")
    for thread in threads:
        thread.join()
    assert len(ended) == 16


def test_interruption_ends_the_pauses_between_attempts(
    script: Any, make_client: Callable[..., Cloud], timing: Timing
) -> None:
    """A pause of an hour that the cloud asked for does not hold up the end."""
    script.on("GET /vm", script.step(status=429, headers={"Retry-After": "3600"}))
    client = make_client(interruption=script.stopping(), timing=replace(timing, patience=7200))
    with pytest.raises(Interrupted):
        client.vms.list()
    assert len(script.requests) == 1


def test_client_for_cleanup_works_after_the_interruption(
    script: Any, client: Cloud, interruption: Interruption
) -> None:
    """What has to be undone after an interruption can be undone."""
    script.on("GET /vm", script.step(body=[VM]))
    interruption.set("stop")
    assert [vm.name for vm in client.for_cleanup().vms.list()] == ["web"]


def test_proxies_are_not_asked_for_loopback(script: Any, client: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy in the environment does not stand between us and the local cloud."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    script.on("GET /vm", script.step(body=[]))
    assert client.vms.list() == []


def test_proxies_are_asked_for_other_hosts(
    script: Any, make_client: Callable[..., Cloud], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a host elsewhere the proxy of the environment is used, and named when it does not answer."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    with pytest.raises(Unavailable, match="the proxy"):
        make_client(api_url="https://api.invalid/v1").vms.list()


def test_netrc_is_not_used(script: Any, client: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """A ~/.netrc entry for the host adds no Authorization header."""
    path = tmp_path / "netrc"
    path.write_text("machine 127.0.0.1 login me password s3cret\n")
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))
    script.on("GET /vm", script.step(body=[]))
    client.vms.list()
    assert "authorization" not in script.requests[0].headers


def test_many_threads_share_the_connections(script: Any, make_client: Callable[..., Cloud], timing: Timing) -> None:
    """64 threads at once get their answers over 64 connections, and the count of calls is right."""
    client = make_client(timing=replace(timing, connect=60, read=60, patience=60))
    script.on("GET /vm/web", script.step(body=VM, delay=0.02))
    threads = [threading.Thread(target=lambda: [client.vms.get("web") for _ in range(5)]) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.calls == {"GET /vm/{id}": 320}
    assert script.connections <= 64


def test_types_are_those_of_their_noun(script: Any, client: Cloud) -> None:
    """The noun is sent as a filter, and the reply is filtered once more."""
    script.on(
        "GET /service",
        script.step(
            body=[
                {"_id": "s1", "name": "a1.nano", "resource": "vm", "type": "flavour"},
                {"_id": "s2", "name": "ssd", "resource": "disk", "type": "flavour"},
            ]
        ),
    )
    assert [(service.id, service.name) for service in client.services.types("vm")] == [("s1", "a1.nano")]
    assert script.requests[0].query == {"resource": "vm"}


def test_ssh_key_is_found_with_the_project_or_the_user(script: Any, client: Cloud) -> None:
    """A key is looked for by id or name in the project's store, then with the user; refusals count as unknown."""
    script.on("GET /project/my-project/credentialStore", script.step(body=[{"_id": "k1", "name": "ci"}]))
    script.on("GET /user/me/credential/certificate", script.step(body=[{"id": "k2", "name": "mine"}]))
    ids = {name: getattr(client.projects.find_ssh_key(name), "id", None) for name in ("ci", "k1", "mine", "k2", "no")}
    assert ids == {"ci": "k1", "k1": "k1", "mine": "k2", "k2": "k2", "no": None}
    script.on("GET /user/me/credential/certificate", script.step(status=401))
    assert client.projects.find_ssh_key("no") is None
