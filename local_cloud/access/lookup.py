"""From what stands in a path or body (id, name, address, alias) to the object (API facts 1.2; 5, row 16)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from pulumi_hyperone.local_cloud.access.auth import Caller
from pulumi_hyperone.local_cloud.state import catalog
from pulumi_hyperone.local_cloud.state.records import Image, Ip, Network, Resource
from pulumi_hyperone.local_cloud.state.refusals import ApiError, not_found
from pulumi_hyperone.local_cloud.state.store import Store

N = TypeVar("N")
R = TypeVar("R", bound=Resource)

#: Stands for a slash that came percent-encoded inside one path segment.
ENCODED_SLASH = "\uf8ff"


def spellings(reference: str) -> tuple[str, ...]:
    """What a path segment may mean: some clients query-escape a space to a plus sign."""
    text = reference.replace(ENCODED_SLASH, "/")
    return (text, text.replace("+", " ")) if "+" in text else (text,)


def among(items: Sequence[N], reference: str, noun: str, keys: Sequence[str] = ("id", "name")) -> N:
    """The newest of the items, oldest first, that a path segment names by the first of `keys` that fits one.

    Raises a 404 that calls it `noun`.
    """
    for text in spellings(reference):
        for key in keys:
            found = next((one for one in reversed(items) if getattr(one, key) == text), None)
            if found is not None:
                return found
    raise not_found(noun, reference)


def is_visible(resource: Resource, project: str) -> bool:
    """Whether a project may see the resource: its own, granted to it, or public."""
    return resource.project == project or project in resource.access_rights or "*" in resource.access_rights


def find(store: Store, kind: type[R], reference: str, caller: Caller) -> R:
    """The object: exact id first, then the own project's newest of that name; raises a 404.

    An ip is also found by its address, an image or network by the name of one that the project may see, an image by an
    alias.
    """
    for text in spellings(reference):
        one = store.get(kind, text)
        if one is not None and is_visible(one, caller.project):
            return one
    visible = [one for one in store.all(kind) if is_visible(one, caller.project)]
    visible.reverse()
    for text in spellings(reference):
        found = _find_named(visible, text, caller.project) or _find_shared(visible, text)
        if found is not None:
            return found
    raise not_found(kind.type_name, reference)


def _find_named(visible: list[R], text: str, project: str) -> R | None:
    own = [one for one in visible if one.project == project]
    for one in own:
        if isinstance(one, Ip) and one.address == text:
            return one
    return next((one for one in own if one.name == text), None)


def _find_shared(visible: list[R], text: str) -> R | None:
    by_name = next((one for one in visible if isinstance(one, Image | Network) and one.name == text), None)
    if by_name is not None:
        return by_name
    images = (one for one in visible if isinstance(one, Image) and one.recommended)
    return next((one for one in images if text in catalog.aliases(one)), None)


def find_own(store: Store, kind: type[R], reference: str, caller: Caller) -> R:
    """As `find`, for a change: refuses with 403 what belongs to another project."""
    return owned(find(store, kind, reference, caller), caller)


def owned(found: R, caller: Caller) -> R:
    """The resource, when it is the caller's project's. Raises a 403."""
    if found.project != caller.project:
        raise ApiError(403, f"{found.type_name} '{found.id}' belongs to another project")
    return found
