"""Hands the communicator's options on to the resources."""

from __future__ import annotations

from typing import Any

from pulumi_hyperone.provider.foundation.option import decoders
from pulumi_hyperone.provider.foundation.weak_types import duration_text, weak_duration
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions


def communicator_inputs(options: CommunicatorOptions) -> dict[str, Any]:
    """Return the options that are not at their defaults, as they would be written; durations as `600s`.

    They read back the same, and take no room in the state for what is not said.
    """
    return {
        name: duration_text(value) if weak_duration in decoders(field.annotation, field.metadata) else value
        for name, field in CommunicatorOptions.model_fields.items()
        if (value := getattr(options, name)) != field.get_default(call_default_factory=True)
    }
