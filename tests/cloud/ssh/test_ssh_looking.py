"""Connections that fail while a machine is looked at, for a record or for residue: one line, and no half result."""

from __future__ import annotations

import time

import pytest

from pulumi_hyperone.provider.foundation.errors import HyperOneError
from pulumi_hyperone.provider.records import residue, taking
from tests.cloud.ssh.conftest import Sshd
from tests.support.sandboxes import wait_until

pytestmark = pytest.mark.cloud
STAGES_BEFORE = {"record": 0, "secrets": 1, "identity": 2}
"""How many rounds over SSH go well before the one that does not."""
FAULTS = {
    "silent": ("sleep 60", Sshd.freeze, "nothing came from the machine"),
    "cut": ("sleep 60", Sshd.cut, "connection"),
    "stopped": ("sleep 60", Sshd.stop, "connection"),
    "endless": ("cat /dev/zero", None, "the machine sent more than"),
    "slow": ("sleep 60", None, "within 2 s"),
}
"""What the machine does after its first byte, what happens to it then, and what the message says."""


@pytest.fixture(params=STAGES_BEFORE)
def look(request, key):
    """Look at a machine; what a residue search asks before is answered with nothing."""
    rounds = iter(range(STAGES_BEFORE[request.param]))
    answers = {1: b"", 2: b"\0\0"}

    def do(machine, behaviour, then):
        begun = machine.stream

        def stream(_command, *, on_stdout, **rest):
            if (done := next(rounds, None)) is not None:
                on_stdout(answers[done + 1])
                return 0

            def first(data):
                if then and data == b"x":
                    then()
                on_stdout(data)

            return begun(f"printf x; {behaviour}", on_stdout=first, **rest)

        machine.stream = stream
        if request.param == "record":
            return taking.take_stock(machine)
        secrets = ["hunter2-hunter2"]
        return residue.search(machine, clean=True, public_key=key.public, began=time.time(), secrets=secrets)

    return do


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_while_a_machine_is_looked_at(sshd, connect, look, fault, monkeypatch):
    """The look ends with one line that says what happened, and nothing of it goes on running on the machine."""
    behaviour, act, message = FAULTS[fault]
    if fault == "slow":
        monkeypatch.setattr(taking, "TIMEOUT", 2)
        monkeypatch.setattr(residue, "TIMEOUT", 2)
    machine = connect(sshd, ssh_keep_alive_interval="1s")
    with pytest.raises(HyperOneError) as failed:
        look(machine, behaviour, act and (lambda: act(sshd)))
    assert message in str(failed.value)
    assert "\n" not in str(failed.value)
    if act is None:
        assert wait_until(lambda: not [one for one in sshd.sessions() if one.name() in {"cat", "sleep"}])
