"""What to do with what was built."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tools.stack import local_cloud, run


def text(stack: str, environment: Mapping[str, str]) -> str:
    """Return the images of `stack` and the next commands, as lines for the user; empty when there is nothing to say."""
    answer = run.ask(["stack", "output", "--json", "--stack", stack], environment)
    outputs = json.loads(answer) if answer else {}
    return describe(stack, outputs, is_local=local_cloud.is_used_by(stack))


def describe(stack: str, outputs: Mapping[str, Any], *, is_local: bool) -> str:
    """Return the lines for the stack's `outputs`; `is_local`: it was built in the local cloud."""
    images = list(_images(outputs))
    if not images:
        return ""
    option = "" if stack == "local" else f" STACK={stack}"
    lines = ["", "Images:", *(f"  {name}  {identity}" for name, identity in images), "", "Next:"]
    if is_local:
        lines += [
            "  docs/local-cloud.md           start a machine from the image and log in on it",
            "  make cloud-status             the local cloud's address and credentials",
        ]
    lines += [
        f"  make preview{option:<18}change a script or setting first: says what would be rebuilt, and why",
        f"  make destroy{option:<18}remove what is left of the build; the image stays",
    ]
    return "\n".join(lines)


def _images(outputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield name and id of each image in the outputs: maps that have `id` or `image_id`, and perhaps a name."""
    for key, value in outputs.items():
        if not isinstance(value, dict):
            continue
        identity = value.get("image_id") or value.get("id")
        if isinstance(identity, str):
            yield str(value.get("image_name") or value.get("name") or key), identity
        else:
            yield from _images(value)
