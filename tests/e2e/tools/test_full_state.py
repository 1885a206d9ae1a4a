"""The folder of the state is full in the middle of a build."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.checkout import SANDBOX, Checkout

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

FILLS = SANDBOX.format(
    provisioner='{type: shell-local, inline: ["dd if=/dev/zero of=.state/fill bs=4k 2>/dev/null || true"]}'
)


@pytest.fixture
def small_state(checkout: Checkout) -> Iterator[Path]:
    """The checkout's state folder, on a file system of 80 MiB."""
    folder = checkout.folder / ".state"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", "size=80m,mode=700", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def failed(checkout: Checkout, *arguments: str) -> str:
    """What a make target prints that has to fail."""
    with checkout.start(*arguments) as run:
        text, _ = run.communicate(timeout=300)
    assert run.returncode == 2, text
    assert "Traceback" not in text
    return text


def test_a_state_that_a_full_disk_cut_short_is_told_and_taken_back(checkout: Checkout, small_state: Path) -> None:
    """Each command says in a line what is wrong; the one that it names brings the state back, and no VM is left."""
    stack_file = checkout.folder / "stacks" / "Pulumi.sandbox.yaml"
    stack_file.write_text(FILLS)
    told = "the state of the stack sandbox was cut short"
    assert told in failed(checkout, "up", "STACK=sandbox")
    assert "only 0 MiB are free" in failed(checkout, "up", "STACK=sandbox")
    for command in (["ssh", "IMAGE=hello"], ["timeline"]):
        assert told in failed(checkout, *command, "STACK=sandbox")
    (small_state / "fill").unlink()
    text = failed(checkout, "preview", "STACK=sandbox")
    assert told in text
    restore = re.search(r"cp .*?(?= restores)", text)
    assert restore
    subprocess.run(["sh", "-c", restore[0]], check=True)
    with pytest.raises(OSError, match="No space left"):
        (small_state / "fill").write_bytes(bytes(100 << 20))
    assert "error: no space left on device" in failed(checkout, "timeline", "STACK=sandbox")
    assert not list(small_state.glob("*.svg"))
    (small_state / "fill").unlink()
    checkout.make("destroy", "STACK=sandbox")
    assert "VM" not in checkout.make("status", "STACK=sandbox")
