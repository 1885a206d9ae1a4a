"""Options of the temporary VM and of the image that is made from it (API facts 3.1, 3.2 and 3.4)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator

from pulumi_hyperone.provider.api.defaults import DEFAULT_ADAPTER_SERVICE, DEFAULT_IMAGE_SERVICE
from pulumi_hyperone.provider.foundation.deadline import DEFAULT_STATE_TIMEOUT
from pulumi_hyperone.provider.foundation.option import Option
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
from pulumi_hyperone.settings.project_settings import StateTimeout
from pulumi_hyperone.settings.references import ImageReference, source_of
from pulumi_hyperone.settings.source_image_filter import SourceImageFilter

MAX_DISK_SIZE = 65536
"""Largest disk in GiB. HyperOne documents none; a larger number is bytes or MiB by mistake."""
DISK_SIZE = f"a number of GiB greater than 0 and at most {MAX_DISK_SIZE}"


class BuilderOptions(WeakModel):
    """What the temporary VM is made of."""

    source_image: Annotated[
        str | ImageReference,
        PlainValidator(source_of),
        PlainSerializer(str),
        Expects("the id or name of an image, or ${images.NAME}"),
        Option(asked="image", text="line", stand_in="stand-in"),
    ]
    source_image_filter: Annotated[
        SourceImageFilter | None,
        Expects("a mapping with tags, name and newest"),
        Option(shapes=True, asked="image filter"),
    ] = None
    vm_type: Annotated[
        WeakStr,
        Expects("the id or name of a VM type, such as a1.nano"),
        Option(asked="vm service", content="shown", text="line", stand_in="stand-in"),
    ]
    disk_size: Annotated[
        WeakFloat,
        Field(gt=0, le=MAX_DISK_SIZE),
        Expects(DISK_SIZE),
        Option(asked="size", content="shown", stand_in=1),
    ]
    disk_type: Annotated[WeakStr, Option(asked="disk service", content="shown", text="line")] = "ssd"
    disk_name: Annotated[WeakStr | None, Option(text="name")] = None
    vm_name: Annotated[WeakStr, Option(text="name")] = "packer-{{uuid}}"
    vm_tags: Annotated[WeakStrMap, Option(merged=True)] = Field(default_factory=dict)
    vm_tag: Annotated[VmTags, Option(judged_with="vm_tags")] = Field(default_factory=list)
    ssh_keys: Annotated[WeakStrList, Option(asked="ssh key", content="hashed", system_disk=True)] = Field(
        default_factory=list
    )
    user_data: Annotated[WeakStr | None, Secret()] = Field(default=None, repr=False)
    user_data_file: Annotated[WeakStr | None, Option(text="line", file=True, judged_with="user_data")] = None
    state_timeout: Annotated[StateTimeout, Option(shapes=True)] = DEFAULT_STATE_TIMEOUT


class NetworkOptions(WeakModel):
    """Where the temporary VM is plugged in; the address that SSH uses follows from these (API facts 3.4)."""

    network: Annotated[WeakStr | None, Option(asked="address", text="line")] = None
    private_ip: Annotated[WeakStr | None, Option(asked="address", text="line")] = None
    public_ip: Annotated[WeakStr | None, Option(asked="address", text="line")] = None
    public_netadp_service: Annotated[WeakStr, Option(asked="netadp service", text="line")] = DEFAULT_ADAPTER_SERVICE


Provisioners = Annotated[
    list[Any],
    BeforeValidator(weak_list),
    Expects("a list of provisioners, each a mapping with a type"),
    Option(steps=True),
]


PostProcessors = Annotated[
    list[Any],
    BeforeValidator(weak_list),
    Expects("a list of post-processors, each a mapping with a type"),
    Option(steps=True, of_image=True),
]


class ResultOptions(WeakModel):
    """The image, and what becomes of it."""

    image_name: Annotated[WeakStr, Option(text="name")] = "packer-{{timestamp}}"
    image_description: WeakStr | None = None
    image_service: Annotated[WeakStr, Option(asked="image service", content="shown", text="line")] = (
        DEFAULT_IMAGE_SERVICE
    )
    image_tags: Annotated[WeakStrMap, Option(merged=True)] = Field(default_factory=dict)
    image_tag: Annotated[ImageTags, Option(judged_with="image_tags")] = Field(default_factory=list)
    image_access_rights: Annotated[WeakStrList, Option(asked="access rights", of_image=True)] = Field(
        default_factory=list
    )
    keep_image: Annotated[WeakBool, Option(shapes=True)] = True
    on_failure: Annotated[Literal["keep", "cleanup"], Expects("keep or cleanup"), Option(shapes=True)] = "keep"
    provisioners: Provisioners = Field(default_factory=list)
    error_cleanup_provisioner: Provisioners = Field(default_factory=list)
    post_processors: PostProcessors = Field(default_factory=list)
