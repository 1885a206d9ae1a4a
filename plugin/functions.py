"""Functions of the package: what a program may ask without building anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from pulumi.runtime import proto
from pydantic import ValidationError

from pulumi_hyperone.plugin.properties import opened, sealed
from pulumi_hyperone.plugin.spelling import camel, respelled, snake
from pulumi_hyperone.provider.checks.source_filter import find_source
from pulumi_hyperone.provider.foundation.errors import Refused, SettingsError
from pulumi_hyperone.provider.foundation.faults import report
from pulumi_hyperone.provider.foundation.validation import faults_of
from pulumi_hyperone.provider.foundation.weak_types import WeakStr
from pulumi_hyperone.provider.process.session import session
from pulumi_hyperone.provider.schema.resource import token
from pulumi_hyperone.provider.tracking.identity import CURRENT_TAG
from pulumi_hyperone.settings.source_image_filter import SourceImageFilter

GET_IMAGE = token("getImage")


class GetImage(TypedDict, total=False):
    """Find one of the project's images: by a pattern of its name, by tags, or as the `current` one of an image's key.

    Of several the `newest` is taken if that is asked for.
    """

    name: str
    tags: Mapping[str, str]
    current: str
    newest: bool


class Wanted(SourceImageFilter):
    """Reads what getImage is asked for."""

    current: WeakStr = ""


class FoundImage(TypedDict):
    """An image; its size is in GiB, the time is RFC 3339."""

    image_id: str
    image_name: str
    image_size: float
    description: str
    tags: Mapping[str, str]
    created_on: str


def get_image(asked: Mapping[str, Any]) -> FoundImage:
    """Find an image. Raises SettingsError for wrong options, Refused when there is none, or there are several."""
    try:
        wanted = Wanted.model_validate(asked)
    except ValidationError as error:
        raise SettingsError(report(faults_of(error, "getImage", Wanted))) from None
    current = {CURRENT_TAG: wanted.current} if wanted.current else {}
    try:
        image = find_source(session().client(), {**wanted.model_dump(), "tags": {**wanted.tags, **current}})
    except Refused as error:
        raise Refused(f"getImage {error}") from None
    return FoundImage(
        image_id=image.id,
        image_name=image.name,
        image_size=image.size,
        description=image.description,
        tags=dict(image.tags),
        created_on=image.created_on,
    )


def invoke(request: Any) -> Any:
    """Answer an InvokeRequest."""
    if request.tok != GET_IMAGE:
        raise SettingsError(f"unknown function {request.tok}")
    args, _ = opened(request.args)
    found = get_image(respelled(snake, GetImage, args))
    return proto.InvokeResponse(**{"return": sealed(respelled(camel, FoundImage, found))})
