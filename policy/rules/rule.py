"""Turns a function that says what is wrong with a resource into a policy of the pack."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from rules.subject import TYPES, Subject

Judge = Callable[[Subject], Iterator[str]]
"""Yields a message for everything that is wrong, each saying what to change."""
Schema = dict[str, dict[str, Any]]

OFF = EnforcementLevel.DISABLED
ON = EnforcementLevel.ADVISORY
TEXTS = {"type": "array", "items": {"type": "string"}}
"""Schema of a list of texts."""
LATER = "depends on values that only the update knows; it is judged then"


def rule(
    name: str, description: str, *classes: str, level: EnforcementLevel = ON, config: Schema | None = None
) -> Callable[[Judge], ResourceValidationPolicy]:
    """Make a policy that judges the resources of `classes`.

    `level` holds where nothing is configured. `config` is the JSON schema of each configuration value; one without a
    `default` has to be given once the rule is switched on, and a rule that lacks it says so for every resource.
    """
    schema = config or {}
    types = {start + name for start in TYPES for name in classes}

    def policy(judge: Judge) -> ResourceValidationPolicy:
        def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
            if args.resource_type not in types:
                return
            subject = Subject(args.props, configured(schema, args.get_config()))
            missing = [key for key in schema if key not in subject.config]
            try:
                for message in lacking(name, missing) if missing else judge(subject):
                    report(message, None)
            except UnknownValueError:
                args.not_applicable(LATER)

        return ResourceValidationPolicy(
            name, description, validate, enforcement_level=level, config_schema=PolicyConfigSchema(schema)
        )

    return policy


def configured(schema: Schema, config: Mapping[str, Any] | None) -> dict[str, Any]:
    """The configuration with the schema's defaults."""
    defaults = {key: value["default"] for key, value in schema.items() if "default" in value}
    return {**defaults, **(config or {})}


def lacking(name: str, keys: list[str]) -> Iterator[str]:
    """Say which configuration a rule that is switched on lacks."""
    yield f"rule {name} is on but lacks {', '.join(keys)}; give it in the policy configuration, or disable the rule"
