"""The policy pack: lists the rules. What each one wants is in docs/policy.md."""

from pulumi_policy import EnforcementLevel, PolicyPack
from rules import RULES

PolicyPack("hyperone-images", RULES, enforcement_level=EnforcementLevel.ADVISORY)
