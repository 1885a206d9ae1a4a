"""State in a backend that a team shares: a real PostgreSQL server."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.support.stacks import Stack, image, wait_for

pytestmark = pytest.mark.slow
PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


@pytest.fixture
def database():
    """URL of a database on a server of the test's own. The server refuses to be root's."""
    if not PROGRAMS:
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    as_user = []
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        as_user = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    initdb = [PROGRAMS[0] / "initdb", "--pgdata", folder / "data", "--username", "team", "--auth", "trust"]
    subprocess.run([*as_user, *initdb, "--no-sync"], cwd=folder, check=True, capture_output=True)
    options = ["-D", folder / "data", "-k", folder, "-h", "127.0.0.1", "-p", str(port), "-F"]
    server = subprocess.Popen([*as_user, PROGRAMS[0] / "postgres", *options], cwd=folder, stderr=subprocess.DEVNULL)
    try:
        ask = [PROGRAMS[0] / "pg_isready", "-h", "127.0.0.1", "-p", str(port), "-q"]
        wait_for(lambda: subprocess.run(ask, check=False).returncode == 0, 30, "the server's first answer")
        yield f"postgres://team@127.0.0.1:{port}/postgres?sslmode=disable"
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(folder)


def test_two_people_share_a_stack_through_postgresql(stack, cloud, database, tmp_path):
    """One builds, the other sees the outputs, changes nothing, and destroys; secrets are not stored in clear."""
    mine = {**stack.environment, "PULUMI_BACKEND_URL": database}
    first = Stack(stack.folder, mine, "team", stack.port)
    first.configure({"web": image(image_name="team")})
    first.run("stack", "init").ok()
    first.up().ok()
    folder = tmp_path / "colleague"
    shutil.copytree(stack.folder, folder, ignore=shutil.ignore_patterns("backend", "logs"))
    second = Stack(folder, mine, "team", stack.port)
    assert second.outputs() == first.outputs()
    assert "unchanged" in second.up().ok().text
    state = second.run("stack", "export").ok().text
    assert "PRIVATE KEY" not in state
    second.destroy().ok()
    assert first.resources() == {}
    cloud.assert_only_images(*(made["id"] for made in cloud.images()))
    first.run("stack", "rm", "--yes").ok()
