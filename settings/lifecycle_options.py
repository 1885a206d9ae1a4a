"""Options of an image's life after its build: what is released, tested, tagged and kept (docs/lifecycle.md)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pulumi_hyperone.provider.foundation.option import Option
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

    release: Annotated[
        Literal["at-destroy", "after-image"], Expects("at-destroy or after-image"), Option(shapes=True)
    ] = "at-destroy"
    skip_create_image: Annotated[WeakBool, Option(shapes=True)] = False
    existing_id: Annotated[WeakStr | None, Option(asked="image", text="line", of_image=True)] = None
    pin_source: Annotated[WeakBool, Option(shapes=True)] = False
    verify: Annotated[WeakCommandList, Option(shapes=True, of_image=True)] = Field(default_factory=list)
    on_verify_failure: Annotated[
        Literal["delete", "quarantine"], Expects("delete or quarantine"), Option(shapes=True)
    ] = "delete"
    tag_current: Annotated[WeakBool | None, Option(shapes=True, of_image=True)] = None
    keep_last: Annotated[
        Annotated[WeakInt, Field(ge=1)] | None,
        Expects("a whole number of images, at least 1"),
        Option(shapes=True, of_image=True),
    ] = None
    manifest: Annotated[WeakStr | None, Option(shapes=True, text="line", of_image=True)] = None
    provenance_key: Annotated[WeakStr | None, Option(shapes=True, text="line", of_image=True)] = None

    @property
    def publishes(self) -> bool:
        """Whether the new image gets the tag `current`: as set, else when it is tested first."""
        return bool(self.verify) if self.tag_current is None else self.tag_current
