"""The options of one image as inputs of its resources: each known as early as it can be."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import pulumi

from pulumi_hyperone.components.arguments import Arguments
from pulumi_hyperone.settings import ImageSettings, RenderedSettings
from pulumi_hyperone.settings.image_settings import with_relatives
from pulumi_hyperone.settings.rendered import known_values, values_of_build, volatile_options

if TYPE_CHECKING:
    from pulumi_hyperone.provider.schema.build import Build

Pick = Callable[[RenderedSettings], Any]
T = TypeVar("T")


def alone(output: pulumi.Output[T]) -> pulumi.Output[T]:
    """The same output without what it depends on, for a resource that is registered after all of that anyway.

    The engine would write every dependency of every input into the state.
    """
    value: Any = output.future(with_unknowns=True)
    return pulumi.Output(set(), value, output.is_known(), output.is_secret())


class Values:
    """Rendered options of the image in the build `build`."""

    def __init__(self, arguments: Arguments, build: Build) -> None:
        self._arguments = arguments
        self._secret = with_relatives(arguments.settings.secret_options)
        self._made = pulumi.Output.all(timestamp=alone(build.timestamp), build_id=alone(build.id))
        self._rendered = self._made.apply(lambda made: _render(arguments.settings, made))

    @cached_property
    def _known(self) -> RenderedSettings:
        return known_values(self._arguments.settings)

    @cached_property
    def _volatile(self) -> frozenset[str]:
        return volatile_options(self._arguments.settings)

    def option(self, name: str) -> pulumi.Input[Any]:
        """An option: a plain value unless a template in it depends on the build's id or time, or it is an output.

        Only an option is secret that a secret output, a secret of stack config or one of a Packer template is part of.
        """
        if not (name in self._secret or name in self._volatile or name in self._arguments.deferred):
            return getattr(self._known, name)
        value = self.options([name], lambda rendered: getattr(rendered, name))
        if name in self._secret:
            return pulumi.Output.secret(value)
        return value if name in self._arguments.deferred else pulumi.Output.unsecret(value)

    def options(self, names: Collection[str], pick: Pick) -> pulumi.Output[Any]:
        """What `pick` makes of the options `names`; previews and policies see all that no build can change."""
        if self._arguments.resolved and self._arguments.deferred.intersection(names):
            return self._arguments.resolved.apply(lambda settings: self._late(settings, names, pick))
        if self._volatile.intersection(names):
            return self._rendered.apply(pick)
        return pulumi.Output.from_input(pick(self._known))

    def _late(self, settings: ImageSettings, names: Collection[str], pick: Pick) -> Any:
        """The same, of settings in which outputs have their values."""
        if volatile_options(settings).intersection(names):
            return self._made.apply(lambda made: pick(_render(settings, made)))
        return pick(known_values(settings))


def _render(settings: ImageSettings, made: Any) -> RenderedSettings:
    return values_of_build(settings, timestamp=int(made["timestamp"]), build_id=made["build_id"])
