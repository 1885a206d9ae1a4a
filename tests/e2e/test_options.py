"""Every option of the temporary VM and of the image in effect: what arrives in the cloud, and what comes out."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pulumi_hyperone.provider.ssh.keys import generate
from tests.support.cloud import Cloud, tags_of
from tests.support.machines import run_on_machine_from
from tests.support.options import covers
from tests.support.stacks import Stack, image, new_stack, rows

DESCRIPTION = '{ "distro": "debian",\t"recommended":  {"disk": {"size": 10}},\n "quote": "\\"ą\\"" }\n'
"""JSON text with spacing of its own (features W7); no template."""
CLOUD_CONFIG = "#cloud-config\nhostname: web\n"
SCRIPT = "#!/bin/sh\nid -un > user\n[ ! -f .ssh/authorized_keys ] || cp .ssh/authorized_keys keys\n"
BIG_IMAGES = "564639bc052c084e2f2e3266"


@dataclass
class Built:
    """The stack after `up`: the calls that made each image's VM and image, and the objects as they are now."""

    stack: Stack
    api_version: str
    vm_calls: dict[str, dict[str, Any]]
    image_calls: dict[str, dict[str, Any]]
    vms: dict[str, dict[str, Any]]
    disks: dict[str, dict[str, Any]]
    images: dict[str, dict[str, Any]]
    resources: dict[str, dict[str, Any]]
    keys: dict[str, str]
    text: str

    def vm_body(self, name: str) -> dict[str, Any]:
        """Body of POST /vm for the builder of an image."""
        return self.vm_calls[name]["body"]

    def temporary_key(self, name: str) -> str:
        """The public key of the build, which comes first among those that may log in."""
        return self.vms[name]["sshKeys"][0]

    def image_body(self, name: str) -> dict[str, Any]:
        """Body of POST /image."""
        return self.image_calls[name]["body"]

    def created(self, name: str) -> dict[str, Any]:
        """Outputs of an image's Build: its id and time among them."""
        return self.resources[f"{name}-build"]["outputs"]


@pytest.fixture(scope="module")
def cloud(session_cloud):
    """One cloud for the module."""
    session_cloud.reset()
    return Cloud(session_cloud)


@pytest.fixture(scope="module")
def keys(cloud) -> dict[str, str]:
    """Two keys registered with the project: `id` holds the id of the first, `name` the second's; and a raw key."""
    raw = [generate().public for _ in range(3)]
    path = f"/v1/project/{cloud.local.project}/credentialStore"
    first = cloud.send("POST", path, {"name": "first", "type": "ssh", "value": raw[0]})
    cloud.send("POST", path, {"name": "my key", "type": "ssh", "value": raw[1]})
    return {"id": first["id"], "name": "my key", "raw": raw[2], "id value": raw[0], "name value": raw[1]}


def settings(cloud: Cloud, keys: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Images that exercise many options each, spelt as people bring them over from Packer (features W1 to W8)."""
    services = {one["name"]: one["id"] for one in cloud.get("/v1/service?resource=vm")}
    full = {
        "source_image": next(one["id"] for one in cloud.get("/_local/images") if one["name"] == "sandbox"),
        "vm_type": services["a1.small"],
        "disk_size": "2.5",
        "disk_type": "hissd",
        "disk_name": "os-{{build_name}}",
        "vm_name": "vm-{{timestamp}}-{{build_type}}",
        "vm_tags": {"team": "web", "count": 4, "on": True},
        "vm_tag": [{"name": "team", "value": "ops"}, {"name": "made", "value": "{{build_name}}"}],
        "image_name": '{{lower "FULL"}}-{{isotime "2006"}}-{{timestamp}}',
        "image_description": DESCRIPTION,
        "image_service": BIG_IMAGES,
        "image_tags": {"team": "web", "size": 1.5},
        "image_tag": [{"key": "team", "value": "ops"}, {"key": "at", "value": "{{timestamp}}"}],
        "ssh_keys": [keys["id"], keys["name"], keys["raw"]],
        "ssh_username": "builder",
        "user_data": CLOUD_CONFIG,
        "state_timeout": "1h2m3s",
        "provisioners": [{"type": "shell", "scripts": "one.sh,two.sh"}],
        "keep_image": "true",
    }
    weak = {
        "disk_size": 1,
        "image_name": None,
        "vm_name": "",
        "disk_name": "",
        "ssh_keys": keys["name"],
        "user_data": base64.b64encode(CLOUD_CONFIG.encode()).decode(),
        "image_service": "image",
        "temporary_key_pair_type": "rsa",
        "temporary_key_pair_bits": "3072",
        "keep_image": "false",
        "pause_before_connecting": "1500ms",
    }
    booting = {
        "user_data": "#!/bin/sh\nsleep 2\necho ready > /srv/booted\nexit 3\n",
        "wait_for": "ssh,cloud-init",
        "provisioners": [{"type": "shell", "inline": ["cat /srv/booted"]}],
    }
    file = {"user_data_file": "user-data.yaml", "image_name": "file-{{uuid}}"}
    return {
        name: image(**options)
        for name, options in {"full": full, "weak": weak, "file": file, "booting": booting}.items()
    }


@pytest.fixture(scope="module")
def built(cloud, keys, engine_path, api_version, tmp_path_factory) -> Built:
    """One `up` of one stack with all images, built side by side."""
    stack = new_stack(tmp_path_factory.mktemp("options"), engine_path, cloud, "test", api_version)
    stack.write("one.sh", SCRIPT)
    stack.write("two.sh", "#!/bin/sh\necho two > two\n")
    stack.write("user-data.yaml", CLOUD_CONFIG + "# {{not a template}}\n")
    stack.configure(settings(cloud, keys))
    text = stack.up().ok().text
    calls = cloud.mutations()
    inventory = cloud.inventory()
    return Built(
        stack,
        api_version,
        *(
            {tags_of(call["body"])["pulumi-image"]: call for call in calls if call["operation"] == name}
            for name in CREATES
        ),
        *({one["tag"]["pulumi-image"]: one for one in inventory[noun]} for noun in ("vms", "disks", "images")),
        stack.resources(),
        keys,
        text,
    )


CREATES = ("vm.create", "image.create")


@covers("source_image", "vm_type")
def test_source_image_and_vm_type_go_by_id_or_name(built, cloud):
    """Ids are sent as ids; the image's name is resolved. The VM is of the type that was asked for."""
    sandbox = next(one["id"] for one in cloud.get("/_local/images") if one["name"] == "sandbox")
    # v2 takes the path of an object, which ends with its id.
    assert {built.vm_body(name)["image"].rpartition("/")[2] for name in ("full", "weak")} == {sandbox}
    assert (built.vms["full"]["flavour"], built.vms["weak"]["flavour"]) == ("a1.small", "a1.nano")


@covers("disk_size", "disk_type", "disk_name")
def test_the_disk_has_the_size_type_and_name_that_were_set(built):
    """A fractional size from a text, the type, and the name, which Packer's builder forgets to send."""
    full, weak = built.disks["full"], built.disks["weak"]
    assert (full["name"], full["size"], full["flavour"]) == ("os-full", 2.5, "hissd")
    assert (weak["size"], weak["flavour"]) == (1, "ssd")


@covers("vm_name", "vm_tags", "vm_tag")
def test_the_vm_has_its_name_and_tags(built):
    """Templates are filled; blocks (with `name`) go over `vm_tags`; numbers and bools become texts as in Packer."""
    timestamp = int(built.created("full")["timestamp"])
    assert built.vm_body("full")["name"] == built.vms["full"]["name"] == f"vm-{timestamp}-hyperone"
    own = {key: value for key, value in tags_of(built.vm_body("full")).items() if not key.startswith("pulumi-")}
    assert own == {"team": "ops", "count": "4", "on": "1", "made": "full"}
    assert own.items() <= built.vms["full"]["tag"].items()


def test_an_empty_name_is_the_default(built):
    """Empty texts count as absent: the VM is named packer- and a time-ordered UUID."""
    assert re.fullmatch(r"packer-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", built.vms["weak"]["name"])


@covers("image_name")
def test_image_names_are_filled_as_packer_does(built):
    """Functions, times and UUIDs; without a name it is packer- and the build's Unix time."""
    timestamp = int(built.created("full")["timestamp"])
    assert re.fullmatch(rf"full-20\d\d-{timestamp}", built.images["full"]["name"])
    assert built.images["weak"]["name"] == f"packer-{int(built.created('weak')['timestamp'])}"
    assert re.fullmatch(r"file-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", built.images["file"]["name"])


@covers("image_description")
def test_the_description_arrives_byte_for_byte(built):
    """JSON text keeps its spacing, quotes and letters; without a description none is sent."""
    assert built.image_body("full")["description"] == built.images["full"]["description"] == DESCRIPTION
    assert "description" not in built.image_body("weak")


@covers("image_service")
def test_the_image_service_goes_by_id_or_name(built):
    """Both spellings give an image."""
    sent = [built.image_body(name)["service"].rpartition("/")[2] for name in ("full", "weak")]
    assert sent == [BIG_IMAGES, "image"]
    assert {one["state"] for one in built.images.values()} == {"Online"}


@covers("image_tags", "image_tag")
def test_the_image_has_its_tags(built):
    """Blocks (with `key`) go over `image_tags`; both are on the image."""
    timestamp = str(int(built.created("full")["timestamp"]))
    own = {key: value for key, value in built.images["full"]["tag"].items() if not key.startswith("pulumi-")}
    assert own == {"team": "ops", "size": "1.5", "at": timestamp}


@covers("ssh_keys")
def test_ssh_keys_go_by_id_name_or_as_raw_keys(built, cloud):
    """The temporary key comes first, then the keys; all of them may log in. v1 gets them as they were written."""
    if built.api_version == "v1":
        assert built.vm_body("full")["sshKeys"][1:] == [built.keys["id"], built.keys["name"], built.keys["raw"]]
        assert built.vm_body("weak")["sshKeys"][1:] == ["my key"]
    accepted = [line.split()[1] for line in built.vms["full"]["sshKeys"]]
    wanted = [built.keys["id value"], built.keys["name value"], built.keys["raw"]]
    assert accepted[1:] == [line.split()[1] for line in wanted]


@covers("temporary_key_pair_type", "temporary_key_pair_bits")
def test_the_temporary_key_is_of_the_kind_and_size_asked_for(built):
    """ed25519 unless set otherwise; an RSA key of 3072 bits has a blob of 407 bytes."""
    assert built.temporary_key("full").startswith("ssh-ed25519 ")
    kind, blob = built.temporary_key("weak").split()[:2]
    assert (kind, len(base64.b64decode(blob))) == ("ssh-rsa", 407)


@covers("ssh_username", "provisioners")
def test_the_user_is_the_one_that_the_cloud_makes_and_that_runs_the_provisioners(built, cloud):
    """The name is sent with the VM; both scripts of a comma-separated text ran as that user, in the image."""
    assert built.vm_body("full")["username"] == "builder"
    assert built.vm_body("weak")["username"] == "guru"
    body = run_on_machine_from(cloud, built.images["full"]["id"], "cat /home/builder/user /home/builder/two")
    assert body == "builder\ntwo\n"


@covers("user_data", "user_data_file")
def test_user_data_is_encoded_once(built):
    """Plain text is encoded, base64 of a document is not encoded again, a file's templates are left alone."""
    sent = {name: base64.b64decode(built.vms[name]["userMetadata"]).decode() for name in ("full", "weak", "file")}
    assert sent == {"full": CLOUD_CONFIG, "weak": CLOUD_CONFIG, "file": CLOUD_CONFIG + "# {{not a template}}\n"}
    assert built.vm_body("full")["userMetadata"] == "***"  # the call log keeps no user data


@covers("wait_for", "pause_before_connecting")
def test_the_waits_before_provisioning_are_those_asked_for(built):
    """The pause is shown on the row; the provisioner that reads what user data writes late did not come too early."""
    assert built.resources["weak-provisioning"]["outputs"]["seconds"] >= 1.5
    shown = "\n".join(rows(built.text, "weak-provisioning"))
    assert "waiting 1.5 s before connecting" in shown
    log = Path(built.resources["booting-provisioning"]["outputs"]["log_file"]).read_text()
    waits = ["waiting for SSH on ", "waiting for cloud-init to finish", "cloud-init ended: "]
    assert sorted(waits, key=log.index) == waits, "what was waited for is not in the build's log"


def test_user_data_that_fails_is_a_warning_where_cloud_init_is_waited_for(built):
    """The image is made all the same; the warning is among the diagnostics, which stay on the screen."""
    assert built.images["booting"]["state"] == "Online"
    assert "warning: booting: cloud-init ended: error" in built.text


def test_durations_are_read_as_in_go(built):
    """1h2m3s is 3723 seconds, handed to every resource of the build; without one nothing is said."""
    assert built.resources["full-builder"]["inputs"]["state_timeout"] == 3723
    assert built.resources["full-image"]["inputs"]["state_timeout"] == 3723
    assert "state_timeout" not in built.resources["weak-image"]["inputs"]


def test_the_prefer_header_asks_the_cloud_to_hold_the_reply(built):
    """Creates are sent with an idempotency key and a wait, as the API's clients do."""
    for call in (*built.vm_calls.values(), *built.image_calls.values()):
        assert re.fullmatch(r"respond-async,wait=\d+", call["prefer"])
        assert re.fullmatch(r"[0-9a-f]{30}", call["idempotencyKey"])


def test_a_second_up_sees_no_difference(built, cloud):
    """Numbers, texts and templates read back the same: nothing is changed by a second `up`."""
    before = cloud.mutations()
    assert "unchanged" in built.stack.up().ok().text
    assert cloud.mutations() == before


@covers("keep_image")
def test_destroy_keeps_the_images_but_the_one_that_says_otherwise(built, cloud):
    """`keep_image: "false"` is honoured as a bool; the VMs and disks are gone."""
    built.stack.destroy().ok()
    cloud.assert_only_images(*(built.images[name]["id"] for name in ("full", "file", "booting")))


@covers("state_timeout", "on_failure")
def test_a_slow_cloud_and_a_failing_provisioner_end_as_the_settings_say(
    session_cloud, engine_path, api_version, tmp_path
):
    """An image that takes longer than state_timeout is taken back; on_failure: cleanup removes the VM at once."""
    session_cloud.reset()
    cloud = Cloud(session_cloud)
    cloud.fault(operation="image.create", action="event_slow", seconds=6)
    stack = new_stack(tmp_path / "slow", engine_path, cloud, "test", api_version)
    # It fails after the slow image began: the engine starts nothing new once something has failed.
    failing = [{"type": "shell", "inline": ["sleep 8", "exit 7"]}]
    stack.configure(
        {"slow": image(state_timeout="2s"), "fails": image(on_failure="cleanup", provisioners=failing)},
    )
    done = stack.up().failed("exit code 7", "on_failure: cleanup", "waited 2 s for image web")
    assert "to be Online" in done.text
    left = cloud.inventory()
    assert {vm["tag"]["pulumi-image"] for vm in left["vms"]} == {"slow"}
    assert left["images"] == []
    stack.destroy().ok()
    cloud.assert_only_images()
