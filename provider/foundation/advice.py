"""Commands that messages propose, so that they work as they stand where the build was started."""

from __future__ import annotations

import os
import re
from pathlib import Path

PULUMI = Path("tools", "pulumi")
"""In the project's own checkout, which programs and providers run in: `pulumi` with its engine and state."""
_PROPOSED = re.compile(r"`(pulumi|hyperone|python -m pulumi_hyperone\.local_cloud) ([^`]+)`")
_TARGETS = {
    **{f"pulumi {word}": word for word in ("up", "preview", "refresh", "destroy", "cancel")},
    "pulumi destroy --run-program": "destroy",
    "hyperone status": "status",
}
"""What `make` does in the checkout, with everything around it."""
_START = {"python -m pulumi_hyperone.local_cloud start": "make cloud-start"}
"""There is one local cloud for all stacks."""


def in_checkout() -> bool:
    """Whether this process works in the project's own checkout, where make is at hand and `pulumi` may not be."""
    return PULUMI.is_file()


def make(target: str, stack: str | None) -> str:
    """Return the make command for a stack and the cloud that was chosen for it.

    None: the stack is not known, and make's own choice is taken.
    """
    chosen = {"STACK": stack, **{name: os.environ.get(name) for name in ("CLOUD", "API")}}
    return " ".join(["make", target, *(f"{name}={value}" for name, value in chosen.items() if value)])


def pulumi(arguments: str, stack: str | None) -> str:
    """Return the pulumi command for a stack; None: the one that is selected."""
    return f"{PULUMI if in_checkout() else 'pulumi'} {arguments}" + (f" --stack {stack}" if stack else "")


def as_typed_here(text: str, stack: str | None) -> str:
    """Return `text` with the commands in backquotes in it as they are typed here.

    In the checkout that is `make …` or `tools/pulumi …`, for `stack`; anywhere else the text is right as it is.
    """
    return _PROPOSED.sub(lambda found: f"`{_typed(found, stack)}`", text) if in_checkout() else text


def _typed(found: re.Match[str], stack: str | None) -> str:
    command = found[0].strip("`")
    if command in _TARGETS:
        return make(_TARGETS[command], stack)
    return pulumi(found[2], stack) if found[1] == "pulumi" else _START.get(command, command)
