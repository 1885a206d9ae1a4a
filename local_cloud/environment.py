"""The environment of the cloud's processes: what they need of the environment that they were started in."""

from __future__ import annotations

import os

_NAMES = {
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TZ", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "LANG", "LANGUAGE"),
    *("APT_CONFIG", "SSL_CERT_DIR", "SSL_CERT_FILE"),
    *(f"{scheme}_proxy" for scheme in ("http", "https", "ftp", "all", "no")),
}
_PREFIXES = ("HYPERONE_LOCAL_", "LC_", "PYTHON", "XDG_")


def own_environment() -> dict[str, str]:
    """Return the variables that are the cloud's: keys of whoever started it (`HYPERONE_TOKEN` and others) are not."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in _NAMES or name.lower() in _NAMES or name.startswith(_PREFIXES)
    }
