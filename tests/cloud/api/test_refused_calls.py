"""A token that is refused at each call of a build and of its end: every message tells why, and nothing is lost."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pulumi_hyperone.local_cloud import LocalCloud
from pulumi_hyperone.provider.foundation.errors import HyperOneError
from pulumi_hyperone.provider.process import session as sessions
from pulumi_hyperone.provider.resources.build import BuildProvider
from pulumi_hyperone.provider.resources.image import ImageProvider
from pulumi_hyperone.provider.resources.provisioning import ProvisioningProvider
from pulumi_hyperone.provider.resources.temporary_vm import TemporaryVmProvider
from pulumi_hyperone.provider.ssh.keys import generate
from pulumi_hyperone.provider.tracking.identity import PROVISIONED_TAG, PROVISIONING_TAG
from tests.cloud.api.conftest import account
from tests.support.passports import private_pem, rsa_key, write_passport

pytestmark = pytest.mark.cloud

PART = {"build_id": "b" * 32, "image_key": "web", "stack": "test", "stack_id": "s" * 32, "state_timeout": 30.0}
PUBLIC = generate().public
NOBODY_LOGS_IN = {"communicator": {"communicator": "none"}, "private_key": "", "provisioners": []}
REFUSED = "it is wrong or has expired"
REVOKED = "it was accepted until now, so it was revoked or has expired"
FORBIDDEN = "forbidden (HTTP 403); the token from "
FEWEST = 20
"""Calls that a build and its end have at least."""


class Access(NamedTuple):
    """A way in that can be taken away: the settings that use it, what no message may show, how to take it away."""

    settings: dict[str, str]
    secret: str
    revoke: Callable[[], None]


def new_access(cloud: LocalCloud, api_version: str, folder: Path) -> Access:
    """A new credential of the cloud's service account: a token for v1, a passport for v2."""
    way_in = account(cloud, api_version)
    if api_version == "v1":
        keys, value = f"{cloud.url}/project/{cloud.project}/credential/authtoken", {"name": "ours"}
    else:
        line = rsa_key().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        subject = cloud.info["service_account"]
        keys, value = f"{cloud.url_v2}{subject}/credential", {"name": "ours", "type": "ssh", "value": line}

    def call(method: str, address: str, body: Any = None) -> Any:
        own = {"x-auth-token": way_in.token} if api_version == "v1" else {"authorization": f"Bearer {way_in.token}"}
        reply = requests.request(method, address, json=body, headers=own, timeout=10)
        assert reply.ok, reply.text
        return reply.json() if reply.content else None

    made = call("POST", keys, value)
    settings = {"api_url": way_in.api_url}
    if api_version == "v1":
        settings["token"] = secret = made["secret"]
    else:
        names = {"subject_id": subject, "certificate_id": made["id"], "issuer": f"{cloud.url_v2}{subject}"}
        settings["passport_file"] = str(write_passport(folder / "passport.json", **names))
        secret = private_pem(rsa_key()).splitlines()[1]
    return Access(settings, secret, lambda: call("DELETE", f"{keys}/{made['id']}"))


def build() -> None:
    """A build and its end, as the engine has them made; what runs on the machine is left out, its tags are not."""
    client = sessions.session().client()
    vms, disk = TemporaryVmProvider(), {"service": "ssd", "size": 1}
    machine = {"name": "web", "service": "a1.nano", "disks": [disk], "public_netadp_service": "public"}
    vm = vms.create({**PART, **machine, "role": "builder", "image": "sandbox", "ssh_keys": [PUBLIC]})
    client.vms.add_tags(vm.id, {PROVISIONING_TAG: "now"})
    client.vms.add_tags(vm.id, {PROVISIONED_TAG: "now"})
    ProvisioningProvider().create({**PART, **NOBODY_LOGS_IN, "vm_id": vm.id})
    ImageProvider().create({**PART, "vm_id": vm.id, "name": "web", "service": "image"})
    vms.delete(vm.id, vm.outs)
    BuildProvider().delete(PART["build_id"], {"keep_image": False})


def test_a_token_refused_at_any_call_says_so_and_loses_nothing(
    cloud: LocalCloud, api_version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time one call later, revoked and forbidden in turn: the message says why, a good token removes the rest."""
    forbidding = {"action": "fail", "status": 403, "message": "forbidden", "count": 0}

    def use(access: Access, before_each_call: Callable[[], None]) -> None:
        monkeypatch.setattr(sessions, "count_call", before_each_call)
        monkeypatch.setattr(sessions, "_session", sessions.Session(access.settings))

    def build_refused_at(number: int, access: Access) -> str:
        """The message of a build whose token is refused from this call on; empty when there are fewer calls."""
        calls = itertools.count(1)
        refuse = access.revoke if number % 2 else lambda: cloud.local("POST", "faults", forbidding)
        use(access, lambda: refuse() if next(calls) == number else None)
        try:
            build()
        except HyperOneError as error:
            return str(error)
        finally:
            cloud.local("DELETE", "faults")
        return ""

    for number in itertools.count(1):
        access = new_access(cloud, api_version, tmp_path)
        said = build_refused_at(number, access)
        if not said:
            break
        assert access.secret not in said
        reason = REFUSED if number == 1 else REVOKED if number % 2 else FORBIDDEN
        assert reason in said
        assert said.count("refused the token") == number % 2
        assert said.count("\n") == ("could not be removed afterwards" in said)
        use(new_access(cloud, api_version, tmp_path), lambda: None)
        BuildProvider().delete(PART["build_id"], {"keep_image": False})
        left = cloud.local("GET", "inventory")
        assert not any(left.values()), (said, left)
    assert number > FEWEST
