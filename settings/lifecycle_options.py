"""Options of an image's life after its build: what is released, tested, tagged and kept (docs/lifecycle.md)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pulumi_hyperone.provider.foundation.weak_types import (
    Expects,
    WeakBool,
    WeakCommandList,
    WeakInt,
    WeakModel,
    WeakStr,
)


class LifecycleOptions(WeakModel):
    """The part of an image's options that Packer leaves to other tools."""

    release: Annotated[Literal["at-destroy", "after-image"], Expects("at-destroy or after-image")] = "at-destroy"
    existing_id: WeakStr | None = None
    pin_source: WeakBool = False
    verify: WeakCommandList = Field(default_factory=list)
    on_verify_failure: Annotated[Literal["delete", "quarantine"], Expects("delete or quarantine")] = "delete"
    tag_current: WeakBool | None = None
    keep_last: Annotated[Annotated[WeakInt, Field(ge=1)] | None, Expects("a whole number of images, at least 1")] = None
    manifest: WeakStr | None = None

    @property
    def publishes(self) -> bool:
        """Whether the new image gets the tag `current`: as set, else when it is tested first."""
        return bool(self.verify) if self.tag_current is None else self.tag_current
