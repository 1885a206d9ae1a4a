"""Packer templates built by the engine: what arrives in the cloud and on the machines, against a table.

The table is derived from what is known of Packer: features 3.2 (W: loose typing) and 3.3 (J: JSON), 3.4 (H: HCL2), and
of its builder's requests (API facts 3.1, 3.2).
"""

from __future__ import annotations

import base64
import json
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.cloud import Cloud
from tests.support.machines import run_on_machine_from
from tests.support.stacks import Run, Stack, new_stack

TEMPLATES = Path(__file__).parent / "packer"
SECRET = "hush-redhat-95"
IMAGE_SERVICE = "564639bc052c084e2f2e3266"
ENTRIES: dict[str, dict[str, Any]] = {
    "weak": {"packer": "weak.json"},
    "secrets": {"packer": "secrets.json"},
    "several": {"packer": "several.json", "variables": {"suffix": "x"}, "except": ["elsewhere"]},
    "hcl": {"packer": "hcl", "variables": {"image": "sandbox"}, "image_tags": {"own": "yes"}},
}

VMS: dict[str, dict[str, Any]] = {
    # W1: a number from a text. W3: one text is a list of one. An empty text is absent: ssd (API facts 3.1).
    "weak": {"service": "a1.nano", "disk": [{"service": "ssd", "size": 1}], "keys": ["my-ssh"]},
    "secrets": {"service": "a1.nano", "disk": [{"service": "ssd", "size": 1}], "keys": []},
    "several-small-x": {"service": "a1.nano", "disk": [{"service": "ssd", "size": 1}], "keys": []},
    "several-large": {"service": "a1.small", "disk": [{"service": "ssd", "size": 2}], "keys": []},
    # H5: a number that HCL2 worked out.
    "hcl": {"service": "a1.nano", "disk": [{"service": "ssd", "size": 2}], "keys": []},
}
"""POST /vm (API facts 3.2, step 2); J8: all of them have the same name."""

VM_TAGS = {
    # W2: a text from a number. Blocks of vm_tag have a name and a value (API facts 3.1).
    "weak": {"role": "builder", "count": "4", "made": "<timestamp>"},
    "secrets": {},
    "several-small-x": {},
    "several-large": {},
    "hcl": {},
}

IMAGES: dict[str, dict[str, Any]] = {
    "weak": {
        "name": "debian-12-<timestamp>",  # J2
        "description": '{"arch": "x86_64",  "release":"12", "note": "ä \\u0041"}',  # W7
        "tag": {"release": "12", "lts": "1", "half": "4.5", "year": "<year>"},  # W2
    },
    "secrets": {"name": "secrets", "description": f"made from https://cdn.example/disk?auth={SECRET}", "tag": {}},
    "several-small-x": {"name": "small-x", "description": None, "tag": {}},  # J1: a required variable, given
    "several-large": {"name": "large-of-hyperone", "description": None, "tag": {}},
    "hcl": {
        "name": "team-2-<timestamp>",  # H4: {{timestamp}} inside HCL2
        "description": None,
        "tag": {"by": "packer", "x": "tag-x", "y": "tag-y", "mode": "FAST", "own": "yes"},
    },
}
"""POST /image (API facts 3.2, step 9), with the tags that are the template's."""

ENVIRONMENT = {
    "RELEASE": "12",
    "QUOTED": 'it\'s "$HOME" `x` $(y) a,b',
    "DEVICE": "<no value>",
    "VM": "<vm id>",
    "WHERE": "guru:ssh",
    "PACKER_BUILD_NAME": "hyperone",
    "PACKER_BUILDER_TYPE": "hyperone",
}
"""What the scripts of weak.json find; a builder without a name is called by its type."""


@dataclass
class Built:
    """The stack after `up`, and the calls that made each image's VM and image."""

    stack: Stack
    run: Run
    vm_calls: dict[str, dict[str, Any]]
    image_calls: dict[str, dict[str, Any]]
    vms: dict[str, dict[str, Any]]
    resources: dict[str, dict[str, Any]]

    def filled(self, name: str, text: str) -> str:
        """A text of the table with what only the build knows."""
        made = self.resources[f"{name}-build"]["outputs"]
        year = str(datetime.fromtimestamp(made["timestamp"], UTC).year)
        values = {"<timestamp>": str(int(made["timestamp"])), "<year>": year, "<vm id>": self.vms[name]["id"]}
        for known, value in values.items():
            text = text.replace(known, value)
        return text

    def got(self, path: str) -> list[str]:
        """Lines of a file that a template had downloaded, or its post-processor written."""
        return (self.stack.folder / "got" / path).read_text().splitlines()

    def logs(self) -> str:
        """The whole output of all builds."""
        return "".join(path.read_text() for path in (self.stack.folder / "logs").rglob("*.log"))


def own_tags(call: dict[str, Any]) -> dict[str, str]:
    """The tags of a call that are not ours."""
    return {key: value for key, value in call["body"]["tag"].items() if not key.startswith("pulumi-")}


@pytest.fixture(scope="module")
def cloud(session_cloud) -> Cloud:
    """One cloud for the module, with the key that a template names."""
    session_cloud.reset()
    cloud = Cloud(session_cloud)
    cloud.add_ssh_key("my-ssh")
    return cloud


@pytest.fixture(scope="module")
def built(cloud, engine_path, tmp_path_factory) -> Built:
    """One `up` of one stack with all templates, built side by side."""
    stack = project(tmp_path_factory.mktemp("packer"), engine_path, cloud)
    stack.configure(ENTRIES)
    run = stack.up().ok()
    calls = [call for call in cloud.mutations() if call["operation"] in ("vm.create", "image.create")]
    made: dict[str, dict[str, Any]] = {"vm.create": {}, "image.create": {}}
    for call in calls:
        made[call["operation"]][call["body"]["tag"]["pulumi-image"]] = call
    vms = {vm["tag"]["pulumi-image"]: vm for vm in cloud.inventory()["vms"]}
    return Built(stack, run, made["vm.create"], made["image.create"], vms, stack.resources())


def project(folder: Path, engine_path: str, cloud: Cloud) -> Stack:
    """A stack whose project folder holds the templates."""
    stack = new_stack(folder / "project", engine_path, cloud, "test")
    shutil.copytree(TEMPLATES, stack.folder, dirs_exist_ok=True)
    stack.environment["REDHAT_SECRET"] = SECRET
    return stack


def test_each_builder_becomes_an_image_of_its_own(built, cloud):
    """One builder takes the entry's name, several get the builder's appended; those left out are not there."""
    assert set(built.vm_calls) == set(built.image_calls) == set(VMS)
    assert {image["state"] for image in cloud.images()} == {"Online"}


@pytest.mark.parametrize("name", VMS)
def test_the_vm_is_asked_for_as_packer_would(name, built, cloud):
    """Name, type, source, disk, keys, adapter and tags of POST /vm."""
    body, expected = built.vm_calls[name]["body"], VMS[name]
    sandbox = next(one["id"] for one in cloud.get("/_local/images") if one["name"] == "sandbox")
    assert (body["name"], body["service"], body["image"]) == ("image-builder", expected["service"], sandbox)
    assert (body["disk"], body["username"]) == (expected["disk"], "guru")
    assert body["netadp"] == [{"service": "public"}]
    assert body["sshKeys"][0].startswith("ssh-ed25519 ")
    assert body["sshKeys"][1:] == expected["keys"]
    assert own_tags(built.vm_calls[name]) == {key: built.filled(name, text) for key, text in VM_TAGS[name].items()}


@pytest.mark.parametrize("name", IMAGES)
def test_the_image_is_asked_for_as_packer_would(name, built):
    """Name, description, service and tags of POST /image; it is made of the VM of its build."""
    body, expected = built.image_calls[name]["body"], IMAGES[name]
    assert body["name"] == built.filled(name, expected["name"])
    assert body.get("description") == expected["description"]
    assert (body["service"], body["vm"]) == (IMAGE_SERVICE, built.vms[name]["id"])
    assert own_tags(built.image_calls[name]) == {key: built.filled(name, text) for key, text in expected["tag"].items()}


def test_user_data_of_a_heredoc_is_sent_encoded(built):
    """The text of the template, its common indentation taken off, as the API wants it."""
    sent = base64.b64decode(built.vms["hcl"]["userMetadata"]).decode()
    assert sent == "#cloud-config\nhostname: web\n"
    assert "userMetadata" not in built.vm_calls["weak"]["body"]


def test_durations_are_go_s(built):
    """W5: 10m are 600 seconds; without one it is Packer's default of 5 minutes."""
    assert built.resources["weak-builder"]["inputs"]["state_timeout"] == 600
    assert built.resources["secrets-builder"]["inputs"]["state_timeout"] == 300


def test_scripts_find_packer_s_environment(built):
    """Variables arrive as written whatever is quoted in them, with Packer's own beside; scripts run in order (W3)."""
    lines = built.got("weak/environment")
    found = dict(line.split("=", 1) for line in lines if "=" in line)
    expected = {key: built.filled("weak", value) for key, value in ENVIRONMENT.items()}
    assert {key: found.get(key) for key in expected} == expected
    assert lines[-3:] == ["/home/guru", "guru", "second 12"]


def test_execute_command_is_used_as_written(built):
    """Its own variable and those of the template are there; one text is a list of one variable (W3)."""
    found = dict(line.split("=", 1) for line in built.got("weak/wrapped") if "=" in line)
    assert found["WRAPPED"] == "yes"
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", found["LAST"])
    assert found["PACKER_BUILD_NAME"] == "hyperone"


def test_pipes_uploads_and_shebang_are_in_the_image(built, cloud):
    """What the machine got is in the image: a folder's content without the folder, and what pipes and || gave."""
    image_id = built.stack.outputs("weak")["image_id"]
    said = run_on_machine_from(cloud, image_id, "cat piped taken/plain.txt taken/sub/deep.txt; test ! -e taken/files")
    assert said == "0ne\nA=1\nplain\ndeep\n"


def test_only_except_and_override_decide_what_runs(built):
    """Each builder ran what the template has for it, in order."""
    assert built.got("small-x/ran") == ["all", "not large", "default"]
    assert built.got("large/ran") == ["all", "large", "override of large", "large hyperone"]


def test_hcl_builds_run_in_order_with_their_values(built):
    """build.ID, directives, $${}, for expressions, dynamic blocks and template files."""
    first, *rest = built.got("hcl/ran")
    assert first == built.filled("hcl", "web <vm id> debug fast")
    assert rest == ["one", "two", "a of team-2", "b of team-2"]


def test_post_processors_run_here_with_the_manifest_written(built):
    """shell-local comes after manifest: it finds the image's id there and in its environment."""
    image_id = built.stack.outputs("weak")["image_id"]
    found = dict(line.split("=", 1) for line in built.got("post-environment") if "=" in line)
    expected = {
        "RELEASE": "12",
        "VM": built.vms["weak"]["id"],
        "HYPERONE_IMAGE_ID": image_id,
        "PACKER_BUILD_NAME": "hyperone",
        "PACKER_BUILDER_TYPE": "hyperone",
    }
    assert {key: found.get(key) for key in expected} == expected
    (entry,) = json.loads("\n".join(built.got("post-manifest.json")))["builds"]
    assert (entry["artifact_id"], entry["builder_type"]) == (image_id, "hyperone")


def test_warnings_say_what_has_no_effect(built):
    """Dropped fields, fields without a value, options of the account: with the template's line."""
    lines = (TEMPLATES / "weak.json").read_text().splitlines()
    for word, needle in (('"DEVICE=', "{{.Device}} has no value here"), ('"compress"', "has no effect")):
        number = next(at for at, line in enumerate(lines, 1) if word in line)
        assert re.search(rf"images\.weak: weak\.json:{number}:\d+: .*{re.escape(needle)}", built.run.text)
    about_token = re.search(r"images\.secrets: secrets\.json:\d+:\d+: builders\[0\]\.token", built.run.text)
    assert about_token is None, "the token comes from the environment anyway"


def test_warnings_say_what_reaches_into_this_computer(built):
    """Environment variables and commands of a template are named at every preview and update."""
    for image, what in (
        ("secrets", r"reads the environment variable \w+ of this computer"),
        ("weak", r"post-processors\S*: its commands run on this computer, not on the machine"),
    ):
        assert re.search(rf"images\.{image}: {image}\.json:\d+:\d+: .*{what}", built.run.text), what


def test_the_template_s_secrets_stay_secret(built):
    """J7, values that hold one included: not printed, not in state, history, backups and logs; the machine had them."""
    assert built.got("secrets/length") == [str(len(SECRET))]
    holders = [str(path) for path in built.stack.state_files() if SECRET.encode() in path.read_bytes()]
    assert holders == []
    assert SECRET not in built.run.text
    assert "downloading <sensitive> as images" in built.logs()
    assert SECRET not in built.logs()


def test_a_second_up_changes_nothing(built, cloud):
    """J2: times, UUIDs and data of the build are no part of the fingerprint; nothing is called that could change."""
    before = cloud.mutations()
    again = built.stack.up().ok()
    assert "unchanged" in again.text
    assert not re.search(r"\b(created|updated|replaced|deleted)\b", again.text)
    assert cloud.mutations() == before


def test_destroy_leaves_the_images(built, cloud):
    """As Packer would have left them: images, and nothing else."""
    built.stack.destroy().ok()
    cloud.assert_only_images(*(image["id"] for image in cloud.images()))
    assert len(cloud.images()) == len(IMAGES)


def test_all_faults_come_in_one_report_with_their_places(cloud, engine_path, tmp_path):
    """Faults of templates, of what comes from them, and of other images: together, with file, line and column."""
    stack = project(tmp_path, engine_path, cloud)
    stack.configure(
        {
            "broken": {"packer": "broken.json", "variables": {"oops": 1}},
            "own": {"packer": "weak.json", "vm_type": [], "variables": {"size": "many"}},
            "gone": {"packer": "nowhere.json"},
            "plain": {"source_image": "${images.gone}", "vm_type": "a1.nano", "disk_size": 0},
        }
    )
    done = stack.preview().failed(
        'images.broken.packer: broken.json:8:21: unknown option "vm_flavour"; did you mean vm_type?',
        'the variable "needed" is required',
        "broken.json:11:24: builders[0].state_timeout must be a duration",
        "images.broken.disk_size: broken.json:9:20: must be a number of GiB greater than 0 and at most",
        "images.broken.provisioners[0].scripts[0]: broken.json:14:",
        "images.own.vm_type: must be",
        "images.own.disk_size: weak.json:17:20: must be a number of GiB greater than 0 and at most 65536, not 'many'",
        "images.gone.packer: nowhere.json:1:1: cannot read",
        "images.plain.disk_size: must be a number of GiB greater than 0 and at most 65536, not 0",
    )
    assert "is required: the id or name of a VM type" not in done.text, "it follows from vm_flavour"
    assert "which is not in images" not in done.text
    assert cloud.inventory()["vms"] == []


PROGRAM = """
import pulumi
from pulumi_hyperone import HyperOneImage

images = HyperOneImage.from_packer(
    "several.json", name="app", variables={"suffix": "y"}, only=["large"], disk_size=1, image_name="from-program"
)
for name, image in images.items():
    pulumi.export(name, image.image_name)
"""


def test_a_program_builds_from_a_template(cloud, engine_path, tmp_path):
    """`HyperOneImage.from_packer` takes Packer's choices, and options that go over those of the template."""
    stack = project(tmp_path, engine_path, cloud)
    stack.write("__main__.py", PROGRAM)
    stack.up().ok()
    assert stack.outputs("app") == "from-program"
    assert (stack.folder / "got" / "large" / "ran").read_text().startswith("all\nlarge\n")
    stack.write("__main__.py", PROGRAM.replace('"large"', '"lagre"'))
    stack.preview().failed("images.app.packer: several.json:1:1:", 'no build is named "lagre"; did you mean large?')
    stack.destroy().ok()
