"""Preflight: everything that only the API can tell, asked for all images of the stack before anything is created."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, Resource

from provider import host
from provider.base import HyperOneProvider, Props
from provider.errors import HyperOneError
from provider.faults import Fault, report
from provider.questions import Questions
from provider.session import session


class PreflightProvider(HyperOneProvider):
    """Checks only. Its id is the random identity of the stack, which tags everything the stack makes."""

    identities = ()

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """All faults of all images in one report; the text carries the paths, never a property (pulumi-facts)."""
        try:
            faults = self._faults(news.get("images") or {})
        except HyperOneError as error:
            return CheckResult(news, [CheckFailure("", str(error))])
        return CheckResult(news, [CheckFailure("", report(faults))] if faults else [])

    def create(self, props: Props) -> CreateResult:
        """Creates nothing in the cloud."""
        return CreateResult(uuid.uuid4().hex, props)

    def _faults(self, images: Mapping[str, Mapping[str, Any]]) -> list[Fault]:
        session().credentials()
        return Questions(self.client, _owner()).faults(images)


def _owner() -> str:
    """The running stack as its tags name it: project/stack."""
    parts = host.current_urn().split("::")
    return f"{parts[1]}/{parts[0].removeprefix('urn:pulumi:')}" if len(parts) > 1 else ""


class Preflight(Resource, module="hyperone", name="Preflight"):
    """The check of all images of a stack; every Build depends on it."""

    def __init__(
        self, name: str, images: Mapping[str, Mapping[str, Any]], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """`images` maps each image's key to the options that the API can judge."""
        super().__init__(PreflightProvider(), name, {"images": dict(images)}, opts)
