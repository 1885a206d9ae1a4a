"""Packer's repeatable tag blocks: `image_tag` (key, value) and `vm_tag` (name, value)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from pulumi_hyperone.provider.foundation.weak_types import Expects, WeakModel, WeakStr, weak_list

TagName = Annotated[WeakStr, Field(min_length=1), Expects("the name of a tag, not empty")]


class ImageTag(WeakModel):
    """One `image_tag` block."""

    old_names: ClassVar[Mapping[str, str]] = {"name": "key"}
    key: TagName
    value: WeakStr = ""


class VmTag(WeakModel):
    """One `vm_tag` block; Packer calls its first field `name`, unlike in `image_tag`."""

    old_names: ClassVar[Mapping[str, str]] = {"key": "name"}
    name: TagName
    value: WeakStr = ""


ImageTags = Annotated[list[ImageTag], BeforeValidator(weak_list)]
VmTags = Annotated[list[VmTag], BeforeValidator(weak_list)]
