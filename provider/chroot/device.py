"""Which block device the chroot disk is on the machine."""

from __future__ import annotations

import re
import shlex
import time

from pulumi_hyperone.provider.chroot.options import ChrootSteps
from pulumi_hyperone.provider.foundation.errors import SshError
from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.ssh.machine import Machine

APPEARS_WITHIN = 60.0
POLL = 0.5
QUERY_TIMEOUT = 60.0
# The last characters of the disk's id end up in the SCSI serial, hence in /dev/disk/by-id (API facts section 4).
SERIAL_LENGTH = 12


def find_device(machine: Machine, steps: ChrootSteps, interruption: Interruption) -> str:
    """The device path (`/dev/sdb`): chroot_device, else by the VMBus controller, else by /dev/disk/by-id.

    Waits up to a minute for it to appear. Raises SshError when there is none or more than one, with what was seen.
    """
    if steps.device:
        return steps.device
    query = discovery_command(steps)
    deadline = time.monotonic() + APPEARS_WITHIN
    while True:
        found = _lines(machine, query)
        if len(found) == 1:
            return found[0]
        if found:
            raise SshError(
                f"disk {steps.disk_id} matches several devices: {', '.join(found)}; name one by chroot_device"
            )
        if time.monotonic() >= deadline:
            seen = ", ".join(_lines(machine, "ls -1 /sys/block 2>/dev/null")) or "no block devices"
            raise SshError(
                f"disk {steps.disk_id} did not appear on the machine within {APPEARS_WITHIN:.0f} s (it has {seen}); "
                "name its device by chroot_device"
            )
        interruption.sleep(POLL)


def discovery_command(steps: ChrootSteps) -> str:
    """A sh command that prints the device's path, once for each way that finds it (API facts 3.3 step 7)."""
    guid = re.sub(r"[{}]", "", steps.controller_number).lower()
    serial = re.sub(r"[^0-9A-Za-z]", "", steps.disk_id[-SERIAL_LENGTH:])
    by_id = f"for link in /dev/disk/by-id/scsi-*{serial}; do "
    by_id += '[ -e "$link" ] && readlink -f "$link"; done; true'
    if not guid:
        return by_id
    bus = shlex.quote(f"/sys/bus/vmbus/devices/{guid}/")
    location = shlex.quote(f"*:{steps.controller_location}/block")
    return f"find {bus} -path {location} -exec ls {{}} \\; 2>/dev/null | sed 's|^|/dev/|'; {by_id}"


def _lines(machine: Machine, command: str) -> list[str]:
    result = machine.run(command, capture=True, timeout=QUERY_TIMEOUT)
    text = (result.stdout or b"").decode(errors="replace")
    return sorted({line.strip() for line in text.splitlines() if line.strip()})
