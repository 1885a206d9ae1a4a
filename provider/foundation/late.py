"""Objects that are imported when they are first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pkgutil import resolve_name
from typing import TypeVar

T = TypeVar("T")


class Late(Mapping[str, T]):
    """Objects by name; `places` says where each is in the package `package`, as `module:object`."""

    def __init__(self, package: str, places: Mapping[str, str]) -> None:
        self._package, self._places = package, places

    def __getitem__(self, name: str) -> T:
        found: T = resolve_name(f"{self._package}.{self._places[name]}")
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
