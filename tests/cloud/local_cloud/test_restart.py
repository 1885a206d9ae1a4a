"""Stop, start, and sudden death of the server: state survives, machines come back (design section 4)."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pulumi_hyperone.local_cloud import LocalCloud
from pulumi_hyperone.local_cloud.command.control import ControlError

pytestmark = pytest.mark.cloud


def command(home, *arguments, **environment):
    """Run `python -m local_cloud` on a home."""
    return subprocess.run(
        [sys.executable, "-m", "local_cloud", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "HYPERONE_LOCAL_HOME": str(home), **environment},
    )


def wait_running(api, vm) -> dict:
    """The VM once it runs again."""
    for _ in range(500):
        now = api.ok("GET", f"/vm/{vm}")
        if now["state"] == "Running" and not now["processing"]:
            return now
        time.sleep(0.02)
    raise AssertionError(now["state"])


@pytest.mark.parametrize("way", ["stop", "kill"])
def test_state_survives_a_restart(tmp_path, new_client, key, ssh, way) -> None:
    """After stop or SIGKILL: same url, token, objects; the running VM runs again with its files."""
    first = LocalCloud.start(tmp_path)
    api = new_client(first)
    runs, off = api.vm(sshKeys=[key.public]), api.vm(name="off", boot=False)
    address = api.address(runs)
    ssh(address, first.ssh_port, "echo kept > /srv/file; sync")
    image = api.ok("POST", "/image", {"name": "i", "vm": off["id"]})
    getattr(first, way)()
    with LocalCloud.start(tmp_path) as second:
        assert (second.url, second.token, second.ssh_port) == (first.url, first.token, first.ssh_port)
        api = new_client(second)
        wait_running(api, runs["id"])
        assert ssh(address, second.ssh_port, "cat /srv/file") == "kept"
        assert api.ok("GET", f"/vm/{off['id']}")["state"] == "Off"
        assert api.ok("GET", f"/image/{image['id']}")["state"] == "Online"
        assert api.vm(image=image["id"])["state"] == "Running"


def test_interrupted_events_end_in_error(tmp_path, new_client, body) -> None:
    """Killed in the middle of a create and a stop: events are errors, objects are idle and can be deleted."""
    first = LocalCloud.start(tmp_path)
    api = new_client(first)
    running = api.vm(name="running")
    api.fault(operation="vm.*", action="event_slow", seconds=60, count=0)
    made = api.call("POST", "/vm", body(name="half"), Prefer="").json()
    api.call("POST", f"/vm/{running['id']}/actions/stop", Prefer="")
    time.sleep(0.1)
    first.kill()
    with LocalCloud.start(tmp_path) as second:
        api = new_client(second)
        half = api.ok("GET", f"/vm/{made['id']}")
        assert (half["state"], half["processing"], half["created"]) == ("Unknown", False, False)
        assert [(one["state"], "interrupted" in one["stage"]) for one in half["queue"]] == [("error", True)]
        wait_running(api, running["id"])
        for vm in (half, running):
            disks = [hdd["disk"]["id"] for hdd in api.ok("GET", f"/vm/{vm['id']}/hdd")]
            api.ok("DELETE", f"/vm/{vm['id']}", {"removeDisks": disks})
        assert not any(api.inventory().values())


def test_commands(tmp_path) -> None:
    """Start is idempotent and returns when the API answers; status as JSON; stop; exit codes."""
    home = tmp_path / "home"
    assert command(home, "status").returncode == 3
    started = command(home, "start")
    assert started.returncode == 0, started.stderr
    try:
        status = json.loads(command(home, "status", "--json").stdout)
        assert status["url"] in started.stdout
        assert status["token"] in started.stdout
        assert {"url", "token", "project", "ssh_port", "pid", "login"} <= set(status)
        assert (home / "server.json").stat().st_mode & 0o777 == 0o600
        assert json.loads(command(home, "status", "--json").stdout)["pid"] == status["pid"]
        assert command(home, "start").returncode == 0
        assert json.loads(command(home, "status", "--json").stdout)["pid"] == status["pid"]
        assert "debian-12" in command(home, "image", "list").stdout
    finally:
        assert command(home, "stop").returncode == 0
    assert command(home, "status").returncode == 3


def test_errors_of_commands_are_one_line(tmp_path) -> None:
    """A bad port and a missing cloud: one line, exit code 1, no traceback."""
    bad = command(tmp_path, "serve", HYPERONE_LOCAL_PORT="99999")
    assert bad.returncode == 1
    assert bad.stderr.strip().count("\n") == 0
    assert "HYPERONE_LOCAL_PORT" in bad.stderr
    missing = command(tmp_path, "image", "list")
    assert (missing.returncode, missing.stderr.count("\n")) == (1, 1)


def test_two_servers_cannot_share_a_home(tmp_path) -> None:
    """A second server on the home ends with one line."""
    with LocalCloud.start(tmp_path):
        second = command(tmp_path, "serve")
    assert second.returncode == 1
    assert "already" in second.stderr


def test_clouds_side_by_side_do_not_mix(tmp_path, new_client, key, ssh) -> None:
    """Two clouds at once have their own ports and addresses."""
    with LocalCloud.start(tmp_path / "a") as one, LocalCloud.start(tmp_path / "b") as two:
        assert one.url != two.url
        apis = [new_client(cloud) for cloud in (one, two)]
        addresses = [api.address(api.vm(sshKeys=[key.public])) for api in apis]
        assert addresses[0] != addresses[1]
        for cloud, address in zip((one, two), addresses, strict=True):
            assert ssh(address, cloud.ssh_port, "whoami") == "guru"


def test_ssh_port_can_be_chosen(tmp_path, new_client, key, ssh, monkeypatch) -> None:
    """HYPERONE_LOCAL_SSH_PORT."""
    monkeypatch.setenv("HYPERONE_LOCAL_SSH_PORT", "2242")
    with LocalCloud.start(tmp_path) as cloud:
        assert cloud.ssh_port == 2242
        api = new_client(cloud)
        assert ssh(api.address(api.vm(sshKeys=[key.public])), 2242, "whoami") == "guru"


def test_a_server_in_the_background_keeps_no_key_of_the_shell(tmp_path, monkeypatch) -> None:
    """Keys in the environment of whoever starts a cloud end there; its own settings and PATH are passed on."""
    monkeypatch.setenv("HYPERONE_TOKEN", "key-of-the-shell")
    with LocalCloud.start(tmp_path / "home") as cloud:
        environment = Path(f"/proc/{cloud.pid}/environ").read_bytes().split(b"\0")
    assert f"HYPERONE_LOCAL_HOME={tmp_path}/home".encode() in environment
    assert f"PATH={os.environ['PATH']}".encode() in environment
    assert not [variable for variable in environment if variable.startswith(b"HYPERONE_TOKEN")]


def test_listens_on_loopback_only(tmp_path) -> None:
    """Every listening socket of the server is on 127.0.0.0/8."""
    psutil = pytest.importorskip("psutil")
    with LocalCloud.start(tmp_path) as cloud:
        listening = [
            one.laddr.ip for one in psutil.Process(cloud.pid).net_connections("inet") if one.status == "LISTEN"
        ]
    assert listening
    assert all(address.startswith("127.") for address in listening)


def test_image_from_a_tar(tmp_path, new_client, key, ssh) -> None:
    """`image add` of a tar makes a sandbox image whose files are there on its machines."""
    tree = tmp_path / "tree"
    (tree / "srv").mkdir(parents=True)
    (tree / "srv" / "hello").write_text("from the tar\n")
    subprocess.run(["tar", "-C", tree, "-cf", tmp_path / "image.tar", "srv"], check=True)
    home = tmp_path / "home"
    with LocalCloud.start(home) as cloud:
        added = command(home, "image", "add", "mine", str(tmp_path / "image.tar"))
        assert added.returncode == 0, added.stderr
        api = new_client(cloud)
        vm = api.vm(image="mine", sshKeys=[key.public])
        assert ssh(api.address(vm), cloud.ssh_port, "cat /srv/hello") == "from the tar"
        bad = command(home, "image", "add", "bad", str(tmp_path / "none"))
        assert (bad.returncode, bad.stderr.count("\n")) == (1, 1)


def test_start_that_fails_says_why(tmp_path, monkeypatch) -> None:
    """A taken port is named in the error."""
    with LocalCloud.start(tmp_path / "a") as one:
        monkeypatch.setenv("HYPERONE_LOCAL_PORT", one.url.split(":")[2].split("/")[0])
        with pytest.raises(ControlError, match="taken"):
            LocalCloud.start(tmp_path / "b")


def test_the_files_of_the_cloud_forget_secrets(tmp_path, new_client) -> None:
    """A session's token is never in them; user data and a service token are gone once these are deleted."""
    user_data = base64.b64encode(b"#cloud-config\npassword: one-of-a-kind\n").decode()
    with LocalCloud.start(tmp_path) as cloud:
        api = new_client(cloud)
        login = cloud.info["login"]
        session = api.ok("POST", f"/user/{login['username']}/session", {"password": login["password"]})["id"]
        api.ok("GET", "/project", **{"x-auth-token": session})
        tokens = f"/project/{cloud.project}/credential/authtoken"
        service = api.ok("POST", tokens, {"name": "gone"})
        vm = api.vm(userMetadata=user_data, boot=False)
        api.ok("PATCH", f"/vm/{vm['id']}", {"name": "renamed"})
        api.ok("DELETE", f"{tokens}/{service['id']}", status=204)
        api.ok("DELETE", f"/vm/{vm['id']}")
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert cloud.project.encode() in content
    assert [text for text in (session, service["secret"], user_data, "one-of-a-kind") if text.encode() in content] == []
