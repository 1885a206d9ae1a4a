"""`python -m tools.audit`: ask PyPI's vulnerability service about every locked package."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from tools import locks

VULNERABLE, NOT_AUDITED = 1, 2
"""Exit codes. A package that was not looked at is no success."""
SECONDS = 600
SHOWN = 5
"""How many packages that were not looked at are named."""


def audit() -> int:
    """Ask about the packages of requirements-dev.lock, which are all; print what was found and return the exit code."""
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"]
    options = ["--requirement", str(locks.DEV), "--require-hashes", "--disable-pip"]
    try:
        answer = subprocess.run([*command, *options], capture_output=True, text=True, timeout=SECONDS, check=False)
        report = json.loads(answer.stdout)
    except subprocess.TimeoutExpired:
        print(f"error: the vulnerability service did not answer within {SECONDS} s: nothing is known", file=sys.stderr)
        return NOT_AUDITED
    except ValueError:
        said = answer.stderr.strip().rpartition("\n")[2] or f"exit code {answer.returncode}"
        print(f"error: the vulnerability service cannot be reached, nothing is known: {said}", file=sys.stderr)
        return NOT_AUDITED
    return judge(report)


def judge(report: Mapping[str, Any]) -> int:
    """Print a line for each vulnerability in pip-audit's JSON and one in the end, and return the exit code."""
    packages = report["dependencies"]
    skipped = sorted(package["name"] for package in packages if "skip_reason" in package)
    found = [line for package in packages for line in _vulnerabilities(package)]
    for line in found:
        print(line)
    if skipped or not packages:
        names = ", ".join(skipped[:SHOWN]) + (", …" if len(skipped) > SHOWN else "")
        print(
            f"error: the vulnerability service knows nothing about {len(skipped)} of {len(packages)} packages"
            f"{f' ({names})' if names else ''}: it may be out of reach behind a mirror of PyPI",
            file=sys.stderr,
        )
        return NOT_AUDITED
    print(f"{len(packages)} packages looked up, {len(found) or 'no'} known vulnerabilities")
    return VULNERABLE if found else 0


def _vulnerabilities(package: Mapping[str, Any]) -> Iterator[str]:
    name, version = package["name"], package.get("version", "?")
    levels = {"running builds": locks.RUN, "the local cloud": locks.CLOUD}
    use = next((level for level, lock in levels.items() if name in locks.pins(lock)), "developing")
    for one in package.get("vulns", []):
        identity = ", ".join([one["id"], *one.get("aliases", [])])
        fixed = ", ".join(one.get("fix_versions", [])) or "no release yet"
        yield f"{name} {version} (for {use}): {identity}; fixed in {fixed}"


if __name__ == "__main__":
    sys.exit(audit())
