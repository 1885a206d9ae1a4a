"""Options of the temporary VM and of the image that is made from it (API facts 3.1, 3.2 and 3.4)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator

from pulumi_hyperone.provider.foundation.weak_types import (
    Expects,
    Secret,
    WeakBool,
    WeakFloat,
    WeakModel,
    WeakStr,
    WeakStrList,
    WeakStrMap,
    weak_list,
)
from pulumi_hyperone.settings.blocks import ImageTags, VmTags
from pulumi_hyperone.settings.project_settings import DEFAULT_STATE_TIMEOUT, StateTimeout
from pulumi_hyperone.settings.references import ImageReference, source_of

DEFAULT_IMAGE_SERVICE = "564639bc052c084e2f2e3266"
"""Id of HyperOne's image service (API facts 2.3)."""


class BuilderOptions(WeakModel):
    """What the temporary VM is made of."""

    source_image: Annotated[
        str | ImageReference,
        PlainValidator(source_of),
        PlainSerializer(str),
        Expects("the id or name of an image, or ${images.NAME}"),
    ]
    vm_type: Annotated[WeakStr, Expects("the id or name of a VM type, such as a1.nano")]
    disk_size: Annotated[WeakFloat, Field(gt=0), Expects("a number of GiB greater than 0")]
    disk_type: WeakStr = "ssd"
    disk_name: WeakStr | None = None
    vm_name: WeakStr = "packer-{{uuid}}"
    vm_tags: WeakStrMap = Field(default_factory=dict)
    vm_tag: VmTags = Field(default_factory=list)
    ssh_keys: WeakStrList = Field(default_factory=list)
    user_data: Annotated[WeakStr | None, Secret()] = Field(default=None, repr=False)
    user_data_file: WeakStr | None = None
    state_timeout: StateTimeout = DEFAULT_STATE_TIMEOUT


class NetworkOptions(WeakModel):
    """Where the temporary VM is plugged in; the address that SSH uses follows from these (API facts 3.4)."""

    network: WeakStr | None = None
    private_ip: WeakStr | None = None
    public_ip: WeakStr | None = None
    public_netadp_service: WeakStr = "public"


Provisioners = Annotated[
    list[Any],
    BeforeValidator(weak_list),
    Expects("a list of provisioners, each a mapping with a type"),
]


PostProcessors = Annotated[
    list[Any],
    BeforeValidator(weak_list),
    Expects("a list of post-processors, each a mapping with a type"),
]


class ResultOptions(WeakModel):
    """The image, and what becomes of it."""

    image_name: WeakStr = "packer-{{timestamp}}"
    image_description: WeakStr | None = None
    image_service: WeakStr = DEFAULT_IMAGE_SERVICE
    image_tags: WeakStrMap = Field(default_factory=dict)
    image_tag: ImageTags = Field(default_factory=list)
    keep_image: WeakBool = True
    on_failure: Annotated[Literal["keep", "cleanup"], Expects("keep or cleanup")] = "keep"
    provisioners: Provisioners = Field(default_factory=list)
    error_cleanup_provisioner: Provisioners = Field(default_factory=list)
    post_processors: PostProcessors = Field(default_factory=list)
