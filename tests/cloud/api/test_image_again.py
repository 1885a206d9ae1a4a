"""An image whose row the state lost, while the image itself is there."""

from __future__ import annotations

import pytest

from pulumi_hyperone.local_cloud import LocalCloud
from pulumi_hyperone.provider.foundation.errors import NotFound
from pulumi_hyperone.provider.process import session as sessions
from pulumi_hyperone.provider.resources.image import ImageProvider
from pulumi_hyperone.provider.resources.provisioning import ProvisioningProvider
from pulumi_hyperone.provider.resources.temporary_vm import TemporaryVmProvider
from tests.cloud.api.conftest import account
from tests.cloud.api.test_refused_calls import NOBODY_LOGS_IN, PART, PUBLIC

pytestmark = pytest.mark.cloud


def test_an_image_stays_when_its_machine_is_gone_and_it_cannot_be_made_again(
    cloud: LocalCloud, api_version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is removed as half made is what another one can take the place of; the message says how to build anew."""
    way_in = account(cloud, api_version)
    settings = {"api_url": way_in.api_url, "token": way_in.token, "project": cloud.project}
    monkeypatch.setattr(sessions, "_session", sessions.Session(settings))
    vms, disk = TemporaryVmProvider(), {"service": "ssd", "size": 1}
    machine = {"name": "web", "service": "a1.nano", "disks": [disk], "public_netadp_service": "public"}
    vm = vms.create({**PART, **machine, "role": "builder", "image": "sandbox", "ssh_keys": [PUBLIC]})
    ProvisioningProvider().create({**PART, **NOBODY_LOGS_IN, "vm_id": vm.id})
    props = {**PART, "vm_id": vm.id, "name": "web", "service": "image"}
    half_made, made = ImageProvider().create(props), ImageProvider().create(props)
    images = sessions.session().client().images
    assert [image.id for image in images.list()] == [made.id] != [half_made.id]
    vms.delete(vm.id, vm.outs)
    with pytest.raises(NotFound, match=r"image web .* is gone.* `pulumi up --replace '\*\*::web-build'` rebuilds it"):
        ImageProvider().create(props)
    assert [image.id for image in images.list()] == [made.id]
