"""Images (v2 facts 3.3)."""

from __future__ import annotations

from pulumi_hyperone.local_cloud.routes.operations import image as operations
from pulumi_hyperone.local_cloud.routes.operations.transfer import transferring
from pulumi_hyperone.local_cloud.routes.v2.bodies import ImageCreate, ImageUpdate, Transfer
from pulumi_hyperone.local_cloud.routes.v2.nouns import noun_router
from pulumi_hyperone.local_cloud.state.records import Image

router = noun_router(
    Image,
    create=(ImageCreate, operations.create),
    update=(ImageUpdate, operations.update),
    delete=(None, operations.delete),
    actions={"transfer": (Transfer, transferring())},
)
