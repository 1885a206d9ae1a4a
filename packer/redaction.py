"""Texts with a stand-in where a secret belongs, so that the rest of a command can be written down.

A text is not searched for the secret: it is rendered once more with HIDDEN in place of every secret. What comes out
cannot tell anything about a secret, whatever functions it went through.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pulumi_hyperone.packer.result import join_key
from pulumi_hyperone.provider.foundation.secret_forms import SHORTEST
from pulumi_hyperone.settings.template.check import check

HIDDEN = "\U0010fff0"
"""Stands for a secret while texts are rendered; a character that no template has a use for."""

PLACEHOLDER = "{{secret_not_set_yet}}"
"""Stands where a secret belongs: no image is built with it, since there is no such template function."""


def hidden(value: Any) -> Any:
    """Return a secret value with HIDDEN in place of all it holds."""
    if isinstance(value, dict):
        return {key: hidden(item) for key, item in value.items()}
    if isinstance(value, list):
        return [hidden(item) for item in value]
    return None if value is None else HIDDEN


def masked(text: str, secrets: Iterable[str]) -> str:
    """Return the text with HIDDEN in place of the secrets that are long enough to be looked for."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, HIDDEN)
    return text


def written(public: str) -> str | None:
    """Return a text that was rendered with HIDDEN as it is written down, with PLACEHOLDER.

    None when it holds no secret, holds nothing else, or would be accepted by a build with its stand-ins.
    """
    text = public.replace(HIDDEN, PLACEHOLDER)
    return text if HIDDEN in public and text != PLACEHOLDER and check(text) else None


def is_masked(text: str, public: str, secrets: Iterable[str]) -> bool:
    """Say whether looking for the secrets in `text` hides all that is not in `public`, the same with HIDDEN."""
    shown = public.split(HIDDEN)
    return all(any(piece in one for one in shown) for piece in masked(text, secrets).split(HIDDEN))


def without_secrets(value: Any, path: str, secrets: Iterable[str], texts: dict[str, str], stand_in: str) -> Any:
    """Return a copy of the value at `path` with the secrets replaced.

    `secrets` are the paths of texts that hold one, `texts` what some of them look like without; others are `stand_in`.
    """
    if path in secrets:
        return texts[path].replace(PLACEHOLDER, stand_in) if path in texts else stand_in
    if isinstance(value, dict):
        return {
            key: without_secrets(item, join_key(path, key), secrets, texts, stand_in) for key, item in value.items()
        }
    if isinstance(value, list):
        items = enumerate(value)
        return [without_secrets(item, f"{path}[{at}]", secrets, texts, stand_in) for at, item in items]
    return value
