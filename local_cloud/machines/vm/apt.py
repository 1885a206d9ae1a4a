"""How this host reaches Debian's packages, so that the image is built, and its guests' apt works, in the same manner.

Nothing about it is written down in the code: sources and options are read from the host's apt at build time.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from pulumi_hyperone.local_cloud.machines.base import MachineError
from pulumi_hyperone.local_cloud.machines.vm import host

# User networking shows the host's loopback under this address in the guest.
HOST_IN_GUEST = "10.0.2.2"
_OPTIONS = re.compile(r'^(Acquire::(?:https?|ftp)::\S+|Acquire::Check-\S+|Acquire::ForceIPv[46]) "([^"]+)";$')
_NOT_OURS = re.compile(r"User-Agent|Timeout|Pipeline-Depth|Dl-Limit", re.IGNORECASE)
_SUITES = ("{0}", "{0}-updates", "{0}-security")
_LOCAL_CERTIFICATES = Path("/usr/local/share/ca-certificates")


async def sources(suite: str) -> list[str]:
    """One-line sources of the host for `suite`; empty where the host has none, then mmdebstrap's defaults are right."""
    form = "$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)"
    try:
        listing = await host.run(
            ["apt-get", "indextargets", "--format", form, "Created-By: Packages"], "reading apt's sources", timeout=60
        )
    except MachineError:
        return []
    wanted = {pattern.format(suite) for pattern in _SUITES}
    found: set[str] = set()
    for line in listing.splitlines():
        uri, release, component, *origin = line.split(" ")
        is_debian = "".join(origin) == "Debian" or re.search(r"/debian(-security)?/?$", uri)
        if release in wanted and component == "main" and is_debian:
            found.add(f"deb {uri} {release} main")
    return sorted(found) if any(f" {suite} main" in line for line in found) else []


async def options() -> dict[str, str]:
    """The host's apt options for proxies, certificates and validity; proxies of the environment included."""
    try:
        dump = await host.run(["apt-config", "dump"], "reading apt's options", timeout=60)
    except MachineError:
        dump = ""
    found = {}
    for line in dump.splitlines():
        match = _OPTIONS.match(line)
        if match and not _NOT_OURS.search(match[1]):
            found[match[1]] = match[2]
    for scheme in ("http", "https"):
        proxy = os.environ.get(f"{scheme}_proxy")
        if proxy:
            found.setdefault(f"Acquire::{scheme}::Proxy", proxy)
    return found


def for_guest(found: dict[str, str]) -> str:
    """The options as a file for the guest's apt: a proxy on the host's loopback is at another address there."""
    lines = []
    for key, value in found.items():
        if urlsplit(value).hostname in {"localhost", "127.0.0.1", "::1"}:
            value = value.replace(urlsplit(value).hostname or "", HOST_IN_GUEST, 1)  # noqa: PLW2901 - the same option
        lines.append(f'{key} "{value}";\n')
    return "".join(lines)


def certificate_files(found: dict[str, str]) -> list[Path]:
    """Files that the guest needs too: the administrator's CA certificates and those that apt's options name."""
    named = [Path(value) for value in found.values() if value.startswith("/")]
    local = _LOCAL_CERTIFICATES.glob("*.crt") if _LOCAL_CERTIFICATES.is_dir() else []
    return [path for path in [*named, *local] if path.is_file()]
