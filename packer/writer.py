"""Writes an import as stack config, without any secret in clear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from pulumi_hyperone.packer.redaction import PLACEHOLDER, without_secrets
from pulumi_hyperone.packer.result import ImportedImage, ImportResult, join_key

_IMAGES = "hyperone-image:images"


def secret_commands(result: ImportResult) -> list[str]:
    """Return the `pulumi config set` commands that put the secrets where they belong, each asking for its value."""
    commands = ["pulumi config set --secret hyperone:token"] if "token" in result.provider else []
    paths = ((image, path) for image in result.images.values() for path in sorted(image.secrets))
    set_at = (f"{join_key(_IMAGES, image.name)}.{path}" for image, path in paths)
    return [*commands, *(f"pulumi config set --secret --path {_quoted(path)}" for path in set_at)]


def _quoted(path: str) -> str:
    """Quote a path for a shell: keys in it may be a stranger's."""
    return "'" + path.replace("'", "'\"'\"'") + "'"


def stack_config(result: ImportResult, source: str) -> str:
    """Return the text of a `Pulumi.<stack>.yaml` for an import of the template named `source`."""
    config: dict[str, Any] = {
        f"hyperone:{name}": value for name, value in sorted(result.provider.items()) if name != "token"
    }
    config[_IMAGES] = {name: _without_secrets(image) for name, image in result.images.items()}
    body = yaml.dump({"config": config}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1 << 16)
    return "".join(f"# {line}\n" for line in _head(result, source)) + str(body)


def _head(result: ImportResult, source: str) -> Iterator[str]:
    yield f"Imported from {source!r}."
    if result.taken:
        yield "Only you should read this file (mode 0600): it may hold what the template took from this computer:"
        yield from (f"  {one}" for one in result.taken)
    commands = secret_commands(result)
    if commands:
        yield f"Secrets are left out: {PLACEHOLDER} stands in their place, and nothing is built until they are set."
        yield "Each command asks for the whole string, with the secret in place of the placeholder:"
        yield from (f"  {command}" for command in commands)


def _without_secrets(image: ImportedImage) -> dict[str, Any]:
    return dict(without_secrets(image.options, "", image.secrets, image.redacted, PLACEHOLDER))


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, and lists indented."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        """Indent lists below their key."""
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the signature is the base class's
        """Write equal values out instead of referring to each other."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text and not re.search(r"[ \t]\n", text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def program(source: str) -> str:
    """Return the text of a Pulumi program that builds the images of its stack config."""
    return (
        f'"""Builds the images of this stack\'s config."""\n\n# They were imported from {source!r}.\n'
        "from pulumi_hyperone import build_stack\n\nbuild_stack()\n"
    )
