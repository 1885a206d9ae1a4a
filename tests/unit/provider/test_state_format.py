"""What is stored in the state of stacks: names that must never change, and no values."""

from __future__ import annotations

import base64
import pickle

import pytest
from pulumi.dynamic.dynamic import serialize_provider

from provider.build import Build, BuildProvider
from provider.chroot_disk import ChrootDisk, ChrootDiskProvider
from provider.existing_image import ExistingImage, ExistingImageProvider
from provider.image import Image, ImageProvider
from provider.power_off import PowerOff, PowerOffProvider
from provider.preflight import Preflight, PreflightProvider
from provider.provisioning import Provisioning, ProvisioningProvider
from provider.publication import Publication, PublicationProvider
from provider.release import Release, ReleaseProvider
from provider.temporary_vm import TemporaryVm, TemporaryVmProvider
from provider.verification import Verification, VerificationProvider

STORED = {
    "provider.preflight.PreflightProvider": PreflightProvider,
    "provider.build.BuildProvider": BuildProvider,
    "provider.temporary_vm.TemporaryVmProvider": TemporaryVmProvider,
    "provider.chroot_disk.ChrootDiskProvider": ChrootDiskProvider,
    "provider.provisioning.ProvisioningProvider": ProvisioningProvider,
    "provider.power_off.PowerOffProvider": PowerOffProvider,
    "provider.image.ImageProvider": ImageProvider,
    "provider.existing_image.ExistingImageProvider": ExistingImageProvider,
    "provider.verification.VerificationProvider": VerificationProvider,
    "provider.publication.PublicationProvider": PublicationProvider,
    "provider.release.ReleaseProvider": ReleaseProvider,
}
RESOURCES = (
    Preflight,
    Build,
    TemporaryVm,
    ChrootDisk,
    Provisioning,
    PowerOff,
    Image,
    ExistingImage,
    Verification,
    Publication,
    Release,
)


@pytest.mark.parametrize(("name", "provider"), STORED.items())
def test_a_provider_is_stored_by_its_name_alone(name, provider):
    """The pickle in the state names module and class and holds nothing else."""
    stored = base64.b64decode(serialize_provider(provider()))
    module, _, cls = name.rpartition(".")
    assert module.encode() in stored
    assert cls.encode() in stored
    assert len(stored) < 120


@pytest.mark.parametrize(("name", "provider"), STORED.items())
def test_what_the_first_version_stored_still_unpickles(name, provider):
    """A provider as version 0.1.0 stored it is today's class."""
    module, _, cls = name.rpartition(".")
    stored = b"\x80\x04\x8c" + bytes([len(module)]) + module.encode()
    stored += b"\x8c" + bytes([len(cls)]) + cls.encode() + b"\x93)\x81."
    assert type(pickle.loads(stored)) is provider


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_resource_registers_under_the_hyperone_module(resource):
    """Type tokens are part of every URN in a state."""
    assert resource._resource_type_name == f"dynamic/hyperone:{resource.__name__}"
