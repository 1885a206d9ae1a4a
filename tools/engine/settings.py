"""Versions and places of the engine."""

import os
from pathlib import Path

VERSION = "3.259.0"
"""The engine that is downloaded or built. Change it together with go.mod and go.sum in this folder."""

MINIMUM = (3, 200, 0)
"""The oldest engine on PATH that is used as it is."""

MINIMUM_GO = (1, 25, 11)
"""The oldest Go that can build the engine; go.mod says the same."""

SOURCE = Path(__file__).resolve().parent
"""This folder: go.mod, go.sum, the language host and the plugin scripts."""


def cache() -> Path:
    """Return the folder that engines are kept in: `hyperone-images/engine` in `$XDG_CACHE_HOME` or `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "hyperone-images" / "engine"
