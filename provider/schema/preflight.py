"""Preflight: everything that only the API can tell, asked for all images of the stack before anything is created."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from pulumi_hyperone.provider.foundation.faults import Fault
from pulumi_hyperone.provider.schema.inputs import SILENT, Inputs, given
from pulumi_hyperone.provider.schema.resource import HyperOneResource


def preflight_of(component: str) -> str:
    """The name of the Preflight of a component of this name."""
    return f"{component}-preflight"


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


class Preflight(HyperOneResource, module="hyperone", name="Preflight"):
    """The check of all images of a stack; every Build depends on it."""

    inputs = PreflightInputs

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
        props: dict[str, Any] = {"images": dict(images), "asked": dict(asked), "stack": stack}
        if found := [{"path": fault.path, "message": fault.message} for fault in faults]:
            props["faults"] = found
        if keys := sorted(secret_keys):
            props["secret_keys"] = keys
        super().__init__(name, props, opts)
