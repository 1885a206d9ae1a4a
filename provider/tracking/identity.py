"""How everything a build makes can be found again without any state: by its tags."""

from __future__ import annotations

from dataclasses import dataclass

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
RECORD_TAG = "pulumi-record"
STATEMENT_TAG = "pulumi-statement"

BUILDER = "builder"
CARRIER = "carrier"
VERIFIER = "verifier"
CHROOT_DISK = "chroot-disk"
OS_DISK = "os-disk"
IMAGE = "image"


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Whose something is: the build, the image's key in the stack, the stack's name for people, its random identity."""

    build_id: str
    image_key: str
    stack: str
    stack_id: str

    def tags(self, role: str) -> dict[str, str]:
        """All tags that we put on an object of this role."""
        stack = {IMAGE_TAG: self.image_key, STACK_TAG: self.stack, STACK_ID_TAG: self.stack_id}
        return {**role_tags(self.build_id, role), **stack}


def key_comment(build_id: str) -> str:
    """What stands behind a build's public key in authorized_keys, to tell whose it is."""
    return f"build-{build_id}"


def role_tags(build_id: str, role: str) -> dict[str, str]:
    """What finds one object of a build: a build has at most one object of each role."""
    return {BUILD_TAG: build_id, ROLE_TAG: role}
