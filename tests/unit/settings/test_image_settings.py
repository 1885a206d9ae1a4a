"""The options of one image: defaults, rendering, rules and bad input."""

import base64
import os
import tempfile
from pathlib import Path

import pytest

from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions
from pulumi_hyperone.provider.ssh.keys import generate
from pulumi_hyperone.settings import ImageReference, RenderedSettings
from pulumi_hyperone.settings.api_questions import api_facts
from pulumi_hyperone.settings.communicator import communicator_inputs
from pulumi_hyperone.settings.manifest_file import manifest_faults
from pulumi_hyperone.settings.rendered import values_of_build

CHROOT = {"chroot_disk": True, "pre_mount_commands": ["parted {{.Device}}"]}


def test_defaults_are_those_of_packers_builder(good):
    """An image with the required options only gets the builder's defaults (API facts 3.1)."""
    rendered = values_of_build(good(), 1_700_000_000, "b1")
    assert rendered.image_name == "packer-1700000000"
    assert rendered.image_service == "564639bc052c084e2f2e3266"
    assert rendered.vm_name.startswith("packer-6553f100-")
    assert (rendered.disk_type, rendered.disk_size, rendered.disk_name) == ("ssd", 10.0, None)
    assert (rendered.chroot_disk_type, rendered.chroot_disk_size, rendered.chroot_disk) == ("ssd", 10.0, False)
    assert rendered.public_netadp_service == "public"
    assert rendered.chroot_mount_path == "/mnt/packer-hyperone-volumes/1700000000"
    assert rendered.chroot_copy_files == ["/etc/resolv.conf"]
    assert rendered.chroot_command_wrapper == "{{.Command}}"
    assert rendered.mount_partition == "1"
    assert [place for _, _, place in rendered.mounts] == [
        "/proc",
        "/sys",
        "/dev",
        "/dev/pts",
        "/proc/sys/fs/binfmt_misc",
    ]
    assert (rendered.state_timeout, rendered.ssh_timeout, rendered.ssh_username) == (300.0, 600.0, "guru")
    assert (rendered.keep_image, rendered.on_failure, rendered.user_data) == (True, "keep", None)


def test_settings_cannot_be_changed(good):
    """Settings are frozen."""
    with pytest.raises(ValueError, match="frozen"):
        good().disk_size = 3


@pytest.mark.parametrize("option", ["image_name", "vm_name", "disk_type", "image_service", "mount_partition"])
def test_empty_text_is_the_default(good, option):
    """An empty text counts as absent, as in Packer."""
    assert getattr(good(**CHROOT, **{option: ""}), option) == getattr(good(), option)


def test_weak_typing_of_a_brought_over_image(good):
    """Texts for numbers, numbers for texts, comma texts for lists (W1 to W4)."""
    settings = good(
        disk_size="10",
        ssh_keys="my-ssh",
        chroot_disk="true",
        chroot_disk_size="4",
        mount_partition=4.0,
        chroot_copy_files="",
        pre_mount_commands="mkfs {{.Device}}1",
        image_tags={"version": 12.0},
        state_timeout="10m",
    )
    assert (settings.disk_size, settings.chroot_disk_size, settings.mount_partition) == (10.0, 4.0, "4")
    assert (settings.ssh_keys, settings.chroot_copy_files) == (["my-ssh"], [])
    assert settings.pre_mount_commands == ["mkfs {{.Device}}1"]
    assert (settings.image_tags, settings.state_timeout) == ({"version": "12"}, 600.0)


@pytest.mark.parametrize("text", ['{"arch": "x86_64", "n": {"a":{}}}', "  two  spaces\r\n\ttab ", "zażółć 🎉"])
def test_description_passes_byte_for_byte(good, text):
    """The description is text, also when it is JSON (W7)."""
    assert values_of_build(good(image_description=text), 1, "b").image_description == text


def test_tag_blocks_lie_over_tag_maps(good):
    """`image_tag` uses key, `vm_tag` name; both are merged over the maps (API facts 3.1)."""
    rendered = values_of_build(
        good(
            image_tags={"a": 1, "b": 2},
            image_tag=[{"key": "b", "value": "block"}, {"key": "c"}],
            vm_tags={"a": "map"},
            vm_tag={"name": "a", "value": "{{timestamp}}"},
        ),
        7,
        "b",
    )
    assert rendered.image_tags == {"a": "1", "b": "block", "c": ""}
    assert rendered.vm_tags == {"a": "7"}


def test_rendering_is_the_same_for_the_same_build(good):
    """One build has one name however often it is rendered; another build has another."""
    settings = good(vm_name="{{uuid}}-{{uuid}}", disk_name="{{uuid}}")
    first = values_of_build(settings, 5, "b1")
    assert isinstance(first, RenderedSettings)
    assert first.vm_name == values_of_build(settings, 5, "b1").vm_name != values_of_build(settings, 5, "b2").vm_name
    assert len({*first.vm_name.split("-", 5), first.disk_name}) > 2
    assert first.vm_name[:36] != first.vm_name[37:] != first.disk_name


def test_machine_templates_stay_for_the_machine(good):
    """Device, mount path and command are known only on the machine; everything else is filled (J3)."""
    rendered = values_of_build(
        good(
            **CHROOT | {"pre_mount_commands": ["echo {{timestamp}} {{ .Device }} {{.MountPath}}"]},
            chroot_command_wrapper="sudo {{ .Command }}",
            post_mount_commands=["ls {{.MountPath}}"],
        ),
        9,
        "b",
    )
    assert rendered.pre_mount_commands == ["echo 9 {{.Device}} {{.MountPath}}"]
    assert rendered.post_mount_commands == ["ls {{.MountPath}}"]
    assert rendered.chroot_command_wrapper == "sudo {{.Command}}"


def test_empty_chroot_mounts_mean_the_default(good):
    """An empty list yields the five defaults as in Packer, and the person is told."""
    settings = good(**CHROOT, chroot_mounts=[])
    assert len(settings.mounts) == len(values_of_build(settings, 1, "b").chroot_mounts) == 5
    assert [note.option for note in settings.notes] == ["chroot_mounts"]


def test_user_data_is_encoded(good):
    """Plain user data arrives as base64, after rendering."""
    rendered = values_of_build(good(user_data="#!/bin/sh\necho {{timestamp}}\n"), 5, "b")
    assert base64.b64decode(rendered.user_data) == b"#!/bin/sh\necho 5\n"


def test_user_data_file_is_read_as_it_is(good, tmp_path):
    """A file is sent byte for byte: templates in it are cloud-init's own."""
    (tmp_path / "user.yaml").write_bytes(b"## template: jinja\n#cloud-config\nfqdn: {{ v1.hostname }}\n")
    settings = good(user_data_file="user.yaml")
    encoded = values_of_build(settings, 5, "b").user_data
    assert base64.b64decode(encoded) == (tmp_path / "user.yaml").read_bytes()


def test_missing_user_data_file_is_named_with_the_path_tried(faults, tmp_path):
    """The message holds the whole path."""
    assert faults(user_data_file="no/such.yaml") == {
        "images.base.user_data_file": f"cannot read {tmp_path}/no/such.yaml: No such file or directory"
    }


@pytest.mark.parametrize("option", ["user_data_file", "ssh_private_key_file", "ssh_bastion_private_key_file"])
@pytest.mark.parametrize("name", ["~no-such-user/file", "x" * 300, "a/" * 3000, "a\0b", ".", "/dev/zero"])
def test_impossible_file_name_is_a_fault(faults, option, name):
    """A home folder of nobody or a name too long gives a fault at its option."""
    assert list(faults(**{option: name})) == [f"images.base.{option}"]


def test_folder_and_huge_file_are_no_user_data(faults, tmp_path):
    """A folder or a disk image named by mistake is refused."""
    (tmp_path / "disk.img").touch()
    with (tmp_path / "disk.img").open("r+b") as file:
        file.truncate(2**40)
    for no_file in (".", "/dev/zero"):
        assert "it is not a file" in faults(user_data_file=no_file)["images.base.user_data_file"]
    assert "too large" in faults(user_data_file="disk.img")["images.base.user_data_file"]


BAD = [
    ("disk_size", 0),
    ("disk_size", -1),
    ("disk_size", float("nan")),
    ("disk_size", "ten"),
    ("disk_size", "010"),
    ("disk_size", 65537),
    ("disk_size", 1e308),
    ("ssh_host", "not a host"),
    ("ssh_host", "http://10.0.0.1"),
    ("ssh_host", "10.0.0.256"),
    ("ssh_host", "-oProxyCommand=x"),
    ("ssh_host", "{{timestamp}}/"),
    ("ssh_bastion_host", "me@host"),
    ("ssh_proxy_host", "a..b"),
    ("ssh_host", f"{'a' * 64}.example"),
    ("ssh_username", "two words"),
    ("ssh_username", "root;reboot"),
    ("ssh_username", "-x"),
    ("ssh_username", "1000"),
    ("ssh_username", "u" * 33),
    ("ssh_bastion_username", "a\nb"),
    ("provisioners", [{"type": "file", "content": "", "destination": "/x", "owner": "me:you:they"}]),
    ("provisioners", [{"type": "file", "content": "", "destination": "/x", "owner": "$(id)"}]),
    ("provisioners", [{"type": "file", "source": "/proc/self/mem", "destination": "/x"}]),
    ("provisioners", [{"type": "file", "source": "/proc/self", "destination": "/x"}]),
    ("user_data_file", "/proc/self/mem"),
    ("manifest", "."),
    ("manifest", "/dev/null"),
    ("manifest", "/proc/version"),
    ("manifest", "/dev/null/manifest.json"),
    ("manifest", "a" * 300),
    ("manifest", "~no-such-user/manifest.json"),
    ("provenance_key", "."),
    ("provenance_key", "/proc/version"),
    ("provenance_key", "a" * 300),
    ("provenance_key", "~no-such-user/key"),
    ("disk_size", True),
    ("disk_size", []),
    ("vm_type", "   "),
    ("vm_type", "a\nb"),
    ("source_image", []),
    ("source_image", "${image.base}"),
    ("image_name", "x" * 256),
    ("vm_name", "a\tb"),
    ("state_timeout", "5"),
    ("state_timeout", "0s"),
    ("state_timeout", "-5m"),
    ("state_timeout", "25h"),
    ("state_timeout", ""),
    ("private_ip", "10.0.0.300"),
    ("public_ip", "1.2.3.4.5"),
    ("public_ip", "fe80:::1"),
    ("ssh_port", 70000),
    ("on_failure", "abort"),
    ("keep_image", "yes"),
    ("image_tags", {"": "x"}),
    ("image_tags", {"a\nb": "x"}),
    ("provisioners", "shell"),
]


@pytest.mark.parametrize(("option", "value"), BAD)
def test_bad_value_is_one_fault_at_its_option(faults, option, value):
    """Every bad value is one fault on one line that names the option."""
    found = faults(**{option: value})
    assert len(found) == 1
    (path, message) = found.popitem()
    assert path.startswith(f"images.base.{option}")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("ssh_host", host) for host in ("build.example.com", "10.0.0.1", "fe80::1%eth0", "web_1", "localhost")),
        *(("ssh_username", user) for user in ("guru", "Administrator", "jan.kowalski", "svc-build_1")),
        ("disk_size", "0.5"),
        ("manifest", "new/folder/manifest.json"),
        ("provisioners", [{"type": "file", "content": "", "destination": "/x", "owner": "www-data:"}]),
    ],
)
def test_right_values_are_taken(good, option, value):
    """Names and addresses that exist, and a manifest in a folder that is still to be made."""
    assert good(**{option: value})


@pytest.fixture
def closed_folder():
    """A folder in which nobody but root may write."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o700)
    folder.rmdir()


def without_root(function):
    """What a function without the rights of root returns: a list of texts."""
    if os.geteuid() != 0:
        return function()
    ours, theirs = os.pipe()
    if (child := os.fork()) == 0:
        os.setuid(65534)
        os.write(theirs, "\n".join(function()).encode())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return text.splitlines()


def test_a_manifest_that_may_not_be_written_is_a_fault(closed_folder):
    """Found before anything is built, not after; where the folder is missing, in the one that it would be made in."""
    for name in ("manifest.json", "new/manifest.json"):
        (fault,) = without_root(lambda name=name: manifest_faults(name, closed_folder))
        assert "no write permission" in fault


def test_a_folder_of_the_kernel_s_is_none_of_records(faults, tmp_path):
    """The line names the folder that was asked for, below /proc, at it, or behind a link to it."""
    (tmp_path / "link").symlink_to("/proc")
    for name in ("/proc/images", "/proc", "/sys/kernel", "link/images"):
        wanted = f"cannot be a folder of records: nothing can be kept in '{name}'"
        assert faults(record_dir=name) == {"images.base.record_dir": wanted}


def test_a_file_that_holds_something_else_is_no_manifest(faults, tmp_path):
    """It would be refused after the build; it is refused before."""
    (tmp_path / "notes.json").write_text('{"mine": 1}')
    assert "what is there is not a manifest" in faults(manifest="notes.json")["images.base.manifest"]
    (tmp_path / "deep.json").write_text("[" * 100_000)
    assert "is not JSON" in faults(manifest="deep.json")["images.base.manifest"]


@pytest.mark.parametrize("option", ["provisioners", "image_tags", "disk_size", "unknown"])
def test_values_nested_without_end_are_one_fault(faults, option):
    """However deep a list goes, it is one line and no traceback."""
    value = []
    for _ in range(5000):
        value = [value]
    assert faults(**{option: value}) == {f"images.base.{option}": "is nested more than 30 levels deep"}


CHROOT_BAD = [
    ("chroot_mounts", [["proc", "proc"]]),
    ("chroot_mounts", [["proc", "proc", "/proc"], ["a", "b", "c", "d"]]),
    ("chroot_mounts", [["proc", "proc", "proc"]]),
    ("chroot_mounts", [["proc", "", "/proc"]]),
    ("chroot_mounts", [["bind", "/", "/"]]),
    ("chroot_copy_files", ["etc/resolv.conf"]),
    ("chroot_copy_files", ["/../etc/shadow"]),
    ("chroot_copy_files", ["/"]),
    ("chroot_mount_path", "/"),
    ("chroot_mount_path", "mnt"),
    ("chroot_mount_path", "/mnt/../.."),
    ("chroot_device", "sdb"),
    ("chroot_disk_size", 0),
    ("chroot_disk_size", "x"),
    ("mount_partition", "1 /etc"),
    ("mount_options", [" "]),
    ("pre_mount_commands", []),
    ("pre_mount_commands", ["true", " "]),
    ("post_mount_commands", ["{{.Command}}"]),
    ("chroot_command_wrapper", "sudo"),
    ("chroot_command_wrapper", "sudo {{.Cmd}}"),
]


@pytest.mark.parametrize(("option", "value"), CHROOT_BAD)
def test_bad_chroot_value_is_a_fault_at_its_option(faults, option, value):
    """Every bad value of a chroot build is a fault that names the option."""
    assert all(path.startswith(f"images.base.{option}") for path in faults(**CHROOT | {option: value}))


def test_chroot_build_needs_pre_mount_commands(faults):
    """A chroot disk without anything that partitions it is refused (API facts 3.1)."""
    assert list(faults(chroot_disk=True)) == ["images.base.pre_mount_commands"]


def test_chroot_build_needs_a_communicator(faults):
    """Nothing partitions, mounts or fills the disk without SSH; the fault comes with the others of the build."""
    found = faults(chroot_disk=True, communicator="none", mount_options=[""], chroot_mounts=[["proc", "/proc"]])
    assert found["images.base.communicator"].startswith("cannot be none with chroot_disk")
    assert set(found) == {
        "images.base.communicator",
        "images.base.pre_mount_commands",
        "images.base.mount_options[0]",
        "images.base.chroot_mounts",
    }


def test_unreadable_pre_mount_commands_are_one_fault(faults):
    """Commands of the wrong type are not called missing as well."""
    assert list(faults(chroot_disk=True, pre_mount_commands=[{}])) == ["images.base.pre_mount_commands[0]"]


@pytest.mark.parametrize("switch", [{}, {"chroot_disk": False}])
def test_chroot_options_need_the_chroot_disk(faults, switch):
    """Each chroot option without `chroot_disk` is a fault of its own."""
    found = faults(**switch, mount_partition=2, post_mount_commands=[], chroot_mounts="")
    assert {path for path, message in found.items() if message == "needs chroot_disk: true"} == {
        "images.base.mount_partition",
        "images.base.post_mount_commands",
        "images.base.chroot_mounts",
    }


def test_faulty_switch_does_not_blame_the_others(faults):
    """When `chroot_disk` itself is unreadable, the options that need it are not blamed."""
    assert list(faults(chroot_disk="yes", pre_mount_commands=["x"])) == ["images.base.chroot_disk"]


def test_user_data_and_its_file_exclude_each_other(faults, tmp_path):
    """Only one of the two may be given."""
    (tmp_path / "u").write_text("#!/bin/sh")
    assert list(faults(user_data="#!/bin/sh", user_data_file="u")) == ["images.base.user_data_file"]


def test_protected_tags_that_would_block_the_clean_up_are_refused(faults, good):
    """A protected VM could never be deleted, and a protected image not when `keep_image` is false."""
    assert list(faults(vm_tag={"name": "protected"})) == ["images.base.vm_tags"]
    assert list(faults(image_tags={"protected": 1}, keep_image=False)) == ["images.base.keep_image"]
    assert good(image_tags={"protected": 1}).image_tags == {"protected": "1"}


def test_different_kinds_of_faults_come_together(faults):
    """Types, ranges, unknown names, templates, rules, communicator and files: one report."""
    found = faults(
        disk_size=-1,
        vm_flavour="x",
        image_name="{{nope}}",
        mount_partition=1,
        user_data_file="missing",
        ssh_certificate_file="c",
        ssh_keys=["-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2"],
        ssh_timeout="soon",
    )
    assert set(found) == {
        "images.base",
        "images.base.disk_size",
        "images.base.vm_flavour",
        "images.base.image_name",
        "images.base.mount_partition",
        "images.base.user_data_file",
        "images.base.ssh_keys[0]",
        "images.base.ssh_timeout",
    }
    assert "hunter2" not in str(found)


def test_secrets_are_not_shown_in_template_faults(faults):
    """A fault in the template of a secret option names the place only."""
    found = faults(user_data="#!/bin/sh\npassword={{hunter2}}", ssh_password="{{hunter3}}")
    assert found["images.base.user_data"] == "has a fault in its template at line 2, column 12"
    assert "hunter" not in str(found)


@pytest.mark.parametrize("option", ["token", "project", "api_url", "token_login"])
def test_account_options_are_sent_to_the_stack_config(faults, option):
    """What Packer keeps in the builder is set once for all images here; the message says how."""
    assert f"hyperone:{option}" in faults(**{option: "x"})[f"images.base.{option}"]


@pytest.mark.parametrize(
    ("old", "new"), [("vm_flavour", "vm_type"), ("disk_sise", "disk_size"), ("ssh_wait_timeout", "ssh_timeout")]
)
def test_unknown_option_names_the_one_meant(faults, old, new):
    """A former or misspelt name leads to today's (W8)."""
    assert faults(**{old: "x"})[f"images.base.{old}"] == f"unknown option '{old}'; did you mean {new}?"


def test_options_without_effect_are_noted(good, tmp_path):
    """What Packer ignores silently is said."""
    assert [note.option for note in good(private_ip="10.0.0.4").notes] == ["private_ip"]
    assert [note.option for note in good(network="n", public_netadp_service="x").notes] == ["public_netadp_service"]
    assert [note.option for note in good(**CHROOT | {"pre_mount_commands": "a {{.Device}},b"}).notes] == [
        "pre_mount_commands"
    ]
    assert [note.option for note in good(state_timeout=300e9).notes] == ["state_timeout"]
    assert [note.option for note in good(record_dir="images").notes] == ["record_dir"]
    (tmp_path / "key").write_text(generate().private)
    for option in ({"record": True}, {"residue": "fail"}, {"provenance_key": "key"}):
        assert good(record_dir="images", **option).notes == ()


def test_reference_is_typed(good, load):
    """`${images.NAME}` becomes a reference, an id or name stays text."""
    assert (good().source_image, good().source_reference) == ("debian-12", None)
    _, found = load(source_image="${images.other}")
    assert [fault.path for fault in found] == ["images.base.source_image"]
    assert str(ImageReference("other")) == "${images.other}"


def test_communicator_inputs_are_read_back_the_same(good):
    """The communicator's options survive the way through resource properties, durations included."""
    settings = good(ssh_timeout="1m30s", ssh_port="2222", wait_for=["ssh", "cloud-init"], ssh_password="x")
    inputs = communicator_inputs(values_of_build(settings, 1, "b"))
    assert CommunicatorOptions.model_validate(inputs) == CommunicatorOptions.model_validate(
        {"ssh_timeout": "90s", "ssh_port": 2222, "wait_for": ["ssh", "cloud-init"], "ssh_password": "x"}
    )


def test_api_facts_hold_what_only_the_api_can_judge(good):
    """Names and ids are handed to Preflight, rendered; a reference to an image of the stack is not."""
    facts = api_facts(good(network="n{{timestamp}}", ssh_keys="a,b"))
    assert facts["source_image"] == "debian-12"
    assert facts["network"] == "n1700000000"
    assert facts["ssh_keys"] == ["a", "b"]
    assert "private_ip" not in facts
