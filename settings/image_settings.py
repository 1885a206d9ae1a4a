"""`ImageSettings`: all options of one image, typed and weakly decoded, under the names of the Packer builder."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self, get_args, get_origin

from pydantic import BeforeValidator, PrivateAttr, model_validator

from pulumi_hyperone.provider.foundation.weak_types import Note, weak_bool, weak_float, weak_int, weak_str
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions
from pulumi_hyperone.settings import content, provisioners, rendering
from pulumi_hyperone.settings.builder_options import BuilderOptions, NetworkOptions, ResultOptions
from pulumi_hyperone.settings.chroot_options import DEFAULT_MOUNTS, ChrootOptions
from pulumi_hyperone.settings.communicator import communicator_inputs
from pulumi_hyperone.settings.lifecycle_options import LifecycleOptions
from pulumi_hyperone.settings.origin import TemplateOrigin
from pulumi_hyperone.settings.references import ImageReference
from pulumi_hyperone.settings.user_data import encoded

_JUDGED_BY_API = (
    "source_image",
    "vm_type",
    "disk_type",
    "image_service",
    "network",
    "private_ip",
    "public_ip",
    "public_netadp_service",
    "ssh_keys",
    "chroot_disk",
    "chroot_disk_type",
)


class ImageSettings(
    BuilderOptions, NetworkOptions, ResultOptions, LifecycleOptions, ChrootOptions, CommunicatorOptions
):
    """The options of one image as they were written: texts may be templates. Made by `load_images`.

    Units: sizes in GiB, durations in seconds. Null counts as absent; so does an empty text where a text, number or bool
    is wanted, as in Packer. `rendered` gives the values of one build, `content_parts` what the fingerprint is made of.
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

    _name: str = PrivateAttr(default="")
    _base_dir: Path = PrivateAttr(default=Path())
    _user_data_file: bytes | None = PrivateAttr(default=None)
    _notes: tuple[Note, ...] = PrivateAttr(default=())
    _origin: TemplateOrigin | None = PrivateAttr(default=None)
    _secret_options: frozenset[str] = PrivateAttr(default=frozenset())

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, data: Any) -> Any:
        """Let an empty text count as absent; lists and maps give it a meaning of their own, durations refuse it."""
        if not isinstance(data, Mapping):
            return data
        return {name: value for name, value in data.items() if value != "" or name not in _scalars(cls)}

    @property
    def notes(self) -> tuple[Note, ...]:
        """What a person should know about accepted values: options that have no effect, guesses of the decoder."""
        return self._notes

    @property
    def base_dir(self) -> Path:
        """The folder that relative local paths are seen from."""
        return self._base_dir

    @property
    def origin(self) -> TemplateOrigin | None:
        """What is to be known of the Packer template that these settings were read from; None without one."""
        return self._origin

    @property
    def secret_options(self) -> frozenset[str]:
        """Names of options that stack config or the Packer template keeps secret, at least in part."""
        return self._secret_options | (self._origin.secret_options if self._origin else frozenset())

    @property
    def source_reference(self) -> ImageReference | None:
        """The image of this stack to start from; None when `source_image` is an id or name."""
        return self.source_image if isinstance(self.source_image, ImageReference) else None

    @property
    def mounts(self) -> tuple[tuple[str, str, str], ...]:
        """The extra mounts in order: type (or `bind`), source, place inside the chroot; an empty list: the defaults."""
        return tuple((kind, source, place) for kind, source, place in self.chroot_mounts) or DEFAULT_MOUNTS

    @property
    def user_data_bytes(self) -> bytes | None:
        """User data as written in `user_data` or read from `user_data_file`; None without either."""
        return self.user_data.encode() if self.user_data is not None else self._user_data_file

    def from_file(
        self, name: str, base_dir: Path, user_data_file: bytes | None = None, notes: tuple[Note, ...] = ()
    ) -> Self:
        """Return a copy that knows its image's name, the folder of local files, and what the loader found out."""
        copy = self.model_copy()
        copy._name, copy._base_dir = name, base_dir
        copy._user_data_file, copy._notes = user_data_file, notes
        return copy

    def from_template(self, origin: TemplateOrigin | None) -> Self:
        """Return a copy that knows the Packer template it was read from."""
        copy = self.model_copy()
        copy._origin = origin
        return copy

    def with_secrets(self, options: frozenset[str]) -> Self:
        """Return a copy that knows which options stack config keeps secret."""
        copy = self.model_copy()
        copy._secret_options = options
        return copy

    def rendered(self, timestamp: int, build_id: str) -> RenderedSettings:
        """Return these settings with the templates filled, always the same for the same build.

        `timestamp` is in Unix seconds; UUIDs follow from it and `build_id`. Fields that are known only on the machine
        (`{{.Device}}`, `{{.MountPath}}`, `{{.Command}}`, those of `execute_command`) stay as just that. Raises
        TemplateError.
        """
        build = rendering.BuildValues(timestamp, build_id, self._name, str(self._base_dir))
        values = rendering.rendered_values(self, build)
        written = values["user_data"]
        content = self._user_data_file if written is None else written.encode()
        values |= {
            "user_data": encoded(content) if content else None,
            "provisioners": provisioners.rendered_provisioners(self.provisioners, build),
            "error_cleanup_provisioner": provisioners.rendered_provisioners(
                self.error_cleanup_provisioner, build, provisioners.CLEANUP_OPTION
            ),
            "post_processors": provisioners.rendered_provisioners(
                self.post_processors, build, provisioners.POST_OPTION
            ),
            "image_tags": values["image_tags"] | {block.key: block.value for block in values["image_tag"]},
            "vm_tags": values["vm_tags"] | {block.name: block.value for block in values["vm_tag"]},
            "image_tag": [],
            "vm_tag": [],
            "chroot_disk_size": self.chroot_disk_size or self.disk_size,
            "chroot_disk_type": values["chroot_disk_type"] or values["disk_type"],
            "chroot_mounts": values["chroot_mounts"] or [list(mount) for mount in DEFAULT_MOUNTS],
        }
        result = RenderedSettings.model_construct(self.model_fields_set, **values)
        return result.from_file(self._name, self._base_dir, self._user_data_file, self._notes)

    def api_facts(self) -> dict[str, Any]:
        """Return the options that only the API can judge, rendered, for Preflight; a reference is left out.

        Of an adopted image only its own id or name counts: nothing is built.
        """
        rendered = self.rendered(0, "")
        if rendered.existing_id:
            return {"existing_id": rendered.existing_id}
        facts = {option: getattr(rendered, option) for option in _JUDGED_BY_API}
        return {option: value for option, value in facts.items() if isinstance(value, str | list | bool) and value}

    def communicator_inputs(self) -> dict[str, Any]:
        """Return the communicator's options as they would be written, to be read back by `CommunicatorOptions`."""
        return communicator_inputs(self)

    def content_parts(self) -> dict[str, str]:
        """Return what decides the image's content: option → its value, or a hash of it where it may hold a secret.

        Provisioners are in it with the bytes of their files, the source image is not: only the API knows which one it
        is. Names, description, tags, time-outs and the communicator decide nothing. A text with a time or a UUID in it
        counts as its template.
        """
        return content.parts(self)


class RenderedSettings(ImageSettings):
    """Settings of one image in one build, as the cloud gets them.

    No templates are left but the fields that are known only on the machine. `image_tags` and `vm_tags` hold the tags of
    the blocks too, `user_data` is base64 (from `user_data_file` as well), and the chroot options have their defaults.
    """


@cache
def _scalars(model: type[ImageSettings]) -> frozenset[str]:
    """Names of options that hold one text, number, bool or choice."""
    return frozenset(name for name, field in model.model_fields.items() if _is_scalar(field.annotation, field.metadata))


def _is_scalar(annotation: Any, metadata: Any) -> bool:
    decoders = [mark.func for mark in metadata if isinstance(mark, BeforeValidator)]
    if decoders:
        return all(decoder in {weak_bool, weak_float, weak_int, weak_str} for decoder in decoders)
    if get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        return _is_scalar(inner, marks)
    if get_origin(annotation) in {list, dict}:
        return False
    parts = [part for part in get_args(annotation) if get_origin(part) is Annotated]
    return all(_is_scalar(part, ()) for part in parts)
