"""`ImageSettings`: all options of one image, typed and weakly decoded, under the names of the Packer builder."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import PrivateAttr, model_validator

from pulumi_hyperone.provider.foundation.option import decoders, facts
from pulumi_hyperone.provider.foundation.weak_types import Note, weak_bool, weak_float, weak_int, weak_str
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions
from pulumi_hyperone.settings.builder_options import BuilderOptions, NetworkOptions, ResultOptions
from pulumi_hyperone.settings.chroot_options import DEFAULT_MOUNTS, ChrootOptions
from pulumi_hyperone.settings.lifecycle_options import LifecycleOptions
from pulumi_hyperone.settings.origin import TemplateOrigin
from pulumi_hyperone.settings.record_options import RecordOptions
from pulumi_hyperone.settings.references import ImageReference
from pulumi_hyperone.settings.template import Rendered

if TYPE_CHECKING:  # loaded with the first provisioner
    from pulumi_hyperone.provider.provisioners.base import Provisioner


@dataclass(frozen=True)
class Found:
    """What the loader knows of an image besides its options.

    `name` is the image's, `folder` the one that relative local paths are seen from, `user_data_file` the content of
    that file, `notes` what a person should know about accepted values, `origin` the Packer template that the settings
    were read from, `secret_options` those that stack config keeps secret, at least in part. `texts` maps place and
    template of each text to what came out when it was tried, `steps` the places of provisioners to what was read, of
    those that are the same in every build.
    """

    name: str = ""
    folder: Path = Path()
    user_data_file: bytes | None = None
    notes: tuple[Note, ...] = ()
    origin: TemplateOrigin | None = None
    secret_options: frozenset[str] = frozenset()
    texts: Mapping[tuple[str, str], Rendered] = field(default_factory=dict, repr=False)
    steps: Mapping[str, Provisioner] = field(default_factory=dict, repr=False)


class ImageSettings(
    BuilderOptions,
    NetworkOptions,
    ResultOptions,
    LifecycleOptions,
    RecordOptions,
    ChrootOptions,
    CommunicatorOptions,
):
    """The options of one image as they were written: texts may be templates. Made by `load_images`.

    Units: sizes in GiB, durations in seconds. Null counts as absent; so does an empty text where a text, number or bool
    is wanted, as in Packer.
    """

    old_names: ClassVar[Mapping[str, str]] = {
        **CommunicatorOptions.old_names,
        "vm_flavour": "vm_type",
        "vm_flavor": "vm_type",
        "disk_flavour": "disk_type",
        "image": "source_image",
        "source_image_name": "source_image",
        "source_image_id": "source_image",
        "chroot_disk_flavour": "chroot_disk_type",
        "public_ip_service": "public_netadp_service",
        "userdata": "user_data",
        "user_data_path": "user_data_file",
    }

    _found: Found = PrivateAttr(default_factory=Found)

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, data: Any) -> Any:
        """Let an empty text count as absent; lists and maps give it a meaning of their own, durations refuse it."""
        if not isinstance(data, Mapping):
            return data
        return {name: value for name, value in data.items() if value != "" or name not in _scalars(cls)}

    @property
    def found(self) -> Found:
        """What the loader knows besides the options."""
        return self._found

    def with_found(self, **changes: Any) -> Self:
        """Return a copy that knows other things besides its options: see `Found`."""
        copy = self.model_copy()
        copy._found = replace(self._found, **changes)
        return copy

    @property
    def notes(self) -> tuple[Note, ...]:
        """What a person should know about accepted values: options that have no effect, guesses of the decoder."""
        return self._found.notes

    @property
    def base_dir(self) -> Path:
        """The folder that relative local paths are seen from."""
        return self._found.folder

    @property
    def origin(self) -> TemplateOrigin | None:
        """What is to be known of the Packer template that these settings were read from; None without one."""
        return self._found.origin

    @property
    def secret_options(self) -> frozenset[str]:
        """Names of options that stack config or the Packer template keeps secret, at least in part."""
        return self._found.secret_options | (self.origin.secret_options if self.origin else frozenset())

    @property
    def source_reference(self) -> ImageReference | None:
        """The image of this stack to start from; None when `source_image` is an id or name."""
        return self.source_image if isinstance(self.source_image, ImageReference) else None

    @property
    def mounts(self) -> tuple[tuple[str, str, str], ...]:
        """The extra mounts in order: type (or `bind`), source, place inside the chroot; an empty list: the defaults."""
        return tuple((kind, source, place) for kind, source, place in self.chroot_mounts) or DEFAULT_MOUNTS


FACTS = facts(ImageSettings)
"""What there is to know of each option of an image."""


def with_relatives(options: Collection[str]) -> frozenset[str]:
    """Return the options and those that are judged or rendered together with one of them."""
    pairs = [{option, fact.judged_with} for option, fact in FACTS.items() if fact.judged_with]
    return frozenset(options).union(*(pair for pair in pairs if pair.intersection(options)))


@cache
def _scalars(model: type[ImageSettings]) -> frozenset[str]:
    """Names of options that hold one text, number, bool or choice."""
    scalar = {weak_bool, weak_float, weak_int, weak_str}
    return frozenset(
        name for name, field in model.model_fields.items() if {*decoders(field.annotation, field.metadata)} <= scalar
    )
