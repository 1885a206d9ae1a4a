"""Tokens, sessions, projects, keys, access rights, tags (API facts 1.1, 1.5, 1.6, 2.5)."""

from __future__ import annotations

import json
import subprocess

import pytest
import requests

pytestmark = pytest.mark.cloud


@pytest.fixture
def session(api) -> dict:
    """Headers of a session that was opened with the password."""
    login = api.local.info["login"]
    reply = api.ok("POST", f"/user/{login['username']}/session", {"password": login["password"]})
    return {"x-auth-token": reply["id"]}


def test_both_token_headers_work(api) -> None:
    """x-auth-token and Authorization: Bearer; anything else is a 401 in the envelope."""
    url = api.local.url + "/vm"
    assert requests.get(url, headers={"Authorization": f"Bearer {api.local.token}"}, timeout=10).status_code == 200
    for headers in ({}, {"x-auth-token": "wrong"}, {"Authorization": "Basic eDp5"}):
        reply = requests.get(url, headers=headers, timeout=10)
        assert reply.status_code == 401
        assert reply.json()["status"] == 401


def test_login_is_refused(api) -> None:
    """401 for a wrong password, 404 for an unknown login."""
    login = api.local.info["login"]["username"]
    api.refused("POST", f"/user/{login}/session", {"password": "wrong"}, 401)
    api.refused("POST", "/user/nobody@x/session", {"password": "wrong"}, 404)


def test_session_needs_a_project(api, session) -> None:
    """A session without x-project is a 400, with an unknown one a 403; id and name work; projects need none."""
    assert "x-project" in api.refused("GET", "/vm", None, 400, **session)
    api.refused("GET", "/vm", None, 403, **session, **{"x-project": "other"})
    for project in (api.local.project, "local"):
        api.ok("GET", "/vm", **session, **{"x-project": project})
    assert [one["name"] for one in api.ok("GET", "/project?active=true", **session)] == ["local"]
    api.ok("GET", "/service", **session)


def test_service_token_ignores_the_project_header(api) -> None:
    """Whatever x-project says."""
    api.ok("GET", "/vm", **{"x-project": "any"})


def test_logout_ends_the_session(api, session) -> None:
    """The token is a 401 afterwards."""
    api.ok("DELETE", "/user/me/session", **session)
    api.refused("GET", "/project", None, 401, **session)


def test_token_rules_are_enforced(api) -> None:
    """A new token may do everything; narrowed to reading VMs it may do just that; revoked nothing."""
    tokens = f"/project/{api.local.project}/credential/authtoken"
    token = api.ok("POST", tokens, {"name": "narrow"})
    headers = {"x-auth-token": token["secret"]}
    api.ok("GET", "/image", **headers)
    rules = f"{tokens}/{token['id']}/access"
    api.ok("POST", rules, {"method": "GET", "path": "/vm"})
    api.ok("DELETE", f"{rules}/{token['access'][0]['id']}")
    api.ok("GET", "/vm", **headers)
    api.refused("GET", "/image", None, 403, **headers)
    api.refused("POST", "/vm", {}, 403, **headers)
    api.ok("DELETE", f"{tokens}/{token['id']}", status=204)
    api.refused("GET", "/vm", None, 401, **headers)


def test_second_project_is_separate(api, session) -> None:
    """A new project is Limited and empty; what is transferred there is no longer seen here."""
    project = api.ok("POST", "/project", {"name": "second", "organisation": "local"}, **session)
    assert project["state"] == "Limited"
    inside = {**session, "x-project": "second"}
    ip = api.ok("POST", "/ip", {})
    api.refused("GET", f"/ip/{ip['id']}", None, 404, **inside)
    api.ok("POST", f"/ip/{ip['id']}/actions", {"name": "transfer", "data": {"project": project["id"]}})
    api.refused("GET", f"/ip/{ip['id']}", None, 404)
    assert api.ok("GET", f"/ip/{ip['id']}", **inside)["project"] == project["id"]
    assert "not empty" in api.refused("DELETE", "/project/second", None, 400, **session)


def test_shared_image_is_usable_but_not_changeable(api, session) -> None:
    """Access rights `*` let another project see and use an image, not change it."""
    vm = api.vm(boot=False)
    image = api.ok("POST", "/image", {"name": "shared", "vm": vm["id"]})
    api.ok("POST", "/project", {"name": "second", "organisation": "local"}, **session)
    other = {**session, "x-project": "second"}
    api.refused("GET", f"/image/{image['id']}", None, 404, **other)
    assert api.ok("POST", f"/image/{image['id']}/accessrights", {"identity": "*"})["accessRights"] == ["*"]
    assert api.ok("GET", "/image/shared", **other)["id"] == image["id"]
    api.refused("DELETE", f"/image/{image['id']}", None, 403, **other)
    assert "shared" in [one["name"] for one in api.ok("GET", "/image/all", **other)]
    api.ok("DELETE", f"/image/{image['id']}/accessrights/*")
    api.refused("GET", f"/image/{image['id']}", None, 404, **other)


def test_tag_routes(api) -> None:
    """GET, PUT, PATCH, DELETE of the flat map; a value-less tag is an empty text."""
    ip = f"/ip/{api.ok('POST', '/ip', {'tag': {'a': '1'}})['id']}"
    assert api.ok("PATCH", f"{ip}/tag", {"b": None, "c": "3"}) == {"a": "1", "b": "", "c": "3"}
    assert api.ok("DELETE", f"{ip}/tag/c") == {"a": "1", "b": ""}
    assert api.ok("PUT", f"{ip}/tag", {"z": "9"}) == {"z": "9"} == api.ok("GET", f"{ip}/tag")
    api.refused("DELETE", f"{ip}/tag/none", None, 404)
    api.refused("PUT", f"{ip}/tag", {"n": 5}, 400)


def test_protected_objects_stay(api) -> None:
    """The tag `protected` refuses deletion of VM, disk, image and ip until it is removed."""
    vm = api.vm(boot=False)
    disk = api.ok("GET", f"/vm/{vm['id']}/hdd")[0]["disk"]["id"]
    image = api.ok("POST", "/image", {"name": "kept", "vm": vm["id"], "tag": {"protected": ""}})["id"]
    assert "protected" in api.refused("DELETE", f"/image/{image}")
    api.ok("PATCH", f"/disk/{disk}/tag", {"protected": "yes"})
    assert "protected" in api.refused("DELETE", f"/vm/{vm['id']}", {"removeDisks": [disk]})
    api.ok("DELETE", f"/image/{image}/tag/protected")
    api.ok("DELETE", f"/image/{image}")


def test_image_aliases_and_catalog(api) -> None:
    """`debian`, `debian:12`, `debian:server` mean debian-12; recommended ones carry JSON in description."""
    recommended = {one["name"]: one for one in api.ok("GET", "/image/recommended")}
    assert {"sandbox", "debian-12"} <= set(recommended)
    facts = json.loads(recommended["debian-12"]["description"])
    assert facts["recommended"]["disk"]["service"] == "ssd"
    assert isinstance(recommended["debian-12"]["fileSize"], int)
    for alias in ("debian", "debian:12", "debian:bookworm", "debian:server"):
        assert api.ok("GET", f"/image/{alias}")["id"] == recommended["debian-12"]["id"]
    api.refused("GET", "/image/debian:99", None, 404)
    api.refused("DELETE", "/image/debian", None, 403)
    assert api.ok("GET", "/image") == []


def test_services_have_what_clients_read(api) -> None:
    """Filters, the known ids, data as an object."""
    (nano,) = api.ok("GET", "/service?resource=vm&type=flavour&name=a1.nano")
    assert nano["data"]["netadp"][0]["service"] == "561e7e30a8cfd461e469ad18"
    assert api.ok("GET", "/service/564639bc052c084e2f2e3266")["resource"] == "image"


def test_ssh_login_gives_a_session_for_a_registered_key(api, key, session, tmp_path) -> None:
    """The system's SSH client and the subsystems rbx-auth and h1-auth; an unknown key gets nothing."""
    login = api.local.info["login"]
    argv = ["ssh", "-F", "none", "-i", key.private, "-p", str(login["port"]), "-l", login["username"], "-s"]
    for option in ("IdentitiesOnly=yes", "BatchMode=yes", "StrictHostKeyChecking=yes", "LogLevel=ERROR"):
        argv += ["-o", option]
    known = tmp_path / "known"
    known.write_text(f"[{login['host']}]:{login['port']} {login['host_key']}\n")
    argv += ["-o", f"UserKnownHostsFile={known}"]
    refused = subprocess.run(
        [*argv, login["host"], "rbx-auth"], check=False, capture_output=True, text=True, timeout=20
    )
    assert refused.returncode == 255
    api.ok("POST", "/user/me/credential/certificate", {"name": "k", "type": "ssh", "value": key.public}, **session)
    for subsystem in ("rbx-auth", "h1-auth"):
        done = subprocess.run(
            [*argv, login["host"], subsystem], check=False, capture_output=True, text=True, timeout=20
        )
        assert done.returncode == 0, done.stderr
        reply = json.loads(done.stdout)
        assert reply["id"] == reply["_id"]
        assert reply["expiry"].endswith("Z")
        api.ok("GET", "/vm", **{"x-auth-token": reply["id"], "x-project": "local"})
    other = subprocess.run([*argv, login["host"], "sftp"], check=False, capture_output=True, text=True, timeout=20)
    assert other.returncode != 0
