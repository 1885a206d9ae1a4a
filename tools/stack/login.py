"""Log in on a builder that a failed build left for inspection."""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.stack import paths, run, state_file
from tools.stack.errors import StackError

SSH_PORT = 22
"""Left out of the state, as defaults are."""


def ssh(stack: str, image: str, variables: Mapping[str, str]) -> int:
    """Open an SSH session on the builder of `image` in `stack` with the build's own key; return ssh's exit code.

    `image` may be empty when the stack has one builder. The key is on disk, readable by its owner alone, only while the
    session lasts. Raises StackError.
    """
    state_file.check_whole(stack, variables)
    exported = run.ask(["stack", "export", "--show-secrets", "--stack", stack], variables)
    if exported is None:
        raise StackError(f"there is no stack {stack}")
    from pulumi_hyperone.provider.ssh.keys import unpacked  # noqa: PLC0415 - loads paramiko

    address, port, user, key = find_builder(json.loads(exported), image)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "key")
        file.touch(mode=0o600)
        file.write_text(unpacked(key).private, encoding="utf-8")
        options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]
        command = ["ssh", *options, "-i", str(file), "-p", str(port), f"{user}@{address}"]
        return subprocess.run(command, cwd=paths.ROOT, env=dict(os.environ), check=False).returncode


def find_builder(exported: Mapping[str, Any], image: str) -> tuple[str, int, str, str]:
    """Return address, port, user and private key (packed) of an image's builder, from a state with secrets shown.

    Raises StackError when there is none, or when it was stopped since its build succeeded.
    """
    listed = exported.get("deployment", {}).get("resources", [])
    # Components have no id, and `delete` marks what a rebuild replaces.
    resources = [one for one in listed if one.get("id") and not one.get("delete")]
    found = {resource["urn"].rpartition("::")[2]: _properties(resource) for resource in resources}
    ids = {resource["urn"].rpartition("::")[2]: resource["id"] for resource in resources}
    builders = [name.removesuffix("-builder") for name in found if name.endswith("-builder")]
    if not builders:
        raise StackError("the stack has no builder to log in to; a failed build leaves one")
    if not image and len(builders) == 1:
        image = builders[0]
    if image not in builders:
        known = ", ".join(sorted(builders))
        wrong = f"the stack has no builder of image {image!r}" if image else "the stack has several builders"
        raise StackError(f"{wrong}; name one: make ssh IMAGE=… (it has: {known})")
    if found.get(f"{image}-provisioning", {}).get("vm_id") == ids[f"{image}-builder"]:
        raise StackError(
            f"the builder of image {image!r} is stopped, since its provisioning succeeded; "
            "start a machine from the image to look into it"
        )
    builder, build = found[f"{image}-builder"], found[f"{image}-build"]
    return builder["address"], int(builder.get("ssh_port", SSH_PORT)), builder["username"], build["private_key"]


def _properties(resource: Mapping[str, Any]) -> dict[str, Any]:
    """What was given to a resource and what came of it: the state holds nothing twice."""
    found = {**(resource.get("inputs") or {}), **(resource.get("outputs") or {})}
    return {name: _shown(value) for name, value in found.items()}


def _shown(value: Any) -> Any:
    """A property, in clear if it is secret: `--show-secrets` wraps those as JSON."""
    return json.loads(value["plaintext"]) if isinstance(value, dict) and "plaintext" in value else value
