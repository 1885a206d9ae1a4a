"""The options of one image as inputs of its resources: each known as early as it can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi

from pulumi_hyperone.components.arguments import Arguments, with_relatives
from pulumi_hyperone.provider.resources.build import Build
from pulumi_hyperone.settings import ImageSettings, RenderedSettings

# Two builds' times that no date format shows alike: every field differs, from the year to the second.
DIFFERENT_TIMES = (0, 1_234_567_890)


class Values:
    """Rendered options of the image in the build `build`."""

    def __init__(self, arguments: Arguments, build: Build) -> None:
        self._settings = arguments.settings
        self._deferred = arguments.deferred
        self._secret = with_relatives(arguments.settings.secret_options)
        made = pulumi.Output.all(
            settings=arguments.resolved or arguments.settings, timestamp=build.timestamp, build_id=build.id
        )
        self._rendered: pulumi.Output[RenderedSettings] = made.apply(_render)

    def option(self, name: str) -> pulumi.Output[Any]:
        """An option: known at once unless a template in it depends on the build's id or time, or it is an output.

        Only an option is secret that a secret output, a secret of stack config or one of a Packer template is part of.
        """
        value = self.when_known(lambda rendered: getattr(rendered, name))
        if name in self._secret:
            return pulumi.Output.secret(value)
        return value if name in self._deferred else pulumi.Output.unsecret(value)

    def when_known(self, pick: Callable[[RenderedSettings], Any]) -> pulumi.Output[Any]:
        """What `pick` takes from the rendered settings; previews and policies see all that no build can change."""
        if self._deferred:
            return self._rendered.apply(pick)
        one, other = (pick(self._settings.rendered(timestamp=at, build_id=str(at))) for at in DIFFERENT_TIMES)
        return pulumi.Output.from_input(one) if one == other else self._rendered.apply(pick)


def _render(made: Any) -> RenderedSettings:
    settings: ImageSettings = made["settings"]
    return settings.rendered(timestamp=int(made["timestamp"]), build_id=made["build_id"])
