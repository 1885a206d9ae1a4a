"""What `pulumi config set --secret` hides is shown nowhere, whatever it is called and however a program prints it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import pytest

from tests.support.cloud import Cloud
from tests.support.stacks import Stack, image, new_stack

IMAGE = "hyperone-image:images.web"
NOTE = 'it\'s "hush" $91\nand hush-line-92\n'
SECRETS = {
    f"{IMAGE}.provisioners[0].env.NOTE": NOTE,
    f"{IMAGE}.provisioners[0].inline[1]": "test -n 'hush-word-93' || mysql -phush94",
    f"{IMAGE}.image_description": "made by hush-author-95",
    f"{IMAGE}.verify[0]": "echo hush-verify-96",
    f"{IMAGE}.post_processors[0].env.UPLOAD": "https://robot:hush97@store.test/",
    f"{IMAGE}.image_name": "web-hush-name-73",
    "hyperone-image:mirror": "hush-mirror-98",
    "other:thing": '{"key": "hush-thing-99"}',
}
PRINTS = r"""
echo "$NOTE" ; echo "$NOTE" | base64 -w 20 ; printf '%q\n' "$NOTE" ; declare -p NOTE
(set -x ; : "$NOTE") ; echo hush-word-93 ; echo "denied: hush94" ; echo hush-mirror-98 hush-thing-99
printf hush- ; sleep 0.5 ; echo line-92 ; echo "$NOTE" | fold -w 7 ; printf 'x%%3A%s\n' hush-line-92
"""
LATER = "hush-later-71"
RANDOM = re.compile(r'"v1:[^"]+"|ssh-ed25519 \S+')
"""Ciphertexts and public keys: random base64, which now and then spells any four letters."""


@dataclass
class Told:
    """All that was printed, the build logs, the manifest, and the state of a stack full of secrets."""

    output: str
    logs: str
    manifest: str
    state: str


@pytest.fixture(scope="module")
def told(session_cloud, engine_path, tmp_path_factory) -> Told:
    """A preview, a build with everything that runs commands, a failing one, a preview of wrong settings."""
    session_cloud.reset()
    stack = new_stack(tmp_path_factory.mktemp("values"), engine_path, Cloud(session_cloud), "test")
    script = {"type": "shell", "inline_shebang": "/bin/bash", "inline": [PRINTS, "later", "true"]}
    after = {"type": "shell-local", "inline": ['echo "posted to $UPLOAD, $UPLOAD" | tr , "\\n"']}
    web = image(provisioners=[{**script, "env": {}}], verify=["later"], post_processors=[after], manifest="made.json")
    stack.configure({"web": web})
    for path, value in SECRETS.items():
        hide(stack, path, value)
    runs = [stack.preview().ok(), stack.up().ok()]
    manifest = (stack.folder / "made.json").read_text()
    hide(stack, f"{IMAGE}.provisioners[0].inline[2]", f"echo 'no {LATER}' >&2; cp {LATER} /x")
    runs += [stack.up().failed("provisioners[0]"), stack.preview().ok()]
    state = stack.run("stack", "export").ok().text
    hide(stack, f"{IMAGE}.disk_size", "hush-size-72")
    runs += [stack.preview().failed("images.web.disk_size"), stack.destroy().ok()]
    logs = "\n".join(path.read_text() for path in (stack.folder / "logs").rglob("*.log"))
    return Told("\n".join(run.text for run in runs), logs, manifest, state)


def hide(stack: Stack, path: str, value: str) -> None:
    """Set a secret as people do."""
    stack.run("config", "set", "--secret", "--path", path, value).ok()


@pytest.mark.parametrize("place", ["output", "logs", "manifest", "state"])
def test_no_secret_is_shown(told, place):
    """Rows, errors, logs of builds, boot tests and post-processors, the manifest and the state tell none of them."""
    text = RANDOM.sub("", getattr(told, place))
    assert [line for line in text.splitlines() if "hush" in line or "line-92" in line] == []
    assert "and h" not in text


def test_the_search_would_find_something(told):
    """What is looked at is what matters: the commands ran, and their output is there, masked."""
    assert "posted to <sensitive>" in told.logs
    assert "denied: <sensitive>" in told.logs
    assert told.logs.count("<sensitive>") > 12
    assert json.loads(told.manifest)["builds"][0]["custom_data"]["image_name"] == "<sensitive>"
    assert "cannot stat '<sensitive>'" in told.output
    assert '"web"' in told.state


def test_a_secret_name_makes_no_secret_of_other_outputs(told):
    """Who asks for the id of an image, or of a build, is told although the image's name is a secret."""
    resources = json.loads(told.state)["deployment"]["resources"]
    (outputs,) = (one["outputs"] for one in resources if one["type"] == "pulumi:pulumi:Stack")
    assert re.fullmatch("[0-9a-f]{32}", outputs["web"]["build_id"])


def test_a_secret_that_is_too_short_is_said(stack):
    """Fewer than four characters cannot be masked: preview names the setting, not the value."""
    stack.configure({"web": image()})
    hide(stack, f"{IMAGE}.provisioners[0].inline[1]", "q7z")
    done = stack.preview().ok()
    assert "hyperone-image:images.web.provisioners[0].inline[1]: a secret of fewer than 4 characters" in done.text
    assert "q7z" not in done.text


def test_a_stack_file_that_is_not_the_stacks_own_hides_more(stack):
    """With `--config-file` nobody can tell which values of a structure are secret: all of them are masked."""
    stack.configure({"web": image(provisioners=[{"type": "shell", "inline": ["echo hush-word-60 ordinary-word"]}])})
    hide(stack, f"{IMAGE}.provisioners[0].inline[1]", "echo hush-word-60")
    file = stack.folder / "stacks" / "Pulumi.test.yaml"
    file.rename(stack.folder / "elsewhere.yaml")
    done = stack.up("--config-file", "elsewhere.yaml").ok()
    logs = "\n".join(path.read_text() for path in (stack.folder / "logs").rglob("*.log"))
    assert "hush" not in logs + done.text
    assert stack.destroy("--config-file", "elsewhere.yaml").ok()


PROGRAM = """
import pulumi
from pulumi_hyperone import HyperOneImage

word = pulumi.Output.secret("hush-word-51")
HyperOneImage("web", {
    "source_image": "sandbox", "vm_type": "a1.nano", "ssh_port": %d, "image_name": "web", "manifest": "made.json",
    "disk_size": %s,
    "image_description": pulumi.Output.concat("by ", word),
    "provisioners": [
        {"type": "shell", "env": {"NOTE": word}, "inline": ["echo $NOTE; echo $NOTE | base64; echo $TOLD", "%s"]},
        {"type": "shell", "env": {"TOLD": pulumi.Output.from_input("ordinary")}, "inline": ["echo $TOLD"]},
    ],
})
"""


def test_secret_outputs_of_a_program_are_hidden(stack):
    """What a program gives as a secret output stays out of logs, errors, state and the report of wrong settings."""
    stack.write("__main__.py", PROGRAM % (stack.port, 'pulumi.Output.secret("hush-size-52")', "true"))
    runs = [stack.preview().failed("images.web.disk_size")]
    stack.write("__main__.py", PROGRAM % (stack.port, "1", "cat hush-word-51"))
    runs += [stack.preview().ok(), stack.up().failed("cat: <sensitive>")]
    stack.write("__main__.py", PROGRAM % (stack.port, "1", "true"))
    runs += [stack.up().ok(), stack.run("stack", "export").ok(), stack.destroy().ok()]
    logs = "\n".join(path.read_text() for path in (stack.folder / "logs").rglob("*.log"))
    assert "hush" not in RANDOM.sub("", "\n".join([logs, *(run.text for run in runs)]))
    assert "\nordinary\n" in logs
    assert logs.count("<sensitive>") >= 4
