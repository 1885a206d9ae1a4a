"""Ctrl-C, and machines that go, while they are looked at for their records."""

from __future__ import annotations

import pytest

from tests.support.looking import STUCK, looked_at
from tests.support.machines import builder
from tests.support.stacks import image, wait_for
from tests.support.terminal import Terminal


@pytest.fixture
def terminal(stack):
    """An engine in a terminal that takes a record which never comes to its end."""
    stack.configure({"web": image(record=True, provisioners=[STUCK])})
    command = ["pulumi", "up", "--yes", "--skip-preview", "--stack", stack.name]
    terminal = Terminal(command, stack.folder, stack.environment)
    yield terminal
    terminal.close()


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_while_a_record_is_taken(stack, cloud, terminal, presses):
    """The look ends, one line says so, nothing of a record is kept, and the next `up` makes the image."""
    with looked_at(cloud) as is_looked_at:
        terminal.type(b"\x03" * presses)
        assert terminal.ended(60) != 0
        wait_for(lambda: not is_looked_at(), 30, "the end of the look at the machine")
    assert "Traceback" not in terminal.text
    if presses == 1:
        assert stack.pending() == []
        assert "interrupted" in terminal.text
    stack.cancel()
    assert list(stack.folder.glob("logs/records/*")) == []
    assert cloud.images() == []
    stack.configure({"web": image(record=True)})
    stack.up().ok()
    assert [path.parent.name for path in stack.folder.glob("logs/records/*/*.cdx.json")] == [
        one["id"] for one in cloud.images()
    ]
    stack.destroy().ok()
    cloud.assert_only_images(*(one["id"] for one in cloud.images()))


def test_machines_that_go_while_their_records_are_taken(stack, cloud):
    """One is removed, one stopped: each build fails and says so; `up` then makes both images with their records."""
    keys = ["gone", "stopped"]
    stack.configure({key: image(image_name=key, record=True, provisioners=[STUCK]) for key in keys})
    process = stack.start("up", "--yes", "--skip-preview", "--continue-on-error")
    gone, stopped = (builder(cloud, key)["id"] for key in keys)
    disks = {vm: [plug["disk"]["id"] for plug in cloud.get(f"/v1/vm/{vm}/hdd")] for vm in (gone, stopped)}
    with looked_at(cloud, disks[gone][0]), looked_at(cloud, disks[stopped][0]):
        cloud.send("DELETE", f"/v1/vm/{gone}", {"removeDisks": disks[gone]})
        cloud.send("POST", f"/v1/vm/{stopped}/actions/turnoff")
    text = process.communicate(timeout=300)[0]
    assert process.returncode != 0
    assert "Traceback" not in text
    assert cloud.images() == []
    assert list(stack.folder.glob("logs/records/*")) == []
    stack.configure({key: image(image_name=key, record=True) for key in keys})
    stack.up("--continue-on-error").ok()
    stack.destroy().ok()
    assert len(list(stack.folder.glob("logs/records/*/*.cdx.json"))) == len(keys)
    cloud.assert_only_images(*(one["id"] for one in cloud.images()))
