"""What of an image's settings only the API can judge, for the check before anything is created."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_hyperone.settings.image_settings import FACTS, ImageSettings
from pulumi_hyperone.settings.rendered import known_values

ASKED: Mapping[str, str] = {option: fact.asked for option, fact in FACTS.items() if fact.asked}
"""Options that the API is asked about, and what it is asked."""


def api_facts(settings: ImageSettings) -> dict[str, Any]:
    """Return the options that only the API can judge, rendered; a reference to another image of the stack is left out.

    Of an adopted image only its own id or name counts: nothing is built. A filter stands for the source image.
    """
    rendered = known_values(settings)
    if rendered.existing_id:
        return {"existing_id": rendered.existing_id}
    facts = {option: getattr(rendered, option) for option in ASKED}
    if rendered.source_image_filter:
        facts |= {"source_image": None, "source_image_filter": rendered.source_image_filter.model_dump()}
    return {
        option: value
        for option, value in facts.items()
        if isinstance(value, str | list | dict | bool | float) and value
    }
