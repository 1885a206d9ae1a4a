"""The server's robustness: whatever its schema allows or not, there is never a 500 (issue 7)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local_cloud import LocalCloud

pytestmark = pytest.mark.cloud

EXAMPLES = os.environ.get("LOCAL_CLOUD_FUZZ_EXAMPLES", "6")


def test_schema_run_has_no_server_error(tmp_path: Path) -> None:
    """Schemathesis over every route of the API, valid and invalid requests: no 5xx, no broken connection."""
    with LocalCloud.start(tmp_path / "home") as cloud:
        argv = [sys.executable, "-m", "schemathesis.cli", "run", cloud.url.removesuffix("/v1") + "/openapi.json"]
        argv += ["--header", f"x-auth-token: {cloud.token}", "--checks", "not_a_server_error", "--mode", "all"]
        argv += ["--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES, "--workers", "2", "--no-color"]
        argv += ["--exclude-path-regex", "^/_local", "--request-timeout", "30", "--suppress-health-check", "all"]
        argv += ["--generation-deterministic"]
        done = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=500, cwd=tmp_path)
        log = (tmp_path / "home" / "server.log").read_text()
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "Traceback" not in log, log[-4000:]
