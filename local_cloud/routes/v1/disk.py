"""/disk (API facts 2.2)."""

from __future__ import annotations

from pulumi_hyperone.local_cloud.lifecycle.bodies import CloneDisk, DiskCreate, NewName, Resize, Transfer
from pulumi_hyperone.local_cloud.routes.operations import disk as operations
from pulumi_hyperone.local_cloud.routes.operations.transfer import transferring
from pulumi_hyperone.local_cloud.routes.v1.actions import RENAME
from pulumi_hyperone.local_cloud.routes.v1.common import noun_router
from pulumi_hyperone.local_cloud.state.records import Disk

router = noun_router(
    Disk,
    create=(DiskCreate, operations.create),
    update=(NewName, operations.rename),
    delete=(None, operations.delete),
    actions={
        "resize": (Resize, operations.resize),
        "clone": (CloneDisk, operations.clone),
        **RENAME,
        "transfer": (Transfer, transferring(operations.refuse_attached)),
    },
)
