"""What to do with what was built."""

from collections import Counter
from collections.abc import Mapping, Sequence

from pulumi_hyperone.command.report.state import Built
from pulumi_hyperone.provider.foundation import advice
from tools.stack import local_cloud, pending, run, summary


def text(stack: str, environment: Mapping[str, str]) -> str:
    """Return the images of `stack` and the next commands, as lines for the user; empty when there is nothing to say."""
    exported = run.ask(["stack", "export", "--stack", stack], environment)
    return describe(stack, summary.images(exported or "{}"), is_local=local_cloud.is_used_by(stack))


def after_failure(stack: str, environment: Mapping[str, str]) -> str:
    """Return a line on what a failed or interrupted run of `stack` left, and what removes it; empty without any."""
    exported = run.ask(["stack", "export", "--stack", stack], environment)
    return describe_rest(stack, exported or "{}")


def describe_rest(stack: str, exported: str) -> str:
    """Return the line for a state as `pulumi stack export` prints it."""
    # A rebuild that did not end has an old and a new machine of one name.
    machines = Counter(summary.machines(exported))
    left = [f"{name} ({count})" if count > 1 else name for name, count in machines.items()]
    creates = pending.count_creates(exported)
    if not left and not creates:
        return ""
    if creates:
        left.append(f"what {'an interrupted create' if creates == 1 else f'{creates} interrupted creates'} made")
    verb, them = ("is", "it") if machines.total() + creates == 1 else ("are", "them")
    return (
        f"{', '.join(left)} {verb} still there: {_make('up', stack)} goes on, {_make('destroy', stack)} removes {them}"
    )


def describe(stack: str, images: Sequence[Built], *, is_local: bool) -> str:
    """Return the lines for images that were built; `is_local`: it was built in the local cloud."""
    table = summary.table(images)
    if not table:
        return ""
    commands = {}
    if is_local:
        commands["make try IMAGE=ID"] = "start a machine from the image and say how to log in to it"
        commands["make cloud-status"] = "the local cloud's address and credentials"
    commands[_make("preview", stack)] = "change a script or setting first: says what would be rebuilt, and why"
    commands[_make("destroy", stack)] = _of_destroy(images)
    width = max(28, *map(len, commands))
    steps = [f"  {command:<{width}}  {what}" for command, what in commands.items()]
    return "\n".join(["", "Images:", *table, "", "Next:", *steps])


def _make(target: str, stack: str) -> str:
    return advice.make(target, None if stack == "local" else stack)


def _of_destroy(images: Sequence[Built]) -> str:
    if all("release" in image.phases for image in images):
        return "forget the stack; nothing but the image is left, and it stays"
    return "remove what is left of the build; the image stays"
