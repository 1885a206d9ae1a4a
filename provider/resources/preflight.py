"""The provider of Preflight: asks the API before anything is created."""

from __future__ import annotations

import uuid

from pulumi.dynamic import CheckResult, CreateResult

from pulumi_hyperone.provider.checks.cloud import Questions
from pulumi_hyperone.provider.foundation.errors import HyperOneError
from pulumi_hyperone.provider.foundation.faults import Fault, report
from pulumi_hyperone.provider.process.progress import tell
from pulumi_hyperone.provider.process.session import session
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props, refused
from pulumi_hyperone.provider.schema.preflight import PreflightInputs


class PreflightProvider(HyperOneProvider):
    """Checks only. Its id is the random identity of the stack, which tags everything the stack makes."""

    inputs = PreflightInputs

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """All faults of all images in one report; the text carries the paths, never a property (pulumi-facts)."""
        session().keep_secret(news.get("secret_keys") or ())
        faults = [Fault(**fault) for fault in news.get("faults") or []]
        try:
            session().credentials()
            questions = Questions(self.client, session().image, str(news.get("stack") or ""), news["asked"])
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
