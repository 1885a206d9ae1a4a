"""What the call log does not keep: passwords, tokens, values of credentials, user data."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote_plus

BODY_KEPT = 64 * 1024
MASK = "***"
# Names as they are compared: lower case without separators, so that `api-key` and `apiKey` are alike.
_IN_NAME = re.compile(r"password|passwd|secret|token|apikey|privatekey|authorization")
_WHOLE_NAME = ("challenge", "usermetadata", "userdata", "value")
_TOKEN_FOLDERS = ("authtoken", "session")
_ID = re.compile(r"[0-9a-f]{24}")


def is_secret(name: str) -> bool:
    """Whether what has this name is not to be kept; of `a[b]` the last part counts."""
    last = re.sub(r"[^a-z0-9]", "", name.rstrip("]").rpartition("[")[2].lower())
    return last in _WHOLE_NAME or bool(_IN_NAME.search(last))


class Masks:
    """Masks the parts of one call; `own` is the token that it was made with."""

    def __init__(self, own: str | None) -> None:
        self._own = own

    def text(self, text: str) -> str:
        """A text without the call's own token."""
        return text.replace(self._own, MASK) if self._own else text

    def path(self, path: str) -> str:
        """A path without tokens; ids of tokens stay."""
        parts = path.split("/")
        for number, part in enumerate(parts[1:], 1):
            if parts[number - 1] in _TOKEN_FOLDERS and not _ID.fullmatch(part):
                parts[number] = MASK
        return self.text("/".join(parts))

    def query(self, query: str) -> str:
        """A query text whose secret values are masked; all else is as it was sent."""
        parts = []
        for part in query.split("&"):
            name, sign, value = part.partition("=")
            parts.append(name + sign + (MASK if value and is_secret(unquote_plus(name)) else value))
        return self.text("&".join(parts))

    def body(self, body: bytes) -> Any:
        """A request body as JSON; a text in angle brackets when it is too long or not JSON."""
        if not body.strip():
            return None
        if len(body) > BODY_KEPT:
            return f"<{len(body)} bytes>"
        try:
            return self._value(json.loads(body))
        except (ValueError, RecursionError):
            return f"<{len(body)} bytes, not JSON>"

    def _value(self, value: Any) -> Any:
        if isinstance(value, dict):
            tag = "key" in value  # of v2: {key, value}
            return {
                self.text(key): _hidden(item) if is_secret(key) and not (tag and key == "value") else self._value(item)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [self._value(item) for item in value]
        return self.text(value) if isinstance(value, str) else value


def _hidden(value: Any) -> Any:
    """The shape stays, and the `type` of a credential."""
    if isinstance(value, dict):
        return {key: _hidden(item) if key != "type" else item for key, item in value.items()}
    if isinstance(value, list):
        return [_hidden(item) for item in value]
    return MASK if value else value
