"""Preflight: everything that only the API can tell, asked for all images of the stack before anything is created."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult

from pulumi_hyperone.provider.checks.cloud import Questions
from pulumi_hyperone.provider.foundation.errors import HyperOneError
from pulumi_hyperone.provider.foundation.faults import Fault, report
from pulumi_hyperone.provider.process.progress import tell
from pulumi_hyperone.provider.process.session import session
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props, refused
from pulumi_hyperone.provider.resources.inputs import SILENT, Inputs, given
from pulumi_hyperone.provider.resources.resource import HyperOneResource


@dataclass(frozen=True, kw_only=True)
class PreflightInputs(Inputs):
    """Per image key the options that the API can judge; `faults` (path, message) were found without it.

    `asked` says for each option what the API is asked about it: see `provider.foundation.option.Asked`.

    `secret_keys` are keys of stack config that hold a secret which the stack's file does not mark.
    """

    stack: str = given(SILENT)
    images: Mapping[str, Mapping[str, Any]] = given()
    asked: Mapping[str, str] = given(SILENT)
    faults: Sequence[Mapping[str, str]] = given(default=())
    secret_keys: Sequence[str] = given(SILENT, default=())


class PreflightProvider(HyperOneProvider):
    """Checks only. Its id is the random identity of the stack, which tags everything the stack makes."""

    inputs = PreflightInputs

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """All faults of all images in one report; the text carries the paths, never a property (pulumi-facts)."""
        session().keep_secret(news.get("secret_keys") or ())
        faults = [Fault(**fault) for fault in news.get("faults") or []]
        try:
            session().credentials()
            questions = Questions(self.client, str(news.get("stack") or ""), news["asked"])
            images = news.get("images") or {}
            for warning in questions.warnings(images):
                tell(warning, warning=True)
            faults += questions.faults(images)
        except HyperOneError as error:
            return CheckResult(news, [refused(f"{report(faults)}\n{error}".lstrip())])
        return CheckResult(news, [refused(report(faults))] if faults else [])

    def create(self, props: Props) -> CreateResult:
        """Creates nothing in the cloud."""
        return CreateResult(uuid.uuid4().hex, props)


class Preflight(HyperOneResource, module="hyperone", name="Preflight"):
    """The check of all images of a stack; every Build depends on it."""

    provider = PreflightProvider

    def __init__(
        self,
        name: str,
        images: Mapping[str, Mapping[str, Any]],
        asked: Mapping[str, str],
        *,
        faults: Iterable[Fault] = (),
        secret_keys: Iterable[str] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Take the check's inputs (PreflightInputs), the faults as they were found."""
        stack = f"{pulumi.get_project()}/{pulumi.get_stack()}"
        props: Props = {"images": dict(images), "asked": dict(asked), "stack": stack}
        if found := [{"path": fault.path, "message": fault.message} for fault in faults]:
            props["faults"] = found
        if keys := sorted(secret_keys):
            props["secret_keys"] = keys
        super().__init__(name, props, opts)
