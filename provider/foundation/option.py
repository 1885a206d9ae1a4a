"""Facts about options, said where an option is declared; lists of options elsewhere are derived from them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from pulumi_hyperone.provider.foundation.weak_types import Secret

Asked = Literal[
    "image",
    "image filter",
    "vm service",
    "disk service",
    "image service",
    "netadp service",
    "ssh key",
    "address",
    "size",
    "chroot",
    "access rights",
]
"""What the API is asked about an option before anything is created (`provider.checks`)."""


@dataclass(frozen=True)
class Option:
    """Annotation of a field: what the rest of the program must know of the option.

    `shapes`         decides which resources there are, or what becomes of them: it cannot be an output
    `asked`          what the API is asked about it
    `content`        it decides what is in the image: "shown" in reasons for a rebuild, or "hashed" where commands and
                     paths may hold a secret
    `system_disk`    it only decides that where the image is made from the system disk, so not in chroot builds
    `of_image`       asks for something of the image, so it needs one to be made
    `on_machine`     a chroot build hands it to the machine
    `fields`         fields of templates that are filled there, such as `Device`
    `text`           what it must look like once rendered: one line that is not blank, a name in the cloud (a line of
                     limited length), or the name of a host or user (empty: there is none)
    `file`           names a local file that is read
    `steps`          provisioners or post-processors, which are rendered by rules of their own
    `merged`         a map to which an image adds instead of replacing the one in `defaults`
    `judged_with`    another option that is judged or rendered together with it
    `stand_in`       for a required option: a value to look at the others with; never used to build
    """

    shapes: bool = False
    asked: Asked | None = None
    content: Literal["shown", "hashed"] | None = None
    system_disk: bool = False
    of_image: bool = False
    on_machine: bool = False
    fields: Collection[str] = ()
    text: Literal["line", "name", "host", "user"] | None = None
    file: bool = False
    steps: bool = False
    merged: bool = False
    judged_with: str = ""
    stand_in: Any = None


def facts(model: type[BaseModel]) -> dict[str, Option]:
    """Return the facts of every option of a model, in the order of declaration."""
    return {name: fact_of(field) for name, field in model.model_fields.items()}


def fact_of(field: FieldInfo) -> Option:
    """Return the facts that stand at a field; those of an `Option()` where none do."""
    return next((mark for mark in field.metadata if isinstance(mark, Option)), Option())


def those(options: Mapping[str, Option], chosen: Callable[[Option], Any]) -> tuple[str, ...]:
    """Return the names of the options whose facts satisfy `chosen`."""
    return tuple(name for name, fact in options.items() if chosen(fact))


def is_secret(field: FieldInfo) -> bool:
    """Whether the value of an option must never be shown."""
    return not field.repr or any(isinstance(mark, Secret) for mark in field.metadata)


def decoders(annotation: Any, metadata: Collection[Any] = ()) -> Iterator[Callable[..., Any]]:
    """Yield the functions that decode an option or, where it may be several things, its alternatives."""
    own = [mark.func for mark in metadata if isinstance(mark, BeforeValidator)]
    if own:
        yield from own
        return
    marked = get_origin(annotation) is Annotated
    parts = get_args(annotation)
    for part in parts[:1] if marked else parts:
        yield from decoders(part, parts[1:] if marked else ())
