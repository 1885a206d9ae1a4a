"""What is stored in the state of stacks: names that must never change, and no values."""

from __future__ import annotations

import base64
import pickle

import pytest
from pulumi.dynamic.dynamic import serialize_provider

from pulumi_hyperone.provider.resources.build import BuildProvider
from pulumi_hyperone.provider.resources.chroot_disk import ChrootDiskProvider
from pulumi_hyperone.provider.resources.existing_image import ExistingImageProvider
from pulumi_hyperone.provider.resources.image import ImageProvider
from pulumi_hyperone.provider.resources.post_processing import PostProcessingProvider
from pulumi_hyperone.provider.resources.power_off import PowerOffProvider
from pulumi_hyperone.provider.resources.preflight import PreflightProvider
from pulumi_hyperone.provider.resources.provisioning import ProvisioningProvider
from pulumi_hyperone.provider.resources.publication import PublicationProvider
from pulumi_hyperone.provider.resources.release import ReleaseProvider
from pulumi_hyperone.provider.resources.statement import StatementProvider
from pulumi_hyperone.provider.resources.temporary_vm import TemporaryVmProvider
from pulumi_hyperone.provider.resources.verification import VerificationProvider
from pulumi_hyperone.provider.schema.build import Build
from pulumi_hyperone.provider.schema.chroot_disk import ChrootDisk
from pulumi_hyperone.provider.schema.existing_image import ExistingImage
from pulumi_hyperone.provider.schema.image import Image
from pulumi_hyperone.provider.schema.post_processing import PostProcessing
from pulumi_hyperone.provider.schema.power_off import PowerOff
from pulumi_hyperone.provider.schema.preflight import Preflight
from pulumi_hyperone.provider.schema.provider_name import PROVIDERS, ProviderName
from pulumi_hyperone.provider.schema.provisioning import Provisioning
from pulumi_hyperone.provider.schema.publication import Publication
from pulumi_hyperone.provider.schema.release import Release
from pulumi_hyperone.provider.schema.statement import Statement
from pulumi_hyperone.provider.schema.temporary_vm import TemporaryVm
from pulumi_hyperone.provider.schema.verification import Verification

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
    "pulumi_hyperone.provider.resources.post_processing.PostProcessingProvider": PostProcessingProvider,
    "pulumi_hyperone.provider.resources.statement.StatementProvider": StatementProvider,
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
    PostProcessing,
    Statement,
)


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_provider_is_stored_by_its_name_alone(resource):
    """The pickle in the state names module and class, and is the resource's provider where it is read."""
    stored = base64.b64decode(serialize_provider(ProviderName(resource.provider)))
    provider = pickle.loads(stored)
    assert STORED[f"{PROVIDERS}.{resource.provider}"] is type(provider)
    assert provider.inputs is resource.inputs
    assert resource.provider.encode() in stored
    assert len(stored) < 120


@pytest.mark.parametrize(("name", "provider"), STORED.items())
def test_what_the_first_version_stored_still_unpickles(name, provider):
    """A provider as version 0.1.0 stored it, by module and class, is today's class."""
    module, _, cls = name.rpartition(".")
    stored = b"\x80\x04\x8c" + bytes([len(module)]) + module.encode()
    stored += b"\x8c" + bytes([len(cls)]) + cls.encode() + b"\x93)\x81."
    assert type(pickle.loads(stored)) is provider


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_resource_registers_under_the_hyperone_module(resource):
    """Type tokens are part of every URN in a state."""
    assert resource._resource_type_name == f"dynamic/hyperone:{resource.__name__}"
