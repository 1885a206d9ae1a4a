"""State in a backend that a team shares: a real PostgreSQL server, a real S3 server."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest
import requests

from tests.support.stacks import Stack, image, wait_for

pytestmark = pytest.mark.slow
PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
S3_SERVER = shutil.which("moto_server")


def free_port() -> int:
    """A TCP port on loopback that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def postgresql():
    """URL of a database on a server of the test's own. The server refuses to be root's."""
    if not PROGRAMS:
        pytest.fail("needs PostgreSQL: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    as_user = []
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        as_user = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    port = free_port()
    initdb = [PROGRAMS[0] / "initdb", "--pgdata", folder / "data", "--username", "team", "--auth", "trust"]
    subprocess.run([*as_user, *initdb, "--no-sync"], cwd=folder, check=True, capture_output=True)
    options = ["-D", folder / "data", "-k", folder, "-h", "127.0.0.1", "-p", str(port), "-F"]
    server = subprocess.Popen([*as_user, PROGRAMS[0] / "postgres", *options], cwd=folder, stderr=subprocess.DEVNULL)
    try:
        ask = [PROGRAMS[0] / "pg_isready", "-h", "127.0.0.1", "-p", str(port), "-q"]
        wait_for(lambda: subprocess.run(ask, check=False).returncode == 0, 30, "the server's first answer")
        yield {"PULUMI_BACKEND_URL": f"postgres://team@127.0.0.1:{port}/postgres?sslmode=disable"}
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(folder)


@pytest.fixture
def s3():
    """URL of a bucket on an S3 server of the test's own, which is no dependency of the project, and its keys."""
    if not S3_SERVER:
        pytest.fail("needs moto_server on PATH: uv tool install 'moto[s3,server]'")
    port = free_port()
    host = f"127.0.0.1:{port}"
    command = [S3_SERVER, "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    signed = "AWS4-HMAC-SHA256 Credential=team/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"

    def bucket() -> bool:
        try:
            return requests.put(f"http://{host}/state", headers={"Authorization": signed}, timeout=10).ok
        except requests.ConnectionError:
            return False

    try:
        wait_for(bucket, 60, "the server's first bucket")
        query = f"endpoint={host}&disableSSL=true&s3ForcePathStyle=true&region=us-east-1"
        yield {
            "PULUMI_BACKEND_URL": f"s3://state?{query}",
            "AWS_ACCESS_KEY_ID": "team",
            "AWS_SECRET_ACCESS_KEY": "not-secret",
            "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
        }
    finally:
        server.terminate()
        server.wait(30)


@pytest.mark.parametrize("kind", ["postgresql", "s3"])
def test_two_people_share_a_stack_through_a_backend(stack, cloud, kind, request, tmp_path):
    """One builds, the other is kept out meanwhile, then sees the outputs, changes nothing, and destroys.

    Secrets are not stored in clear.
    """
    mine = {**stack.environment, **request.getfixturevalue(kind)}
    first = Stack(stack.folder, mine, "team", stack.port)
    hold = {"type": "shell-local", "inline": ["touch started; until [ -e go ]; do sleep 0.2; done"], "timeout": "120s"}
    first.configure({"web": image(image_name="team", provisioners=[hold])})
    first.run("stack", "init").ok()
    folder = tmp_path / "colleague"
    shutil.copytree(stack.folder, folder, ignore=shutil.ignore_patterns("backend", "logs"))
    second = Stack(folder, mine, "team", stack.port)
    with first.start("up", "--yes", "--skip-preview") as running:
        wait_for((stack.folder / "started").exists, 60, "the build")
        second.up().failed("the stack is currently locked by 1 lock(s)")
        (stack.folder / "go").touch()
        text, _ = running.communicate(timeout=120)
    assert running.returncode == 0, text
    assert second.outputs() == first.outputs()
    assert "unchanged" in second.up().ok().text
    state = second.run("stack", "export").ok().text
    assert "PRIVATE KEY" not in state
    second.destroy().ok()
    assert first.resources() == {}
    cloud.assert_only_images(*(made["id"] for made in cloud.images()))
    first.run("stack", "rm", "--yes").ok()
