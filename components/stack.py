"""A whole stack: its settings read and judged, one Preflight, one HyperOneImage for each image."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from components.hyperone_image import HyperOneImage
from components.settings import ImageSettings, build_order, load_images
from provider.faults import report
from provider.preflight import Preflight

SSH_PORT = "HYPERONE_SSH_PORT"


def build_stack() -> dict[str, HyperOneImage]:
    """Build the images of the running stack and export their outputs; returns them by name.

    Raises pulumi.RunError with all faults of all images when settings are wrong; nothing is created then.
    """
    config = {"images": _object("images"), "defaults": _with_ssh_port(_object("defaults"))}
    settings, faults = load_images(config, Path.cwd(), timestamp=int(time.time()))
    if faults:
        raise pulumi.RunError(report(faults))
    images = build_images(settings)
    for name, image in images.items():
        pulumi.export(name, {"image_id": image.image_id, "image_name": image.image_name})
    return images


def build_images(settings: Mapping[str, ImageSettings]) -> dict[str, HyperOneImage]:
    """One component for each image, after one check of all; an image may start from another one of the stack."""
    preflight = Preflight("preflight", {name: image.api_facts() for name, image in settings.items()})
    images: dict[str, HyperOneImage] = {}
    for name in build_order(settings):
        base = settings[name].source_reference
        images[name] = HyperOneImage(
            name,
            settings[name],
            preflight=preflight,
            source_image=images[base.name].image_id if base else None,
        )
    return images


def _with_ssh_port(defaults: Any) -> Any:
    """The local cloud's machines may answer on another port than 22, which `make` hands over."""
    port = os.environ.get(SSH_PORT)
    if not port or not isinstance(defaults or {}, Mapping):
        return defaults
    return {"ssh_port": port, **(defaults or {})}


def _object(key: str) -> Any:
    """A structured value of the project's own config namespace, or None."""
    text = pulumi.Config().get(key)
    try:
        return json.loads(text) if text else None
    except json.JSONDecodeError:
        return text
