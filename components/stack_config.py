"""Stack config as the project's program finds it: the image settings and the account settings, judged together."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime.config import CONFIG

from components.settings import ImageSettings, load_images, load_project
from provider.faults import report

IMAGE_KEYS = ("images", "defaults")
ACCOUNT_NAMESPACE = "hyperone:"
SSH_PORT = "HYPERONE_SSH_PORT"
BAIL = 32


def load_stack() -> dict[str, ImageSettings]:
    """The images of the running stack, each after the one it builds on; what a person should know goes to the log.

    Ends the program after one report of all faults of all settings.
    """
    project, faults, notes = load_project(_namespace(ACCOUNT_NAMESPACE))
    images, image_faults = load_images(
        {"images": _object("images"), "defaults": _with_ssh_port(_object("defaults"))},
        Path.cwd(),
        timestamp=int(time.time()),
        state_timeout=project.state_timeout if project else None,
    )
    if faults or image_faults:
        pulumi.log.error(report([*faults, *image_faults]))
        # The engine's word for "failed, and it was said": RunError would say it twice.
        sys.exit(BAIL)
    for note in notes:
        pulumi.log.warn(f"{note.option}: {note.message}")
    for name, image in images.items():
        for note in image.notes:
            pulumi.log.warn(f"images.{name}.{note.option}: {note.message}")
    return images


def _namespace(prefix: str) -> dict[str, Any]:
    """All values of one namespace of stack config, secrets opened."""
    return {key.removeprefix(prefix): value for key, value in CONFIG.get().items() if key.startswith(prefix)}


def _with_ssh_port(defaults: Any) -> Any:
    """The local cloud's machines may answer on another port than 22, which `make` hands over."""
    port = os.environ.get(SSH_PORT)
    if not port or not isinstance(defaults or {}, Mapping):
        return defaults
    return {"ssh_port": port, **(defaults or {})}


def _object(key: str) -> Any:
    """A structured value of the project's own namespace, or None; text that is no JSON as it is."""
    text = pulumi.Config().get(key)
    try:
        return json.loads(text) if text else None
    except json.JSONDecodeError:
        return text
