"""Refusals: what is raised wherever the cloud will not do what it is asked."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A refusal with its HTTP status; `fields` maps a field's path to what is wrong with it."""

    def __init__(self, status: int, message: str, fields: dict[str, str] | None = None, **extra: Any) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.fields = fields or {}
        self.extra = extra


def bad_request(message: str, **fields: str) -> ApiError:
    """A 400: business refusals and bad values."""
    return ApiError(400, message, fields)


def not_found(noun: str, reference: str) -> ApiError:
    """A 404 for an unknown id or name."""
    return ApiError(404, f"{noun} '{shown(reference)}' not found")


def shown(text: str, limit: int = 80) -> str:
    """`text` as it may stand in a one-line message."""
    clean = "".join(character if character.isprintable() else "?" for character in text)
    return clean if len(clean) <= limit else clean[:limit] + "…"
