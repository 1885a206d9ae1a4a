"""The functions of Packer's templates (packer-plugin-sdk, template/interpolate) and the plain ones of Go's."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from pulumi_hyperone.provider.foundation.counting import counted
from pulumi_hyperone.provider.foundation.nearest import did_you_mean
from pulumi_hyperone.provider.provisioners.build_data import NAMES
from pulumi_hyperone.settings.template.context import TemplateContext
from pulumi_hyperone.settings.template.go_time import go_format, strftime
from pulumi_hyperone.settings.template.nodes import Scalar

MAX_OUTPUT = 4_194_304
"""Characters one rendering may produce."""

MAX_WORK = 16 * MAX_OUTPUT
"""Characters that the functions of one rendering may work on, all together."""

_KINDS = {str: "string", int: "whole number", float: "number", bool: "boolean"}

BUILD_FIELDS = frozenset(NAMES)
"""Names that the function `build` knows."""

BUILD_ABSENT = frozenset({"WinRMPassword", "PackerHTTPAddr", "PackerHTTPIP", "PackerHTTPPort", "SourceImageName"})
"""Names that it knows in Packer and that have no value in builds for HyperOne."""

_ELSEWHERE = "templates cannot reach other systems here; "
REFUSED = {
    "consul_key": _ELSEWHERE + "use a user variable and set it with -var, or `pulumi config set`",
    "vault": _ELSEWHERE + "use a user variable and set it with `pulumi config set --secret`",
    "aws_secretsmanager": _ELSEWHERE + "use a user variable and set it with `pulumi config set --secret`",
    "aws_secretsmanager_raw": _ELSEWHERE + "use a user variable and set it with `pulumi config set --secret`",
}
"""Functions that are known and refused, with what to use in their place."""


ENV_REFUSED = '"env" is only available in the defaults of variables; define a variable and use "user" here'


class NotKnownYet(Exception):
    """The value exists at run time only; the message says which."""


def count_fault(name: str, count: int, least: int, most: int | None) -> str | None:
    """Say that a function takes another number of arguments, `least` to `most` (None: any number)."""
    if count >= least and (most is None or count <= most):
        return None
    if most is None:
        wanted = f"at least {counted(least, 'argument')}"
    else:
        wanted = counted(most, "argument") if least == most else f"{least} to {most} arguments"
    return f'"{name}" takes {wanted}, not {count}'


class Function(NamedTuple):
    """A function: its kinds of arguments (the last one repeats when `repeats`), and what it does with them.

    `run` gets the context and the arguments; it raises ValueError for values it cannot take and NotKnownYet.
    """

    arguments: tuple[type, ...]
    run: Callable[..., Scalar]
    volatile: bool = False
    local: bool = False
    optional: int = 0
    repeats: bool = False

    def fault(self, name: str, count: int) -> str | None:
        """Return what is wrong with the number of arguments."""
        most = len(self.arguments)
        return count_fault(name, count, most - self.optional, None if self.repeats else most)

    def wrong_kind(self, name: str, values: Sequence[object]) -> str | None:
        """Return what is wrong with the kinds of the arguments; None stands for one that is not known yet."""
        for position, value in enumerate(values):
            wanted = self.arguments[min(position, len(self.arguments) - 1)]
            if value is not None and wanted is not object and type(value) is not wanted:
                # the value itself may be a secret: it is not shown
                return f'argument {position + 1} of "{name}" must be a {_KINDS[wanted]}, not a {_KINDS[type(value)]}'
        return None


def _known(value: str | None, what: str) -> str:
    if value is None:
        raise NotKnownYet(f"{what} is not known here")
    return value


def _timestamp(context: TemplateContext) -> int:
    if context.timestamp is None:
        raise NotKnownYet("the timestamp of the build is not known here")
    return context.timestamp


def _env(context: TemplateContext, name: str) -> str:
    if not context.env_allowed:
        raise ValueError(ENV_REFUSED)
    return context.environ.get(name, "")


def _uuid(context: TemplateContext) -> str:
    if context.uuid_factory is None:
        raise NotKnownYet("a uuid is made by the build")
    return context.uuid_factory()


def _build(context: TemplateContext, name: str) -> str:
    if context.build is not None and name in context.build:
        return context.build[name]
    if message := unknown_build_data(name):
        raise ValueError(message)
    raise NotKnownYet(f"{name} of the build is not known here")


def unknown_build_data(name: str) -> str | None:
    """Say what is wrong with a name for `build`; None when it has a value at run time."""
    if name in BUILD_ABSENT:
        return f'"build" has no {name!r} here: builds have no WinRM, HTTP server or source image name'
    return None if name in BUILD_FIELDS else f'"build" has no {name!r}{did_you_mean(name, BUILD_FIELDS)}'


def _replace(_: TemplateContext, old: str, new: str, count: int, text: str) -> str:
    return _replaced(old, new, count, text)


def _replaced(old: str, new: str, count: int, text: str) -> str:
    found = len(text) + 1 if not old else text.count(old)
    if len(text) + found * len(new) > MAX_OUTPUT:
        raise ValueError(f"the result is longer than {MAX_OUTPUT} characters")
    return text.replace(old, new, count if count >= 0 else -1)


def _split(_: TemplateContext, text: str, separator: str, index: int) -> str:
    parts = text.split(separator) if separator else list(text)
    if not 0 <= index < len(parts):
        raise ValueError(f"there is no part {index}: {len(parts)} found with separator {separator!r} (counted from 0)")
    return parts[index]


def _sed(_: TemplateContext, script: str, text: str) -> str:
    from pulumi_hyperone.settings.template.sed import sed  # noqa: PLC0415 - RE2 is loaded by those who use it

    return sed(script, text)


def _clean(_: TemplateContext, text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "-", text)


def _print(_: TemplateContext, *values: Scalar) -> str:
    written = ""
    for position, value in enumerate(values):
        apart = position and not isinstance(value, str) and not isinstance(values[position - 1], str)
        written += (" " if apart else "") + shown(value)
    return written


def _printf(_: TemplateContext, layout: str, *values: Scalar) -> str:
    left = list(values)

    def one(match: re.Match[str]) -> str:
        verb = match[1]
        if verb == "%":
            return "%"
        if verb not in {"s", "v", "d", "q"} or not left:
            raise ValueError(f"printf: {match.group()!r} has no value, or is not one of %s %v %d %q %%")
        value = left.pop(0)
        if (verb == "d") != (type(value) is int) and verb != "v":
            raise ValueError(f"printf: {match.group()!r} does not fit a {_KINDS[type(value)]}")
        return json.dumps(value, ensure_ascii=False) if verb == "q" else shown(value)

    written = re.sub(r"%(.?)", one, layout, flags=re.DOTALL)
    if left:
        raise ValueError(f"printf: {counted(len(left), 'value')} too many")
    return written


def _same(_: TemplateContext, first: Scalar, *others: Scalar) -> bool:
    return any(type(first) is type(other) and first == other for other in others)


def _differ(_: TemplateContext, first: Scalar, other: Scalar) -> bool:
    return not (type(first) is type(other) and first == other)


def _and(_: TemplateContext, *values: Scalar) -> Scalar:
    return next((value for value in values if not value), values[-1])


def _or(_: TemplateContext, *values: Scalar) -> Scalar:
    return next((value for value in values if value), values[-1])


def shown(value: Scalar) -> str:
    """Write a value as Go prints it."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


FUNCTIONS = {
    "env": Function((str,), _env),
    "timestamp": Function((), lambda c: str(_timestamp(c)), volatile=True),
    "isotime": Function(
        (str,),
        lambda c, layout="2006-01-02T15:04:05Z07:00": go_format(_timestamp(c), layout),
        volatile=True,
        optional=1,
    ),
    "strftime": Function((str,), lambda c, layout: strftime(_timestamp(c), layout), volatile=True),
    "uuid": Function((), _uuid, volatile=True),
    "build_name": Function((), lambda c: _known(c.build_name, "the name of the build")),
    "build_type": Function((), lambda c: _known(c.build_type, "the type of the builder")),
    "template_dir": Function((), lambda c: _known(c.template_dir, "the folder of the template"), local=True),
    "pwd": Function((), lambda c: _known(c.cwd, "the working folder"), local=True),
    "packer_version": Function((), lambda c: c.packer_version),
    "build": Function((str,), _build),
    "upper": Function((str,), lambda _, text: text.upper()),
    "lower": Function((str,), lambda _, text: text.lower()),
    "replace": Function((str, str, int, str), _replace),
    "replace_all": Function((str, str, str), lambda _, old, new, text: _replaced(old, new, -1, text)),
    "split": Function((str, str, int), _split),
    "sed": Function((str, str), _sed),
    "clean_resource_name": Function((str,), _clean),
    "print": Function((object,), _print, optional=1, repeats=True),
    "printf": Function((str, object), _printf, optional=1, repeats=True),
    "eq": Function((object, object), _same, repeats=True),
    "ne": Function((object, object), _differ),
    "and": Function((object,), _and, repeats=True),
    "or": Function((object,), _or, repeats=True),
    "not": Function((object,), lambda _, value: not value),
    "len": Function((str,), lambda _, text: len(text.encode("utf-8", "replace"))),
}
"""Every function but `user`, which the renderer knows itself."""

FUNCTION_NAMES = frozenset(FUNCTIONS) | {"user"}
"""Names that may be called."""


def unknown_field(name: str, known: Collection[str]) -> str:
    """Say that the dot has no such field, and which it has."""
    listed = ", ".join(f".{one}" for one in sorted(known)) or "none"
    return f"there is no .{name} here{did_you_mean(name, known)} (known: {listed})"


def unknown_function(name: str) -> str:
    """Say what is wrong with a function that cannot be called."""
    if name in REFUSED:
        return f'"{name}" is refused: {REFUSED[name]}'
    return f'there is no function "{name}"{did_you_mean(name, FUNCTION_NAMES)}'
