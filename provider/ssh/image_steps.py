"""What a build does with the machine's own set-up: wait for cloud-init, take the build's key out again."""

from __future__ import annotations

from pulumi_hyperone.provider.foundation.errors import DeadlineExceeded
from pulumi_hyperone.provider.ssh.machine import Machine
from pulumi_hyperone.provider.ssh.shell_text import script

_CLOUD_INIT = "command -v cloud-init >/dev/null 2>&1 || exit 99; cloud-init status --wait --long 2>&1"
_ABSENT = 99
# The rest of the file stays as it is, owner and mode included.
_FORGET = (
    'for f in "$HOME/.ssh/authorized_keys" /root/.ssh/authorized_keys; do [ -f "$f" ] || continue; '
    'left=$(grep -v -F -e "$1" "$f"; [ $? -le 1 ]) || exit 1; '
    '{ [ -z "$left" ] || printf "%s\\n" "$left"; } > "$f" || exit 1; done'
)
_CLEAN_TIMEOUT = 60.0


def wait_for_cloud_init(machine: Machine, timeout: float) -> str:
    """Wait until cloud-init has finished and return how it ended ("done", "error: ...", "not installed").

    An error of cloud-init is told, not raised: images are built from images whose cloud-init complains harmlessly.
    Raises DeadlineExceeded after `timeout` seconds.
    """
    try:
        result = machine.run(_CLOUD_INIT, timeout=timeout, capture=True)
    except DeadlineExceeded:
        raise DeadlineExceeded(
            f"cloud-init did not finish within {timeout:g} s; look at /var/log/cloud-init-output.log on the machine"
        ) from None
    if result.exit_code == _ABSENT:
        return "not installed"
    fields = dict(line.split(": ", 1) for line in result.text.splitlines() if ": " in line)
    status = fields.get("status", "").strip() or f"exit code {result.exit_code}"
    detail = " ".join(result.text.split("detail:", 1)[1].split()) if "detail:" in result.text else ""
    return f"{status}: {detail}" if detail and status != "done" else status


def forget_key(machine: Machine, public_key: str) -> None:
    """Remove the build's temporary key (a public key line) from the authorized_keys of the login user and of root.

    The session stays open. Raises CommandFailed. For `ssh_clear_authorized_keys`.
    """
    material = public_key.split()[1]
    machine.run(machine.as_root(f'env HOME="$HOME" {script(_FORGET, material)}'), timeout=_CLEAN_TIMEOUT, check=True)
