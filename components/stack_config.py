"""Stack config as the project's program finds it: the image settings and the account settings, judged together."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import pulumi
from pulumi.runtime.config import CONFIG, is_config_secret

from pulumi_hyperone.components.packer_images import packer_images
from pulumi_hyperone.components.stack_file import stack_file_faults
from pulumi_hyperone.components.stack_secrets import ConfigSecrets, masked_report
from pulumi_hyperone.provider.foundation import advice
from pulumi_hyperone.provider.foundation.faults import Fault
from pulumi_hyperone.provider.foundation.stack_secrets import stack_file
from pulumi_hyperone.settings import ImageSettings, ProjectSettings, load_images, load_project

IMAGE_KEYS = ("images", "defaults")
ACCOUNT_NAMESPACE = "hyperone:"
TOKEN = "hyperone:token"  # noqa: S105 - a key
SSH_PORT = "HYPERONE_SSH_PORT"
RELEASE = "HYPERONE_RELEASE"
BAIL = 32


def load_stack() -> tuple[dict[str, ImageSettings], list[Fault]]:
    """The images of the running stack that have no fault, each after the one it builds on, and all faults.

    What a person should know goes to the log. Where the API cannot be asked, since the account's settings have faults,
    the program ends here after a report of all.
    """
    images, faults = _load(_object("images"))
    faults += _stack_file_faults()
    if any(fault.path.startswith(ACCOUNT_NAMESPACE) for fault in faults):
        _end(faults)
    return images, faults


def _end(faults: list[Fault]) -> NoReturn:
    pulumi.log.error(masked_report(faults))
    # The engine's word for "failed, and it was said": RunError would say it twice.
    sys.exit(BAIL)


def _stack_file_faults() -> list[Fault]:
    keys = {f"{pulumi.get_project()}:{key}": key for key in IMAGE_KEYS}
    keys |= {f"{ACCOUNT_NAMESPACE}{option}": f"{ACCOUNT_NAMESPACE}{option}" for option in ProjectSettings.model_fields}
    return stack_file_faults(stack_file(Path.cwd(), pulumi.get_stack()), keys)


def load_template(name: str, options: Mapping[str, Any]) -> dict[str, ImageSettings]:
    """The images of an entry `name` with the key `packer`, as if it stood in stack config; warnings go to the log.

    Raises pulumi.RunError with one report of all faults.
    """
    images, faults = _load({name: dict(options)})
    if faults:
        raise pulumi.RunError(masked_report(faults))
    return images


def _load(entries: Any) -> tuple[dict[str, ImageSettings], list[Fault]]:
    """Read entries of `images`, those of Packer templates included, as images without a fault and all faults.

    Without any fault what a person should know is logged.
    """
    account = namespace(ACCOUNT_NAMESPACE)
    project, faults, notes = load_project(account)
    packer = packer_images(entries, Path.cwd(), account)
    images, image_faults = load_images(
        {"images": _with_release(packer.images), "defaults": _with_ssh_port(_object("defaults"))},
        Path.cwd(),
        state_timeout=project.state_timeout if project else None,
    )
    faults += [*packer.faults, *packer.located(image_faults)]
    secrets = ConfigSecrets.of_program()
    images = {
        name: image.with_found(origin=packer.origins.get(name), secret_options=secrets.options(name))
        for name, image in images.items()
    }
    if faults:
        return images, faults
    mask = secrets.masker().text
    told = [f"images.{name}.{note.option}: {note.message}" for name, image in images.items() for note in image.notes]
    for warning in (*packer.warnings, *(f"{note.option}: {note.message}" for note in notes), *told):
        pulumi.log.warn(mask(warning))
    for warning in secrets.warnings():
        pulumi.log.warn(warning)
    _warn_of_a_clear_token()
    return images, []


def _warn_of_a_clear_token() -> None:
    """Say how the token of the stack's file is encrypted when it stands there in clear."""
    if TOKEN in CONFIG.get() and not is_config_secret(TOKEN):
        read, write = (advice.pulumi(f"config {what} {TOKEN}", pulumi.get_stack()) for what in ("get", "set --secret"))
        pulumi.log.warn(f"{TOKEN} is in plain text in the stack's file; encrypt it: {read} | {write}")


def namespace(prefix: str) -> dict[str, Any]:
    """All values of one namespace of stack config, secrets opened."""
    return {key.removeprefix(prefix): value for key, value in CONFIG.get().items() if key.startswith(prefix)}


def _with_ssh_port(defaults: Any) -> Any:
    """The local cloud's machines may answer on another port than 22, which `make` hands over."""
    port = os.environ.get(SSH_PORT)
    if not port or not isinstance(defaults or {}, Mapping):
        return defaults
    return {"ssh_port": port, **(defaults or {})}


def _with_release(images: Any) -> Any:
    """What `make build` asks of all images, whatever they say themselves."""
    release = os.environ.get(RELEASE)
    if not release or not isinstance(images, Mapping):
        return images
    return {
        name: {**(options or {}), "release": release} if isinstance(options or {}, Mapping) else options
        for name, options in images.items()
    }


def _object(key: str) -> Any:
    """A structured value of the project's own namespace, or None; text that is not JSON is returned as it is."""
    text = pulumi.Config().get(key)
    try:
        return json.loads(text) if text else None
    except json.JSONDecodeError:
        return text
    except RecursionError:
        _end([Fault(key, "lists or maps in it are nested too deep to be read")])
