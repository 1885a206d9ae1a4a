"""What failed is told even where the clean-up after it fails too."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pulumi_hyperone.provider.foundation.errors import BootTestFailed, ProvisionerFailed, Refused, Unavailable
from pulumi_hyperone.provider.resources import base, provisioning, verification
from pulumi_hyperone.provider.resources.provisioning import ProvisioningProvider
from pulumi_hyperone.provider.resources.verification import VerificationProvider


def raising(error: Exception) -> Any:
    """A function that raises `error`, whatever it is given."""

    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_a_provisioner_s_failure_is_told_though_the_builder_cannot_be_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    """With on_failure: cleanup, both are in the message, and when the builder goes."""
    client = SimpleNamespace(for_cleanup=lambda: None)
    monkeypatch.setattr(provisioning, "session", lambda: SimpleNamespace(client=lambda: client))
    monkeypatch.setattr(provisioning, "remove_vm", raising(Refused("cannot delete vm v: it is protected")))
    inputs = SimpleNamespace(on_failure="cleanup", vm_id="v")
    error = ProvisionerFailed("provisioners[0] ended with exit code 3")
    ProvisioningProvider()._failed(error, inputs, SimpleNamespace(where="the whole output: /log"))
    first, log, hint = str(error).splitlines()
    assert (first, log) == ("provisioners[0] ended with exit code 3", "the whole output: /log")
    assert hint.startswith("the builder stays until the next `pulumi up` or `pulumi destroy`: it could not be removed")
    assert hint.endswith("cannot delete vm v: it is protected")


@pytest.mark.parametrize("fate", ["delete", "quarantine"])
def test_a_failed_boot_test_is_told_though_the_image_cannot_be_taken_away(
    monkeypatch: pytest.MonkeyPatch, fate: str
) -> None:
    """Whatever the cloud answers then, the message has the failure of the image."""
    gone = raising(Unavailable("cannot reach HyperOne"))
    client = SimpleNamespace(vms=SimpleNamespace(list=gone), images=SimpleNamespace(add_tags=gone))
    monkeypatch.setattr(VerificationProvider, "client", client)
    inputs = SimpleNamespace(name="web", image_id="i", build_id="b", on_verify_failure=fate)
    with pytest.raises(BootTestFailed) as raised:
        VerificationProvider()._refuse(inputs, "nginx is not active")
    assert str(raised.value) == (
        f"image web (i) failed its boot test, on_verify_failure: {fate} could not be done (cannot reach HyperOne); "
        "the next `pulumi up` tries again: nginx is not active"
    )


def test_the_machine_of_a_boot_test_goes_though_there_can_be_no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where neither the folder of logs nor a temporary one can be made, nothing runs on at the user's cost."""
    removed: list[str] = []
    client = SimpleNamespace(for_cleanup=lambda: client)
    monkeypatch.setattr(base, "session", lambda: SimpleNamespace(client=lambda: client))
    monkeypatch.setattr(verification, "verifier", lambda inputs: inputs)
    monkeypatch.setattr(verification.TemporaryVmProvider, "start", lambda *_: ("v", {"address": "", "disk_ids": []}))
    monkeypatch.setattr(verification, "build_log", raising(OSError("no usable temporary folder")))
    monkeypatch.setattr(verification, "remove_vms", lambda _, tags: removed.append(tags["pulumi-role"]))
    inputs = dict.fromkeys(verification.VerificationInputs.names(), "x")
    with pytest.raises(OSError, match="no usable temporary folder"):
        VerificationProvider().create(inputs)
    assert removed == ["verifier"]
