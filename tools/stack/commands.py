"""The commands behind the make targets."""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from pulumi_hyperone.provider.credentials.stack_config import account_settings
from pulumi_hyperone.provider.foundation.stack_secrets import written_config
from tools import progress
from tools.engine import ensure
from tools.stack import (
    environment,
    local_cloud,
    next_steps,
    passphrase,
    paths,
    pending,
    private,
    run,
    salt,
    stack_file,
    stack_lock,
    state_file,
)
from tools.stack.errors import StackError

OPERATIONS = {
    "up": ["up", "--yes", "--skip-preview"],
    "build": ["up", "--yes", "--skip-preview"],
    "preview": ["preview"],
    "refresh": ["refresh", "--yes", "--skip-preview"],
    "destroy": ["destroy", "--yes", "--skip-preview"],
    "cancel": ["cancel", "--yes"],
}
"""Each make target and the engine's command."""
CHANGING = ("up", "build", "refresh", "destroy")
"""The targets that lock the stack's state and write it."""
PICTURES = {"report": "html", "timeline": "svg"}
"""What is drawn of a stack, and the kind of file."""
_NAMED = re.compile(r"(?:-s=?|--stack(?:=|\Z))(.*)")
RELEASE = {"HYPERONE_RELEASE": "after-image"}
"""What makes `build` of `up`: the machines of all images go as soon as the image exists."""


def require(stack: str) -> str:
    """Return `stack`; raises StackError when it has no settings file."""
    files = {
        file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in paths.STACK_FILES.glob("Pulumi.*.yaml")
    }
    if stack in files:
        return stack
    wrong = f"there is no stacks/Pulumi.{stack}.yaml" if stack else "STACK= names no stack"
    raise StackError(f"{wrong}; the stacks are {', '.join(sorted(files))}")


def operate(operation: str, stack: str, arguments: Sequence[str]) -> int:
    """Do one operation of the engine on `stack`, with everything it needs around it; return the exit code.

    The stack is created when only its settings file exists, and the local cloud is started for stacks that build in
    it. Raises EngineError or LocalCloudError when there is no engine or no cloud, StackLockedError when somebody else
    works on the stack, StackFileError when its settings cannot be read, StateError when its state cannot be written or
    read, also where the operation itself left it cut short.
    """
    settings = paths.STACK_FILES / f"Pulumi.{stack}.yaml"
    stack_file.check(settings)
    cloud = local_cloud.ensure() if local_cloud.is_used_by(stack) else {}
    variables = engine_environment(meanwhile=lambda: local_cloud.build_image_of(stack)) | cloud
    if operation == "build":
        variables |= RELEASE
    if operation in ("up", "build") and (warning := local_cloud.warning(stack)):
        progress.say(warning)
    state_file.check_room(stack, variables)
    state_file.check_whole(stack, variables)
    with salt.kept_out(settings), private.closed_after(paths.STATE):
        code = run.foreground(["stack", "select", "--create", stack], variables)
        if code == 0 and operation in CHANGING:
            code = stack_lock.clear_dead(stack, variables) or pending.clear_creates(stack, variables)
        if code == 0:
            code = run.foreground([*OPERATIONS[operation], "--stack", stack, *arguments], variables)
        if code != 0 and (wrong := passphrase.explanation(stack, variables)):
            progress.say(wrong)
            return code
    if code != 0:
        state_file.check_whole(stack, variables)
    if operation in ("up", "build"):
        progress.say(next_steps.text(stack, variables) if code == 0 else next_steps.after_failure(stack, variables))
    return code


def drawn(what: str, stack: str) -> int:
    """Make the `report` or the `timeline` of a stack, a file below the state folder; return the exit code."""
    variables = engine_environment()
    state_file.check_whole(stack, variables)
    exported = run.ask(["stack", "export", "--stack", stack], variables)
    if exported is None:
        progress.say(f"error: there is no stack {stack} yet; build it first: make up STACK={stack}")
        return 1
    private.folder(paths.STATE)
    file = paths.STATE / f"{what}-{stack}.{PICTURES[what]}"
    with tempfile.NamedTemporaryFile("w", dir=paths.STATE, encoding="utf-8") as state:
        state.write(exported)
        state.flush()
        command = [sys.executable, "-m", "pulumi_hyperone", what, "--stack", stack]
        made = subprocess.run(
            [*command, "--state", state.name, "--output", file], stdout=subprocess.DEVNULL, check=False
        )
    if made.returncode == 0:
        progress.say(f"{what}: {file}")
    return made.returncode


def pulumi(arguments: Sequence[str]) -> int:
    """Run any `pulumi` command in the project's environment; return its exit code.

    For a stack of the local cloud, named by `--stack` or selected, the cloud's address and credentials are set when it
    runs.
    """
    variables = engine_environment()
    stack = named_stack(arguments) or (run.ask(["stack", "--show-name"], variables) or "").strip()
    variables |= _of_running_cloud(stack)
    settings = paths.STACK_FILES / f"Pulumi.{stack}.yaml"
    stack_file.check(settings)
    with salt.kept_out(settings), private.closed_after(paths.STATE):
        code = run.foreground(arguments, variables)
    if code != 0 and stack:
        state_file.check_whole(stack, variables)
    return code


def hyperone(stack: str, arguments: Sequence[str]) -> int:
    """Run `python -m pulumi_hyperone` with the credentials of `stack`; return its exit code.

    The engine, which decrypts them, is needed only where the stack's file has some.
    """
    has_account = bool(account_settings(written_config(paths.ROOT, stack)))
    variables = {**(engine_environment() if has_account else os.environ), "HYPERONE_STACK": stack}
    if local_cloud.is_used_by(stack):
        variables |= local_cloud.variables()
    command = [sys.executable, "-m", "pulumi_hyperone", *arguments, *(["--stack", stack] if has_account else [])]
    return subprocess.run(command, env=variables, check=False).returncode


def named_stack(arguments: Sequence[str]) -> str:
    """Return the stack that `pulumi` arguments name, without its project, or an empty string.

    They do so by `-s NAME`, `-sNAME`, `-s=NAME`, `--stack NAME` or `--stack=NAME`.
    """
    for position, word in enumerate(arguments):
        if found := _NAMED.fullmatch(word):
            following = arguments[position + 1 : position + 2]
            return (found[1] or "".join(following)).rpartition("/")[2]
    return ""


def exports(stack: str) -> str:
    """Return shell lines that put the engine and its settings into the caller's environment: `eval "$(make env)"`.

    For a stack of the local cloud its address and credentials too, when it runs.
    """
    variables = engine_environment() | _of_running_cloud(stack)
    changed = {name: value for name, value in variables.items() if os.environ.get(name) != value}
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in sorted(changed.items()))


def _of_running_cloud(stack: str) -> dict[str, str]:
    """Return the local cloud's address and credentials where `stack` builds in it; says so when it does not run."""
    try:
        return local_cloud.variables() if local_cloud.is_used_by(stack) else {}
    except local_cloud.LocalCloudError as error:
        progress.say(f"note: {error}")
        return {}


def engine_environment(*, languages: bool = False, meanwhile: Callable[[], None] = lambda: None) -> dict[str, str]:
    """Return the environment for the engine, which is found, downloaded or built first, as are its `languages`.

    `meanwhile` is called where that takes minutes. Raises EngineError.
    """
    engine = ensure.engine(languages=languages, meanwhile=meanwhile)
    private.close(paths.STATE)
    return environment.build(os.environ, engine.folder, Path(sys.prefix), paths.STATE)
