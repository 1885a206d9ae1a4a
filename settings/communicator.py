"""Hands the communicator's options on to the resources."""

from __future__ import annotations

from typing import Any

from pulumi_hyperone.provider.foundation.option import decoders
from pulumi_hyperone.provider.foundation.weak_types import duration_text, weak_duration
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions


def communicator_inputs(options: CommunicatorOptions) -> dict[str, Any]:
    """Return the options as they would be written, so that they read back the same; durations as `600s`."""
    return {
        name: duration_text(getattr(options, name))
        if weak_duration in decoders(field.annotation, field.metadata)
        else getattr(options, name)
        for name, field in CommunicatorOptions.model_fields.items()
    }
