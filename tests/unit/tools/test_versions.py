"""Versions as programs print them."""

import pytest

from tools.engine import settings, versions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v3.259.0\n", (3, 259, 0)),
        ("3.259.0-dev.1+dirty", (3, 259, 0)),
        ("go version go1.26.8 linux/amd64", (1, 26, 8)),
        ("go version go1.27 linux/amd64", (1, 27, 0)),
        ("go version devel", None),
        ("", None),
    ],
)
def test_version_is_read_from_what_is_printed(text: str, expected: tuple[int, int, int] | None) -> None:
    """Both programs' forms are understood, and text without a version gives none."""
    assert versions.parse(text) == expected


def test_go_module_file_asks_for_the_go_that_is_looked_for() -> None:
    """The oldest Go accepted on PATH is the one that go.mod demands."""
    lines = (settings.SOURCE / "go.mod").read_text().splitlines()
    directive = next(line for line in lines if line.startswith("go "))
    assert versions.parse(directive) == settings.MINIMUM_GO


def test_go_module_file_pins_the_engine_version() -> None:
    """The engine that is downloaded and the one that is built are the same version."""
    required = f"github.com/pulumi/pulumi/pkg/v3 v{settings.VERSION}"
    assert required in (settings.SOURCE / "go.mod").read_text()
