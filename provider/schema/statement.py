"""Statement: how an image was made, signed with a key of the user's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from pulumi_hyperone.provider.process.timing import TIMES
from pulumi_hyperone.provider.schema.inputs import IDENTITY, SECRET, SILENT, Owned, given
from pulumi_hyperone.provider.schema.resource import HyperOneResource


@dataclass(frozen=True, kw_only=True)
class StatementInputs(Owned):
    """What is stated of an image.

    `key` is the path of the key to sign with, `made_from` the output of the build, `record_dir` the folder for copies.
    """

    image_id: str = given(IDENTITY)
    key: str = given(SILENT)
    source_image: str = given(SILENT)
    source_image_id: str = given(SILENT)
    fingerprint: str = given(SILENT)
    parts: Mapping[str, str] = given(SILENT, SECRET)
    timestamp: float = given(SILENT)
    made_from: Mapping[str, Any] | None = given(SILENT, SECRET, default=None)
    record_dir: str = given(SILENT, default="")
    masked: Sequence[str] = given(SILENT, SECRET, default=())


class Statement(HyperOneResource, module="hyperone", name="Statement"):
    """The signed statement of one image; deleting the resource keeps it."""

    statement_file: pulumi.Output[str]
    signed_by: pulumi.Output[str]
    seconds: pulumi.Output[float]

    inputs = StatementInputs
    computed = ("statement_file", "signed_by", *TIMES)
