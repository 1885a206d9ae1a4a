"""Shared by the tests of settings."""

import pytest

from pulumi_hyperone.settings import load_images

BASE = {"source_image": "debian-12", "vm_type": "a1.nano", "disk_size": 10}
CHROOT = {"chroot_disk": True, "pre_mount_commands": ["parted {{.Device}}"]}


@pytest.fixture
def load(tmp_path):
    """Load one image called `base` from options laid over the required ones; gives (settings or None, faults)."""

    def load(base_dir=tmp_path, **options):
        images, faults = load_images({"images": {"base": BASE | options}}, base_dir)
        return images.get("base"), faults

    return load


@pytest.fixture
def good(load):
    """Load one image without faults and give its settings."""

    def good(**options):
        settings, faults = load(**options)
        assert faults == []
        return settings

    return good


@pytest.fixture
def faults(load):
    """Load one image with faults and give path → messages."""

    def faults(**options):
        settings, found = load(**options)
        assert settings is None
        assert found
        return {fault.path: fault.message for fault in found}

    return faults
