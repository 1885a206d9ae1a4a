"""The secrets of the running program: those of its stack's config, and outputs that it gives to an image."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime.config import CONFIG, is_config_secret

from pulumi_hyperone.provider.foundation import advice
from pulumi_hyperone.provider.foundation.faults import Fault, report
from pulumi_hyperone.provider.foundation.masking import Masker
from pulumi_hyperone.provider.foundation.secret_forms import SHORTEST
from pulumi_hyperone.provider.foundation.stack_secrets import StackSecret, stack_secrets, written_config


@dataclass(frozen=True)
class ConfigSecrets:
    """What stack config keeps secret. `unmarked` are keys with secrets that the stack's file does not mark."""

    found: tuple[StackSecret, ...] = ()
    unmarked: frozenset[str] = frozenset()

    @classmethod
    def of_program(cls) -> ConfigSecrets:
        """The secrets in the config that the engine gave to this program."""
        config = CONFIG.get()
        keys = {key for key in config if is_config_secret(key)}
        if not keys:
            return cls()
        written = written_config(Path.cwd(), pulumi.get_stack())
        marked = {str(secret.place[0]) for secret in stack_secrets(config, written)}
        return cls(tuple(stack_secrets(config, written, keys)), frozenset(keys - marked))

    def masker(self, others: Iterable[str] = ()) -> Masker:
        """What hides them, and `others`, in texts."""
        return Masker([*(secret.text for secret in self.found), *others])

    def options(self, image: str) -> frozenset[str]:
        """The options of an image of stack config that have a secret in them."""
        project = pulumi.get_project()
        images, defaults = (f"{project}:images", image), (f"{project}:defaults",)
        places = [secret.place for secret in self.found]
        own = {str(place[2]) for place in places if place[:2] == images and len(place) > 2}
        return frozenset(own | {str(place[1]) for place in places if place[:1] == defaults and len(place) > 1})

    def warnings(self) -> Iterator[str]:
        """What a person should know of secrets that cannot be masked as they should."""
        for secret in self.found:
            if 0 < len(secret.text.strip()) < SHORTEST:
                yield f"{secret}: a secret of fewer than {SHORTEST} characters cannot be masked in logs"
        structured = {str(secret.place[0]) for secret in self.found if len(secret.place) > 1}
        for key in sorted(self.unmarked & structured):
            yield f"{key}: the stack's file does not say which values are secret, so logs mask all of them"


def masked_report(faults: Iterable[Fault], secrets: Iterable[str] = ()) -> str:
    """The report of faults, without the secrets of stack config, and those given, that they repeat."""
    text = advice.as_typed_here(report(faults), pulumi.get_stack())
    return ConfigSecrets.of_program().masker(secrets).text(text)


def secret_texts(given: Any) -> pulumi.Output[list[str]]:
    """All texts in those outputs in `given`, inside lists and mappings too, that are secret."""
    outputs = [_texts_if_secret(output) for output in _outputs(given)]
    return pulumi.Output.secret(
        pulumi.Output.all(*outputs).apply(lambda found: sorted({text for texts in found for text in texts}))
    )


def _outputs(value: Any) -> Iterator[pulumi.Output[Any]]:
    if isinstance(value, pulumi.Output):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _outputs(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _outputs(part)


def _texts_if_secret(output: pulumi.Output[Any]) -> pulumi.Output[list[str]]:
    async def texts() -> list[str]:
        value = await output.future()
        return list(_texts(value)) if await output.is_secret() else []

    async def yes() -> bool:
        return True

    # In a preview what is not known yet has no texts.
    return pulumi.Output(output.resources(), texts(), yes(), yes())


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)
