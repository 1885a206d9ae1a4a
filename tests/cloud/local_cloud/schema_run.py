"""Schemathesis over a description of the API: whatever is sent, there is never a 5xx."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pulumi_hyperone.local_cloud import LocalCloud

#: With LOCAL_CLOUD_FUZZ=full every value of every parameter's edge is tried too (minutes).
FULL = os.environ.get("LOCAL_CLOUD_FUZZ") == "full"
EXAMPLES, PHASES = ("50", "examples,coverage,fuzzing") if FULL else ("4", "examples,fuzzing")


def run(cloud: LocalCloud, description: str, config: str, headers: dict[str, str], folder: Path) -> set[str]:
    """Run it with a configuration and headers; fails on a 5xx, a broken connection, a traceback.

    Returns the operations that were answered well at least once.
    """
    (folder / "schemathesis.toml").write_text(config)
    argv = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(folder / "schemathesis.toml")]
    argv += ["run", description]
    for name, value in headers.items():
        argv += ["--header", f"{name}: {value}"]
    argv += ["--checks", "not_a_server_error", "--mode", "all", "--phases", PHASES]
    argv += ["--max-examples", EXAMPLES, "--workers", "2", "--no-color", "--request-timeout", "30"]
    argv += ["--exclude-path-regex", "^/_local|/session$", "--suppress-health-check", "all"]
    argv += ["--generation-deterministic", "--warnings", "off"]
    done = subprocess.run(
        argv, check=False, capture_output=True, text=True, timeout=500 if not FULL else 3000, cwd=folder
    )
    calls = cloud.local("GET", "calls")
    log = cloud.home.log.read_text()
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "Traceback" not in log, log[-4000:]
    assert not [call for call in calls if (call["status"] or 500) >= 500]
    return {call["operation"] for call in calls if call["status"] and call["status"] < 300}
