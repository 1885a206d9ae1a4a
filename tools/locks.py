"""The lock files: which packages are installed for what."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUN, CLOUD, DEV = (ROOT / name for name in ("requirements.lock", "requirements-cloud.lock", "requirements-dev.lock"))
"""What running needs; that and what the local cloud needs; all of it and what developing needs."""
PIP = ROOT / "tools" / "pip.lock"
"""The pip that installs them."""

_PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)


def pins(lock: Path) -> dict[str, str]:
    """Return the version of each package that `lock` pins."""
    return dict(_PIN.findall(lock.read_text(encoding="utf-8")))
