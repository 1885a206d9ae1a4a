"""Publication: the new image is shared and becomes the current one of its name, and the oldest ones go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from pulumi_hyperone.provider.process.timing import TIMES
from pulumi_hyperone.provider.schema.inputs import FOUND, IDENTITY, Owned, given
from pulumi_hyperone.provider.schema.resource import HyperOneResource


@dataclass(frozen=True, kw_only=True)
class PublicationInputs(Owned):
    """The image to publish (id), whether it gets the tag `current`, how many images stay (0: all).

    `access_rights` are projects (ids), or `*`, that may use it; those that are taken out are the Image's to take back.
    """

    image_id: str = given(IDENTITY)
    tag_current: bool = given()
    keep_last: float = given(default=0)
    access_rights: Sequence[str] = given(FOUND, default=())


class Publication(HyperOneResource, module="hyperone", name="Publication"):
    """An image that consumers without Pulumi find by its tag."""

    seconds: pulumi.Output[float]

    inputs = PublicationInputs
    computed = TIMES
