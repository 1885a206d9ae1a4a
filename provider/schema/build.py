"""Build: the identity of one build, and the one switch that starts a rebuild."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from pulumi_hyperone.provider.schema.inputs import FOUND, SECRET, SILENT, Inputs, given
from pulumi_hyperone.provider.schema.resource import HyperOneResource
from pulumi_hyperone.provider.ssh.defaults import DEFAULT_KEY_TYPE


@dataclass(frozen=True, kw_only=True)
class BuildInputs(Inputs):
    """What decides a build.

    `parts` maps labels to hashes of what is in the image; `masked` are texts that no message may show;
    `depends_on_image` is the key of the image of this stack that it starts from; `verified` says that a boot test
    follows, which is there for policies; `local_files` are those that the statement of how the image was made names
    (None: nobody asked for one). `source_image_filter` stands for `source_image`, which the check then sets to the name
    of the image that it finds. `source_image_id` and `fingerprint` are added by the check.
    """

    image_key: str = given(SILENT)
    stack: str = given(SILENT)
    stack_id: str = given()
    source_image: str = given(default="")
    source_image_filter: Mapping[str, Any] = given(default=None)
    parts: Mapping[str, str] = given(SILENT, SECRET)
    masked: Sequence[str] = given(SILENT, SECRET, default=())
    keep_image: bool = given(default=True)
    pin_source: bool = given(default=False)
    local_files: Sequence[str] | None = given(SILENT, SECRET, default=None)
    verified: bool = given(SILENT, default=False)
    residue: str = given(SILENT, default="")
    chroot_disk: bool = given(default=False)
    skip_create_image: bool = given(default=False)
    key_type: str = given(default=DEFAULT_KEY_TYPE)
    key_bits: float = given(default=0)
    depends_on_image: str = given(SILENT, default="")
    source_image_id: str = given(SILENT, FOUND, default="")
    fingerprint: str = given(SILENT, FOUND, default="")


class Build(HyperOneResource, module="hyperone", name="Build"):
    """One build of an image. Its id is the build id.

    `timestamp` is in Unix seconds, `private_key` PKCS #8 in base64.
    """

    timestamp: pulumi.Output[float]
    private_key: pulumi.Output[str]
    public_key: pulumi.Output[str]
    source_image_id: pulumi.Output[str]
    fingerprint: pulumi.Output[str]
    made_from: pulumi.Output[Mapping[str, Any] | None]

    inputs = BuildInputs
    computed = ("timestamp", "private_key", "public_key", "source_image_id", "fingerprint", "made_from")
    secret_outputs = ("private_key", "made_from")
