"""Hands the communicator's options on to the resources."""

from __future__ import annotations

from typing import Any

from pydantic.fields import FieldInfo

from pulumi_hyperone.provider.foundation.weak_types import duration_text, weak_duration
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions


def communicator_inputs(options: CommunicatorOptions) -> dict[str, Any]:
    """Return the options as they would be written, so that they read back the same; durations as `600s`."""
    return {
        name: duration_text(getattr(options, name)) if _is_duration(field) else getattr(options, name)
        for name, field in CommunicatorOptions.model_fields.items()
    }


def _is_duration(field: FieldInfo) -> bool:
    return any(getattr(mark, "func", None) is weak_duration for mark in field.metadata)
