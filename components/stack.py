"""A whole stack: one Preflight, one HyperOneImage for each image, their outputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pulumi
from pulumi.output import contains_unknowns

from pulumi_hyperone.components.arguments import Arguments, arguments_of, asked_of
from pulumi_hyperone.components.hyperone_image import OUTPUTS, HyperOneImage
from pulumi_hyperone.components.stack_config import load_stack
from pulumi_hyperone.components.stack_secrets import ConfigSecrets
from pulumi_hyperone.provider.foundation.faults import Fault
from pulumi_hyperone.provider.schema.preflight import Preflight
from pulumi_hyperone.settings import ImageSettings, build_order
from pulumi_hyperone.settings.api_questions import ASKED


def build_stack() -> dict[str, HyperOneImage]:
    """Build the images of the running stack's settings; returns them by name.

    Each is a stack output of its name: a map of OUTPUTS but `phases`, which would fill the screen, and of
    `skip_create_image` where that is set. With wrong settings the check of Preflight fails with one report of all
    faults of all images, and nothing is created.
    """
    settings, faults = load_stack()
    if faults:
        preflight({name: asked_of(image) for name, image in settings.items()}, faults)
        return {}
    images = build_images(settings)
    for name, image in images.items():
        skipped = {"skip_create_image": True} if settings[name].skip_create_image else {}
        shown = skipped | {output: getattr(image, output) for output in OUTPUTS if output != "phases"}
        pulumi.export(name, shown if pulumi.runtime.is_dry_run() else _made(shown))
    return images


def _made(outputs: Mapping[str, Any]) -> pulumi.Output[dict[str, Any]]:
    """Those outputs that came out; of an image that failed the engine keeps a text that stands for what is unknown.

    One that is secret, such as a name, makes no secret of the others.
    """
    given = {name: pulumi.Output.from_input(value) for name, value in outputs.items()}

    async def known() -> dict[str, Any]:
        found = {name: await one.future(with_unknowns=True) for name, one in given.items()}
        return {
            name: pulumi.Output.secret(value) if await given[name].is_secret() else value
            for name, value in found.items()
            if not contains_unknowns(value)
        }

    async def always(value: bool) -> bool:
        return value

    return pulumi.Output(pulumi.Output.all(**given).resources(), known(), always(True), always(False))


def preflight(
    asked: Mapping[str, Any],
    faults: Iterable[Fault] = (),
    name: str = "preflight",
    opts: pulumi.ResourceOptions | None = None,
) -> Preflight:
    """The check of what only the API can tell about all images, `asked` by name; it fails when there are `faults`."""
    return Preflight(name, asked, ASKED, faults=faults, secret_keys=ConfigSecrets.of_program().unmarked, opts=opts)


def build_images(
    images: Mapping[str, ImageSettings | Arguments],
    *,
    name: str = "preflight",
    opts: pulumi.ResourceOptions | None = None,
) -> dict[str, HyperOneImage]:
    """One component for each image, after one check of all; an image may start from another one of them.

    `name` is the check's, `opts` are those of all.
    """
    read = {key: arguments_of(key, given) for key, given in images.items()}
    check = preflight({key: one.asked for key, one in read.items()}, name=name, opts=opts)
    built: dict[str, HyperOneImage] = {}
    for key in build_order({key: one.settings for key, one in read.items()}):
        base = read[key].settings.source_reference
        source = built[base.name].image_id if base else None
        built[key] = HyperOneImage(key, read[key], preflight=check, source_image=source, opts=opts)
    return built
