"""`python -m tools.licences`: write docs/licences.md, the licences of all that is installed to run builds."""

from collections.abc import Iterator
from importlib.metadata import PackageMetadata, metadata

from tools import locks

PAGE = locks.ROOT / "docs" / "licences.md"
HEAD = """# Licences

What `make up` installs besides this project (MIT) and the system's own packages, with the licences that the packages
themselves state. `make licences` writes this page from the locked packages.

| Package | Version | Licence | For |
| --- | --- | --- | --- |
"""
FOOT = """
The Pulumi engine is under the Apache License 2.0; `tools/engine/go.mod` and `go.sum` name the modules it is built from.
What only tests and development need (`requirements-dev.lock`) is not listed.
"""
_OSI = "License :: OSI Approved :: "


def page() -> str:
    """Return the page; raises PackageNotFoundError when a locked package is not installed."""
    return HEAD + "".join(_rows()) + FOOT


def licence(about: PackageMetadata) -> str:
    """Return the licence as an SPDX expression where the package gives one, else in the package's own words."""
    expression = about["License-Expression"]
    if expression:
        return str(expression)
    named = [text.removeprefix(_OSI) for text in about.get_all("Classifier") or [] if text.startswith(_OSI)]
    stated = str(about["License"] or "").strip()
    if named and (not stated or len(stated) > 40):
        return ", ".join(sorted(named))
    return stated.partition("\n")[0] or "not stated"


def _rows() -> Iterator[str]:
    run = locks.pins(locks.RUN)
    for name, version in sorted(locks.pins(locks.CLOUD).items()):
        needed_by = "builds" if name in run else "the local cloud"
        yield f"| {name} | {version} | {licence(metadata(name))} | {needed_by} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
