"""The options of an image as a program hands them over: settings, or a mapping that may hold outputs."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime.rpc import UNKNOWN

from pulumi_hyperone.components.stack_config import ACCOUNT_NAMESPACE, namespace
from pulumi_hyperone.components.stack_secrets import masked_report, secret_texts
from pulumi_hyperone.provider.foundation.faults import Fault
from pulumi_hyperone.provider.foundation.known import is_known
from pulumi_hyperone.settings import ImageSettings, load_images, load_project

SHAPING = frozenset(
    {
        "chroot_disk",
        "communicator",
        "keep_image",
        "keep_last",
        "manifest",
        "on_failure",
        "on_verify_failure",
        "pin_source",
        "release",
        "state_timeout",
        "tag_current",
        "temporary_key_pair_bits",
        "temporary_key_pair_type",
        "verify",
    }
)
"""Options that decide which resources there are, or what becomes of them: they must be known when the program runs."""
IMAGE_INPUTS = ("source_image", "existing_id")
"""Options that are ids of images: an output in their place is an input of a resource, not part of the settings."""
STAND_INS: Mapping[str, Any] = {"source_image": "an-output", "existing_id": "an-output", "vm_type": "-", "disk_size": 1}
"""Values in the place of outputs, so that the rest can be looked at; never used to build."""
_TOGETHER = ({"image_tags", "image_tag"}, {"vm_tags", "vm_tag"}, {"disk_size", "chroot_disk_size"})
_ALSO = ({"disk_type", "chroot_disk_type"}, {"user_data", "user_data_file"})


@dataclass(frozen=True)
class Arguments:
    """What is known while the program runs (`settings`), and all of it once outputs are (`resolved`).

    `deferred` names the options that outputs have a part in, `images` holds the outputs that are ids of images.
    `asked` holds what the API can judge, the outputs' part of it too: in a preview, what is not known yet is marked so.
    `secrets` holds the texts in secret outputs (None: there are no outputs).
    """

    settings: ImageSettings
    resolved: pulumi.Output[ImageSettings] | None
    deferred: frozenset[str]
    images: Mapping[str, pulumi.Output[str]]
    asked: Any
    secrets: pulumi.Output[list[str]] | None = None

    @property
    def secret_texts(self) -> pulumi.Output[list[str]] | None:
        """What no log may show of it, a secret itself: texts of secret outputs, secrets of a Packer template."""
        known = list(self.settings.origin.secrets) if self.settings.origin else []
        if self.secrets is not None:
            return self.secrets.apply(lambda texts: [*known, *texts])
        return pulumi.Output.secret(known) if known else None


def arguments_of(name: str, given: ImageSettings | Mapping[str, Any]) -> Arguments:
    """Read what a program gave for the image `name`. Raises pulumi.RunError with all faults in one report."""
    if isinstance(given, ImageSettings):
        return Arguments(given, None, frozenset(), {}, api_facts(given))
    outputs = {option: value for option, value in given.items() if holds_output(value)}
    faults = [
        Fault(f"images.{name}.{option}", "must be known when the program runs, so it cannot be an output")
        for option in sorted(SHAPING & outputs.keys())
    ]
    images = {option: pulumi.Output.from_input(outputs.pop(option)) for option in IMAGE_INPUTS if option in outputs}
    plain = {option: value for option, value in given.items() if option not in outputs}
    stand_ins = {option: STAND_INS[option] for option in (*outputs, *images) if option in STAND_INS}
    known = {**plain, **stand_ins}
    settings, more = _decoded(name, known)
    if faults or more or settings is None:
        raise pulumi.RunError(masked_report([*faults, *more]))
    if not outputs and not images:
        return Arguments(settings, None, frozenset(), images, settings.api_facts())
    secrets = secret_texts(outputs)
    # They are used in messages only, so they do not make a secret of every option.
    hidden = pulumi.Output.unsecret(secrets)
    everything: pulumi.Output[Any] = pulumi.Output.from_input([{**outputs, **images}, hidden])
    asked = everything.apply(lambda made: _asked(name, known, *made), run_with_unknowns=True)
    if not outputs:
        return Arguments(settings, None, frozenset(), images, asked)
    # Without the images: what a build makes of them is no part of the settings, and may be unknown in a preview.
    others: pulumi.Output[Any] = pulumi.Output.from_input([outputs, hidden])
    resolved = others.apply(lambda made: _resolved(name, {**known, **made[0]}, made[1]))
    return Arguments(settings, resolved, with_relatives(outputs), images, asked, secrets)


def api_facts(settings: ImageSettings) -> Any:
    """What the API can judge of an image; a secret output when a secret option is in it."""
    facts = settings.api_facts()
    secret = with_relatives(settings.secret_options) & facts.keys()
    return pulumi.Output.secret(facts) if secret else facts


def _asked(name: str, known: Mapping[str, Any], values: Mapping[str, Any], secrets: Collection[str]) -> dict[str, Any]:
    """The options for the API to judge, where some of `values` may not be known before the build."""
    unknown = {option for option, value in values.items() if not is_known(value)}
    given = {option: value for option, value in values.items() if option not in unknown}
    facts = _resolved(name, {**known, **given}, secrets).api_facts()
    return facts | dict.fromkeys(with_relatives(unknown) & facts.keys(), UNKNOWN)


def holds_output(value: Any) -> bool:
    """Whether `value` is an output, or a list or mapping with one in it."""
    if isinstance(value, Mapping):
        return any(holds_output(part) for part in value.values())
    if isinstance(value, list | tuple):
        return any(holds_output(part) for part in value)
    return isinstance(value, pulumi.Output)


def _decoded(name: str, options: Mapping[str, Any]) -> tuple[ImageSettings | None, list[Fault]]:
    project, faults, _ = load_project(namespace(ACCOUNT_NAMESPACE))
    loaded, more = load_images(
        {"images": {name: dict(options)}},
        Path.cwd(),
        timestamp=int(time.time()),
        state_timeout=project.state_timeout if project else None,
    )
    return loaded.get(name) if project else None, [*faults, *more]


def _resolved(name: str, options: Mapping[str, Any], secrets: Collection[str]) -> ImageSettings:
    settings, faults = _decoded(name, options)
    if settings is None:
        raise pulumi.RunError(masked_report(faults, secrets))
    return settings


def with_relatives(options: Collection[str]) -> frozenset[str]:
    """The options and those whose rendered value depends on them too."""
    return frozenset(options).union(*(group for group in (*_TOGETHER, *_ALSO) if group.intersection(options)))
