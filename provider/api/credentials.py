"""What a client needs to talk for somebody: token, project, address. Found by `provider.credentials`."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Credentials:
    """One way into HyperOne.

    `token` is a session or service-account token and is never part of the repr. `project` is an id or name (session
    tokens need one, service-account tokens do not; API facts 1.1). `api_url` is the whole base with `/v1`. `source`
    says for people where the token came from, e.g. "environment variable HYPERONE_TOKEN"; `advice`, in a sentence
    without its full stop, what to do when it is refused. `api_version` is the generation of the API that the token is
    for.
    """

    token: str = field(repr=False)
    project: str | None
    api_url: str
    source: str
    advice: str = ""
    api_version: str = "v1"
