"""The statement of how an image was made: in-toto's Statement v1 with SLSA provenance v1."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pulumi_hyperone.provider.foundation.component_type import COMPONENT

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = f"urn:pulumi:{COMPONENT}:v1"
BUILDER = "urn:pulumi:hyperone:dynamic-provider"
IMAGE_DIGEST = "hyperoneImageId"
"""HyperOne tells no digest of an image's content: an image is known by its id, which is never another one's."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of an image and its build.

    `made_from` is what `provider.provenance.made_from` found when the build began, None when nobody asked for it then.
    `records` maps names of the files that were recorded with the image to what is in them. `started` is in Unix
    seconds, `finished` as the cloud gives it (RFC 3339); `source_image_name` is empty when that image is gone.
    """

    image_id: str
    image_name: str
    image_key: str
    stack: str
    build_id: str
    api_url: str
    source_image: str
    source_image_id: str
    source_image_name: str
    fingerprint: str
    parts: Mapping[str, str]
    started: float
    finished: str
    made_from: Mapping[str, Any] | None = None
    records: Mapping[str, bytes] = field(default_factory=dict)


def statement(facts: Facts) -> dict[str, Any]:
    """Return the statement as plain values."""
    made_from = facts.made_from or {}
    settings = {"fingerprint": facts.fingerprint, "parts": dict(facts.parts)}
    internal = {"user": made_from.get("user"), "api": facts.api_url}
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": facts.image_name, "digest": {IMAGE_DIGEST: facts.image_id}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {
                    "stack": facts.stack,
                    "image": facts.image_key,
                    "source_image": facts.source_image,
                    "settings": settings,
                },
                "internalParameters": {name: value for name, value in internal.items() if value},
                "resolvedDependencies": list(_dependencies(facts, made_from)),
            },
            "runDetails": {
                "builder": {"id": BUILDER, "version": dict(made_from.get("versions") or {})},
                "metadata": {
                    "invocationId": facts.build_id,
                    "startedOn": _rfc3339(datetime.fromtimestamp(facts.started, UTC)),
                    **_finished(facts.finished),
                },
                "byproducts": [
                    {"name": name, "digest": {"sha256": hashlib.sha256(content).hexdigest()}}
                    for name, content in sorted(facts.records.items())
                ],
            },
        },
    }


def _dependencies(facts: Facts, made_from: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What went in: the source image, the project's commit, the files."""
    yield {
        "name": "source image",
        "uri": f"urn:hyperone:image:{facts.source_image_id}",
        "digest": {IMAGE_DIGEST: facts.source_image_id},
        **({"annotations": {"name": facts.source_image_name}} if facts.source_image_name else {}),
    }
    if git := made_from.get("git"):
        remote = git.get("remote")
        yield {
            "name": "project",
            **({"uri": f"git+{remote}" if "://" in remote else remote} if remote else {}),
            "digest": {"gitCommit": git["commit"]},
            "annotations": {"dirty": bool(git["dirty"])},
        }
    for name, digest in sorted((made_from.get("files") or {}).items()):
        yield {"name": name, "digest": dict(digest), "annotations": {"kind": "local file"}}


def _finished(text: str) -> dict[str, str]:
    try:
        return {"finishedOn": _rfc3339(datetime.fromisoformat(text))}
    except ValueError:
        return {}


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
