"""What counts as the image's content."""

import pytest

from pulumi_hyperone.settings.content import content_files, content_parts

CHROOT = {"chroot_disk": True, "pre_mount_commands": ["parted {{.Device}}", "mkfs {{.Device}}1"]}


@pytest.mark.parametrize(
    "change",
    [
        {"image_name": "other"},
        {"image_description": "other"},
        {"image_tags": {"a": "b"}},
        {"image_tag": {"key": "a"}},
        {"vm_name": "other"},
        {"vm_tags": {"a": "b"}},
        {"disk_name": "other"},
        {"state_timeout": "9m"},
        {"ssh_timeout": "9m"},
        {"ssh_password": "x"},
        {"keep_image": False},
        {"on_failure": "cleanup"},
        {"network": "n"},
        {"public_ip": "1.2.3.4"},
        {"disk_size": "10.0"},
    ],
)
def test_change_that_does_not_touch_the_content(good, change):
    """Names, description, tags, time-outs, communicator and addresses leave the parts alone."""
    assert content_parts(good(**change)) == content_parts(good())


@pytest.mark.parametrize(
    ("change", "label"),
    [
        ({"vm_type": "a1.micro"}, "vm_type"),
        ({"disk_size": 11}, "disk_size"),
        ({"disk_type": "volume"}, "disk_type"),
        ({"image_service": "other"}, "image_service"),
        ({"user_data": "#!/bin/sh"}, "user_data"),
        ({"ssh_keys": ["k"]}, "ssh_keys[0]"),
        ({"ssh_username": "root"}, "ssh_username"),
    ],
)
def test_change_of_the_content_shows_under_its_option(good, change, label):
    """Exactly the changed option's part differs."""
    assert _changed(content_parts(good()), content_parts(good(**change))) == {label}


@pytest.mark.parametrize(
    ("change", "label"),
    [
        ({"pre_mount_commands": ["parted {{.Device}}", "mkfs.xfs {{.Device}}1"]}, "pre_mount_commands[1]"),
        ({"post_mount_commands": ["x"]}, "post_mount_commands[0]"),
        ({"chroot_disk_size": 3}, "chroot_disk_size"),
        ({"chroot_disk_type": "volume"}, "chroot_disk_type"),
        ({"chroot_copy_files": []}, "chroot_copy_files[0]"),
        ({"chroot_command_wrapper": "sudo {{.Command}}"}, "chroot_command_wrapper"),
        ({"chroot_mount_path": "/mnt/x"}, "chroot_mount_path"),
        ({"chroot_device": "/dev/sdb"}, "chroot_device"),
        ({"mount_partition": "p3"}, "mount_partition"),
        ({"mount_options": ["noatime"]}, "mount_options"),
    ],
)
def test_change_in_a_chroot_build_shows_under_its_option(good, change, label):
    """One changed command or mount setting is named by itself."""
    assert _changed(content_parts(good(**CHROOT)), content_parts(good(**CHROOT | change))) == {label}


def test_default_written_out_changes_nothing(good):
    """Writing down a default is no change of content."""
    written = good(**CHROOT, chroot_disk_size=10, chroot_disk_type="ssd", mount_partition=1, chroot_mounts="")
    assert content_parts(written) == content_parts(good(**CHROOT))


def test_keys_on_the_builder_do_not_touch_a_chroot_image(good):
    """In chroot builds the cloud's keys and user are on the builder's disk, not in the image."""
    assert content_parts(good(**CHROOT, ssh_keys=["k"], ssh_username="x")) == content_parts(good(**CHROOT))


def test_volatile_text_counts_as_its_template(good):
    """A timestamp in user data does not make a new image; a changed text around it does."""
    first = content_parts(good(user_data="#!/bin/sh\n# {{timestamp}}"))
    assert first == content_parts(good(user_data="#!/bin/sh\n# {{timestamp}}"))
    assert first != content_parts(good(user_data="#!/bin/sh\n## {{timestamp}}"))


def test_secrets_are_not_in_the_parts(good):
    """User data, commands and keys are hashed."""
    parts = content_parts(good(**CHROOT | {"pre_mount_commands": ["curl -u hunter2"]}, user_data="#!hunter2"))
    assert "hunter2" not in str(parts)
    assert parts["user_data"].startswith("sha256:")


def test_user_data_file_counts_by_its_bytes(good, tmp_path):
    """A changed file is a changed image, under the option's name."""
    (tmp_path / "u").write_bytes(b"#cloud-config\n")
    before = content_parts(good(user_data_file="u"))
    (tmp_path / "u").write_bytes(b"#cloud-config\n#")
    assert _changed(before, content_parts(good(user_data_file="u"))) == {"user_data_file"}


def test_what_a_playbook_reads_unasked_is_among_files_and_parts(good, tmp_path):
    """Folders beside the playbook count as it does; those that are not there do not."""
    (tmp_path / "plays" / "group_vars").mkdir(parents=True)
    (tmp_path / "plays" / "web.yml").write_text("[]")
    step = {"type": "ansible", "playbook_file": str(tmp_path / "plays" / "web.yml"), "command": "true"}
    settings = good(provisioners=[step])
    files = [f"{tmp_path}/plays/group_vars/", f"{tmp_path}/plays/web.yml"]
    assert content_files(settings) == files
    labels = {f"provisioners[0]: {name}" for name in files}
    assert {label for label in content_parts(settings) if "plays" in label} == labels


def _changed(before, after):
    return {label for label in {*before, *after} if before.get(label) != after.get(label)}
