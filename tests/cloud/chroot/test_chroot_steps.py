"""Chroots on a real virtual machine: what each option does there."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from pulumi_hyperone.provider.chroot import device
from pulumi_hyperone.provider.foundation.errors import SshError
from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.ssh.shell_text import quote
from pulumi_hyperone.settings.chroot_options import ChrootOptions

pytestmark = [pytest.mark.cloud, pytest.mark.vm]

HOSTILE = 'it\'s $HOME `id` "x" \\ é\n漢 $(id)'


def test_the_defaults_mount_five_places_copy_resolv_conf_and_unmount_all(builder):
    """proc, sysfs, /dev, devpts and binfmt_misc are mounted in this order, resolv.conf is copied, all is undone."""
    defaults = ChrootOptions()
    options = ("chroot_mounts", "chroot_copy_files", "mount_options", "mount_partition", "post_mount_commands")
    steps = builder.steps(**{option: getattr(defaults, option) for option in options})
    with builder.chroot(steps) as inside:
        table = [line.split(" ") for line in builder.mounted().splitlines()]
        places = [(kind, point.removeprefix(steps.mount_path)) for _, point, kind, *_ in table]
        assert inside.run("cat /etc/resolv.conf", timeout=30, capture=True).text == builder.run("cat /etc/resolv.conf")
    assert places == [
        ("ext4", ""),
        ("proc", "/proc"),
        ("sysfs", "/sys"),
        ("devtmpfs", "/dev"),
        ("devpts", "/dev/pts"),
        ("binfmt_misc", "/proc/sys/fs/binfmt_misc"),
    ]
    assert builder.mounted() == ""
    assert builder.said[0] == f"looking for disk {steps.disk_id} on the machine"
    assert builder.said[-1] == f"unmounting {steps.mount_path}"


def test_a_device_and_a_partition_named_by_text(builder):
    """chroot_device is taken as it is, and `p3` is put behind it."""
    builder.run("d=$(readlink -f /dev/disk/by-label/third); sudo ln -sfn $d /run/disk-for-testp3")
    steps = builder.steps(
        chroot_device="/run/disk-for-test", mount_partition="p3", chroot_mounts=[], chroot_copy_files=[]
    )
    with builder.chroot(steps):
        source = builder.run(f"findmnt -n -o LABEL {steps.mount_path}")
    assert source == "third"


def test_mount_options_are_in_the_guests_mount_table(builder):
    """Each of mount_options arrives, one with a value too."""
    steps = builder.steps(mount_options=["noatime", "commit=29"])
    with builder.chroot(steps):
        options = builder.run(f"findmnt -n -o OPTIONS {steps.mount_path}")
    assert {"noatime", "commit=29"} <= set(options.split(","))


def test_files_are_copied_whatever_their_names_and_over_dangling_links(builder):
    """A name full of sh's special characters arrives; a link that leads nowhere is replaced by the file."""
    name = "/srv/it's $HOME `id`"
    builder.run(f"printf %s content | sudo tee {quote(name)}")
    prepare = "sh -c 'mkdir -p {{.MountPath}}/srv; ln -sfn /nowhere {{.MountPath}}/etc/hostname'"
    steps = builder.steps(chroot_copy_files=[name, "/etc/hostname"], post_mount_commands=[prepare])
    with builder.chroot(steps) as inside:
        result = inside.run(f"cat {quote(name)} /etc/hostname; rm {quote(name)}", timeout=30, capture=True)
    assert result.text == "content" + builder.run("cat /etc/hostname")


def test_an_empty_list_copies_nothing(builder):
    """With chroot_copy_files: [] no file of the machine gets in."""
    steps = builder.steps(post_mount_commands=["rm -f {{.MountPath}}/etc/resolv.conf"])
    with builder.chroot(steps) as inside:
        assert inside.run("[ -e /etc/resolv.conf ]", timeout=30).exit_code == 1


def test_several_mounts_nest_and_may_have_blanks(builder):
    """Own mounts replace the defaults; a later one may lie inside an earlier one; names may have blanks."""
    builder.run("sudo mkdir -p '/srv/shared data' && echo shared | sudo tee '/srv/shared data/file'")
    mounts = [["tmpfs", "tmpfs", "/mnt/a b"], ["bind", "/srv/shared data", "/mnt/a b/in ner"], ["tmpfs", "x", "/srv"]]
    steps = builder.steps(chroot_mounts=mounts)
    with builder.chroot(steps) as inside:
        assert inside.run("cat '/mnt/a b/in ner/file'", timeout=30, capture=True).text == "shared"
        assert inside.run("ls /proc", timeout=30, capture=True).text == ""
        assert builder.mounted().count(" tmpfs rw") == 2
    assert builder.run("cat '/srv/shared data/file'") == "shared"


def test_commands_stay_as_they_are_behind_the_wrapper(builder):
    """`||`, pipes, redirections, leading assignments and command substitution are the login shell's to read."""
    lines = [
        "test -e /nowhere || sudo touch /root/fallback",
        "VAR='a b' sh -c 'echo $VAR > /root/assigned'",
        "echo piped | sudo tee /root/piped > /dev/null",
        "id -u > chroot-id",
        "echo {{.Device}} {{.MountPath}} | sudo tee /root/fields",
        "sh -c 'echo \"$1\" > /root/hostile' sh " + quote(HOSTILE),
    ]
    steps = builder.steps(pre_mount_commands=lines)
    with builder.chroot(steps):
        pass
    said = builder.run("sudo sh -c 'cat /root/assigned /root/piped; ls /root/fallback'; cat /home/guru/chroot-id")
    assert said.splitlines() == ["a b", "piped", "/root/fallback", "0"]
    disk = builder.run(f"readlink -f /dev/disk/by-id/scsi-*{steps.disk_id[-12:]}")
    assert builder.run("sudo cat /root/fields") == f"{disk} {steps.mount_path}"
    assert builder.run("sudo cat /root/hostile") == HOSTILE
    assert f"{disk} {steps.mount_path}".encode() in bytes(builder.output), "output is shown as it comes"


def test_hostile_paths_and_values_arrive_inside(builder):
    """A mount path full of special characters works, and values reach commands inside unchanged."""
    steps = builder.steps(chroot_mount_path="/mnt/packer-hyperone-volumes/it's $HOME `id` é")
    with builder.chroot(steps) as inside:
        result = inside.run(f"printf %s {quote(HOSTILE)}", timeout=30, capture=True)
    assert (result.stdout or b"").decode() == HOSTILE


def test_a_mount_path_behind_a_symbolic_link_is_unmounted(builder):
    """The kernel lists mounts without links; they are found all the same."""
    builder.run(
        "sudo mkdir -p /mnt/packer-hyperone-volumes/real && sudo ln -sfn /mnt/packer-hyperone-volumes /srv/link"
    )
    with builder.chroot(builder.steps(chroot_mount_path="/srv/link/real")) as inside:
        assert inside.run("ls /etc/passwd", timeout=30).exit_code == 0
        assert "/real" in builder.mounted()
    assert builder.mounted() == ""


def test_files_and_folders_go_into_root_only_places_and_come_back(builder, tmp_path: Path):
    """Uploads and downloads work where only root may look, for files and for folders, with any name."""
    tree = tmp_path / "tree"
    (tree / "sub dir").mkdir(parents=True)
    (tree / "sub dir" / "it's $x").write_bytes(b"\x00\xff")
    (tree / "run").write_text("#!/bin/sh\n")
    (tree / "run").chmod(0o755)
    steps = builder.steps(post_mount_commands=["mkdir -p -m 700 {{.MountPath}}/opt/secret"])
    with builder.chroot(steps) as inside:
        inside.upload(b"file", "/opt/secret/a file", mode=0o600)
        inside.upload_tree(tree, "/opt/secret/tree")
        denied = builder.machine.run(f"ls {steps.mount_path}/opt/secret", timeout=30)
        modes = inside.run("stat -c '%a %U' '/opt/secret/a file' /opt/secret/tree/run", timeout=30, capture=True).text
        inside.download("/opt/secret/a file", tmp_path / "back")
        inside.download_tree("/opt/secret/tree", tmp_path / "tree-back")
    assert denied.exit_code != 0, "the login user cannot look into it"
    assert modes.splitlines() == ["600 root", "755 root"]
    assert (tmp_path / "back").read_bytes() == b"file"
    assert (tmp_path / "tree-back" / "tree" / "sub dir" / "it's $x").read_bytes() == b"\x00\xff"


def test_a_disk_that_does_not_appear_is_an_error_that_says_what_is_there(builder, monkeypatch):
    """The message names the disk, what the machine has, and the option that helps."""
    monkeypatch.setattr(device, "APPEARS_WITHIN", 2.0)
    steps = dataclasses.replace(builder.steps(), disk_id="ffffffffffffffffffffffff", controller_number="")
    with pytest.raises(SshError, match=r"ffffffffffffffffffffffff did not appear.*sda.*sdb.*chroot_device"):
        device.find_device(builder.machine, steps, Interruption())


def test_several_devices_for_one_disk_are_an_error_that_names_them(builder):
    """Two links that lead to different devices are not guessed between."""
    steps = builder.steps()
    link = f"/dev/disk/by-id/scsi-other-{steps.disk_id[-12:]}"
    builder.run(f"sudo ln -s /dev/sda {link}")
    try:
        with pytest.raises(SshError, match=r"matches several devices: /dev/sda, /dev/sdb; name one by chroot_device"):
            device.find_device(builder.machine, steps, Interruption())
    finally:
        builder.run(f"sudo rm {link}")
