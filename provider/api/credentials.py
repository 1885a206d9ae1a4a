"""What a client needs to talk for somebody: token, project, place, address. Found by `provider.credentials`."""

from __future__ import annotations

from dataclasses import dataclass, field

DEFAULT_LOCATION = "pl-waw-1"
"""The only location that HyperOne is known to have (v2 facts 1.5)."""


@dataclass(frozen=True)
class Credentials:
    """One way into HyperOne.

    `token` is never part of the repr: a session or service-account token (v1), a signed or an access token (v2).
    `expires` is the Unix time at which it ends; None: unknown. `project` is an id or name (v2 and the session tokens of
    v1 need one; API facts 1.1). `location` is where the project's objects are (v2). `api_url` is the whole base with
    `/v1` or `/v2`. `source` says for people where the token came from, e.g. "environment variable HYPERONE_TOKEN";
    `advice`, in a sentence without its full stop, what to do when it is refused. `api_version` is the generation of
    the API that the token is for, and `chosen_by` says for people what decided that. `secrets` are what the token was
    made of (a passport's key, a refresh token), to be hidden as the token is; no more of the repr than it.
    """

    token: str = field(repr=False)
    project: str | None
    api_url: str
    source: str
    advice: str = ""
    api_version: str = "v1"
    chosen_by: str = ""
    location: str = DEFAULT_LOCATION
    expires: float | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)
