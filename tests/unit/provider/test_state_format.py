"""What is stored in the state of stacks: names that must never change, and no values."""

from __future__ import annotations

import base64
import pickle

import pytest
from pulumi.dynamic.dynamic import serialize_provider

from pulumi_hyperone.provider.resources.build import Build, BuildProvider
from pulumi_hyperone.provider.resources.chroot_disk import ChrootDisk, ChrootDiskProvider
from pulumi_hyperone.provider.resources.existing_image import ExistingImage, ExistingImageProvider
from pulumi_hyperone.provider.resources.image import Image, ImageProvider
from pulumi_hyperone.provider.resources.power_off import PowerOff, PowerOffProvider
from pulumi_hyperone.provider.resources.preflight import Preflight, PreflightProvider
from pulumi_hyperone.provider.resources.provisioning import Provisioning, ProvisioningProvider
from pulumi_hyperone.provider.resources.publication import Publication, PublicationProvider
from pulumi_hyperone.provider.resources.release import Release, ReleaseProvider
from pulumi_hyperone.provider.resources.temporary_vm import TemporaryVm, TemporaryVmProvider
from pulumi_hyperone.provider.resources.verification import Verification, VerificationProvider

STORED = {
    "pulumi_hyperone.provider.resources.preflight.PreflightProvider": PreflightProvider,
    "pulumi_hyperone.provider.resources.build.BuildProvider": BuildProvider,
    "pulumi_hyperone.provider.resources.temporary_vm.TemporaryVmProvider": TemporaryVmProvider,
    "pulumi_hyperone.provider.resources.chroot_disk.ChrootDiskProvider": ChrootDiskProvider,
    "pulumi_hyperone.provider.resources.provisioning.ProvisioningProvider": ProvisioningProvider,
    "pulumi_hyperone.provider.resources.power_off.PowerOffProvider": PowerOffProvider,
    "pulumi_hyperone.provider.resources.image.ImageProvider": ImageProvider,
    "pulumi_hyperone.provider.resources.existing_image.ExistingImageProvider": ExistingImageProvider,
    "pulumi_hyperone.provider.resources.verification.VerificationProvider": VerificationProvider,
    "pulumi_hyperone.provider.resources.publication.PublicationProvider": PublicationProvider,
    "pulumi_hyperone.provider.resources.release.ReleaseProvider": ReleaseProvider,
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
