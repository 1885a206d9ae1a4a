"""How everything a build makes can be found again without any state: by its tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BUILD_TAG = "pulumi-build"
ROLE_TAG = "pulumi-role"
IMAGE_TAG = "pulumi-image"
STACK_TAG = "pulumi-stack"
STACK_ID_TAG = "pulumi-stack-id"
ALIVE_TAG = "pulumi-alive"
PROVISIONING_TAG = "provisioning"
PROVISIONED_TAG = "provisioned"
QUARANTINE_TAG = "quarantine"
CURRENT_TAG = "current"

BUILDER = "builder"
CARRIER = "carrier"
VERIFIER = "verifier"
CHROOT_DISK = "chroot-disk"
OS_DISK = "os-disk"
IMAGE = "image"


def owner_tags(props: Mapping[str, Any]) -> dict[str, str]:
    """Who made it: the image's key in the stack, the stack's name for people, the stack's random identity."""
    return {
        IMAGE_TAG: str(props["image_key"]),
        STACK_TAG: str(props["stack"]),
        STACK_ID_TAG: str(props["stack_id"]),
    }


def role_tags(build_id: str, role: str) -> dict[str, str]:
    """What finds one object of a build: a build has at most one object of each role."""
    return {BUILD_TAG: build_id, ROLE_TAG: role}


def identity_tags(props: Mapping[str, Any], role: str) -> dict[str, str]:
    """All tags that we put on an object of the build `props["build_id"]`."""
    return {**role_tags(str(props["build_id"]), role), **owner_tags(props)}
