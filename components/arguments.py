"""The options of an image as a program hands them over: settings, or a mapping that may hold outputs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime.rpc import UNKNOWN

from pulumi_hyperone.components.stack_config import ACCOUNT_NAMESPACE, namespace
from pulumi_hyperone.components.stack_secrets import masked_report, secret_texts
from pulumi_hyperone.provider.foundation.faults import Fault
from pulumi_hyperone.provider.foundation.known import is_known
from pulumi_hyperone.provider.foundation.option import those
from pulumi_hyperone.settings import ImageSettings, load_images, load_project
from pulumi_hyperone.settings.api_questions import ASKED, api_facts
from pulumi_hyperone.settings.image_settings import FACTS, with_relatives

if TYPE_CHECKING:
    from pulumi_hyperone.components.typed_options import ImageOptions

SHAPING = frozenset(those(FACTS, lambda fact: fact.shapes))
"""Options that decide which resources there are, or what becomes of them: they must be known when the program runs."""
IMAGE_INPUTS = those(FACTS, lambda fact: fact.asked == "image")
"""Options that are ids of images: an output in their place is an input of a resource, not part of the settings."""


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


def arguments_of(
    name: str,
    given: Arguments | ImageSettings | ImageOptions | Mapping[str, Any],
    source_image: pulumi.Input[str] | None = None,
) -> Arguments:
    """Read what a program gave for the image `name`; `source_image` stands in for the one of the settings.

    Raises pulumi.RunError with all faults in one report.
    """
    source = {} if source_image is None else {"source_image": pulumi.Output.from_input(source_image)}
    if isinstance(given, ImageSettings):
        given = Arguments(given, None, frozenset(), {}, asked_of(given))
    if not isinstance(given, Arguments):
        return arguments_of_all({name: {**given, **source}})[name]
    if source_image is None:
        return given
    asked = pulumi.Output.all(given.asked, source_image).apply(_with_source, run_with_unknowns=True)
    return replace(given, images={**given.images, **source}, asked=asked)


def arguments_of_all(images: Mapping[str, ImageOptions | Mapping[str, Any]]) -> dict[str, Arguments]:
    """Read what a program gave for several images, by name; one may refer to another one as in stack config.

    Raises pulumi.RunError with all faults of all images in one report.
    """
    outputs = {
        name: {option: value for option, value in given.items() if holds_output(value)}
        for name, given in images.items()
        if isinstance(given, Mapping)
    }
    faults = [
        Fault(f"images.{name}.{option}", "must be known when the program runs, so it cannot be an output")
        for name, found in outputs.items()
        for option in sorted(SHAPING & found.keys())
    ]
    plain: dict[str, Any] = {
        name: {option: value for option, value in given.items() if option not in outputs[name]}
        if isinstance(given, Mapping)
        else given
        for name, given in images.items()
    }
    settings, more = _decoded(plain, outputs)
    if faults or more:
        raise pulumi.RunError(masked_report([*faults, *more]))
    return {
        name: _arguments(_Read(name, plain[name], frozenset(images)), one, outputs[name])
        for name, one in settings.items()
    }


@dataclass(frozen=True)
class _Read:
    """What was read of the image `name`: its options without outputs; `images` are all names there are."""

    name: str
    plain: Mapping[str, Any]
    images: frozenset[str]

    def asked(self, values: Mapping[str, Any], secrets: Collection[str]) -> dict[str, Any]:
        """The options for the API to judge, where some of `values` may not be known before the build."""
        unknown = {option for option, value in values.items() if not is_known(value)}
        if "existing_id" in unknown:
            return {"existing_id": UNKNOWN}
        known = {option: value for option, value in values.items() if option not in unknown}
        facts = api_facts(self.resolved(known, unknown, secrets))
        return facts | dict.fromkeys(with_relatives(unknown) & ASKED.keys(), UNKNOWN)

    def resolved(self, values: Mapping[str, Any], unknown: Collection[str], secrets: Collection[str]) -> ImageSettings:
        """The settings with the values of outputs. Raises pulumi.RunError without showing `secrets`."""
        read, faults = _decoded({self.name: {**self.plain, **values}}, {self.name: unknown}, self.images)
        if faults:
            raise pulumi.RunError(masked_report(faults, secrets))
        return read[self.name]


def _arguments(read: _Read, settings: ImageSettings, outputs: Mapping[str, Any]) -> Arguments:
    if not outputs:
        return Arguments(settings, None, frozenset(), {}, api_facts(settings))
    secrets = secret_texts(outputs)
    # They are used in messages only, so they do not make a secret of every option.
    hidden = pulumi.Output.unsecret(secrets)
    everything: pulumi.Output[Any] = pulumi.Output.from_input([outputs, hidden])
    asked = everything.apply(lambda made: read.asked(*made), run_with_unknowns=True)
    # Images go past the settings: what a build makes of them is an input of a resource, unknown in a preview.
    images = {option: pulumi.Output.from_input(outputs[option]) for option in IMAGE_INPUTS if option in outputs}
    others = {option: value for option, value in outputs.items() if option not in images}
    if not others:
        return Arguments(settings, None, frozenset(), images, asked)
    known: pulumi.Output[Any] = pulumi.Output.from_input([others, hidden])
    resolved = known.apply(lambda made: read.resolved(made[0], images, made[1]))
    return Arguments(settings, resolved, with_relatives(others), images, asked, secrets)


def asked_of(settings: ImageSettings) -> Any:
    """What the API can judge of an image; a secret output when a secret option is in it."""
    facts = api_facts(settings)
    secret = with_relatives(settings.secret_options) & facts.keys()
    return pulumi.Output.secret(facts) if secret else facts


def _with_source(parts: Any) -> dict[str, Any]:
    facts, source = parts
    return {**facts, "source_image": source if is_known(source) else UNKNOWN}


def holds_output(value: Any) -> bool:
    """Whether `value` is an output, or a list or mapping with one in it."""
    if isinstance(value, Mapping):
        return any(holds_output(part) for part in value.values())
    if isinstance(value, list | tuple):
        return any(holds_output(part) for part in value)
    return isinstance(value, pulumi.Output)


def _decoded(
    images: Mapping[str, Any], unknown: Mapping[str, Collection[str]], others: Collection[str] = ()
) -> tuple[dict[str, ImageSettings], list[Fault]]:
    """Read options of images, of which `unknown` come later and what can only be judged with one of those is left out.

    `others` are names of further images.
    """
    project, faults, _ = load_project(namespace(ACCOUNT_NAMESPACE))
    later = {name: {*options, *_judged_with(options)} for name, options in unknown.items()}
    known = {
        name: {option: value for option, value in given.items() if option not in later[name]}
        if isinstance(given, Mapping)
        else given
        for name, given in images.items()
    }
    loaded, more = load_images(
        {"images": known},
        Path.cwd(),
        state_timeout=project.state_timeout if project else None,
        unknown=later,
        others=others,
    )
    return loaded, [*faults, *more]


def _judged_with(options: Collection[str]) -> Iterator[str]:
    return (option for option, fact in FACTS.items() if fact.judged_with in options)
