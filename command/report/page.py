"""The page as one HTML file that loads nothing: data in, text out."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pulumi_hyperone.command.report.content import SHOWN, Content, content_of
from pulumi_hyperone.command.report.state import Built
from pulumi_hyperone.command.report.texts import age, log_of
from pulumi_hyperone.command.report.timeline import svg
from pulumi_hyperone.provider.foundation.counting import counted
from pulumi_hyperone.provider.foundation.outside_text import clean

PACKAGE = "pulumi_hyperone.command.report"
ASSETS = "assets"


def page(stack: str, images: Sequence[Built], now: datetime) -> str:
    """Return the page about a stack at the time `now`.

    Every text is escaped, and characters that are not seen are written out; the rules for the browser let it run the
    page's own script and nothing else.
    """
    environment = Environment(
        loader=PackageLoader(PACKAGE, ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["counted"] = counted
    style, script = _asset("page.css"), _asset("page.js")
    return environment.get_template("page.html").render(
        stack=stack,
        views=[_view(number, one, now) for number, one in enumerate(images)],
        timeline=Markup(svg(stack, images)),  # noqa: S704 - it escapes its texts itself
        now=now.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        rules=f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; "
        "base-uri 'none'; form-action 'none'",
        style=Markup(style),  # noqa: S704 - a file of ours
        script=Markup(script),  # noqa: S704 - a file of ours
        most=SHOWN,
    )


def _view(number: int, built: Built, now: datetime) -> dict[str, Any]:
    """One image as the page shows it. `state` is a word for people, `mood` good, bad or open."""
    lines, note = log_of(built.log_file)
    state, mood = _state(built)
    made = built.text("Image", "created_on") or built.text("ExistingImage", "created_on")
    return {
        "anchor": f"image-{number}",
        "built": built,
        "state": state,
        "mood": mood,
        "age": age(made, now),
        "log": lines,
        "log_note": note,
        "content": content_of(built.image_id) if built.image_id else Content(),
    }


def _state(built: Built) -> tuple[str, str]:
    """What became of an image, as the state has it."""
    if "ExistingImage" in built.steps:
        return "taken over", "good"
    if "Image" in built.steps:
        tested = "tested" if "Verification" in built.steps else "built"
        return ("tested, published" if "Publication" in built.steps and tested == "tested" else tested), "good"
    return ("not finished", "bad") if "Build" in built.steps else ("not begun", "open")


def _shown(value: Any) -> Any:
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _asset(name: str) -> str:
    return files(PACKAGE).joinpath(ASSETS, name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
