"""Chroots on a real virtual machine: what each option does there, and what is left when something fails.

One file, since the tests share one boot of the machine, and files may go to different processes.
"""

from __future__ import annotations

import dataclasses
import re
import threading
import time
from pathlib import Path

import pytest

from pulumi_hyperone.provider.chroot import device
from pulumi_hyperone.provider.chroot.steps import unmount_chroot
from pulumi_hyperone.provider.foundation.errors import (
    ConnectionLost,
    DeadlineExceeded,
    Interrupted,
    LeftBehind,
    NotFound,
    ProvisionerFailed,
    SettingsError,
    SshError,
)
from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.ssh.shell_text import quote
from pulumi_hyperone.settings.chroot_options import ChrootOptions

pytestmark = [pytest.mark.cloud, pytest.mark.vm]

HOSTILE = 'it\'s $HOME `id` "x" \\ é\n漢 $(id)'
FAILING = "sh -c 'echo what went wrong >&2; exit 7'"


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


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param({"pre_mount_commands": ["true", FAILING]}, ["pre_mount_commands[1]", "code 7"], id="pre"),
        pytest.param({"mount_partition": "9"}, ["mount[1] (mount /dev/sd", "9 /mnt/", "exit code 32"], id="mount"),
        pytest.param({"post_mount_commands": [FAILING]}, ["post_mount_commands[0]", "what went wrong"], id="post"),
        pytest.param(
            {"chroot_mounts": [["proc", "proc", "/proc"], ["nofs", "none", "/x"]]},
            ["chroot_mounts[3] (mount -t nofs none", "nofs"],
            id="extra",
        ),
        pytest.param({"chroot_copy_files": ["/gone"]}, ["chroot_copy_files[0]", "/gone"], id="copy"),
    ],
)
def test_a_step_that_fails_is_named_with_its_output_and_nothing_stays_mounted(builder, options, said):
    """The message has the option with its number, the command, the exit code and the last output."""
    error = builder.failure(builder.steps(**options))
    assert isinstance(error, ProvisionerFailed)
    for text in said:
        assert text in str(error)
    assert builder.mounted() == ""


def test_an_unknown_field_is_refused_before_the_command_runs(builder):
    """A field that commands do not have is refused; the message names those that they have."""
    error = builder.failure(builder.steps(pre_mount_commands=["touch /home/guru/{{.Disk}}"]))
    assert isinstance(error, SettingsError)
    assert "pre_mount_commands: unknown field {{.Disk}}; it knows {{.Device}}, {{.MountPath}}" in str(error)
    assert "Disk" not in builder.run("ls /home/guru")


def test_without_a_wrapper_the_message_says_how_to_be_root(builder):
    """The default wrapper adds nothing, as in Packer: a user who is not root is told the option."""
    error = builder.failure(builder.steps(chroot_command_wrapper="{{.Command}}", chroot_mount_path="/mnt/x/y"))
    assert "mount[0]" in str(error)
    assert "`chroot_command_wrapper: sudo {{.Command}}` runs each command as root" in str(error)


def test_a_provisioner_that_fails_leaves_nothing_mounted(builder):
    """What happens inside fails with its own error after everything was unmounted."""

    def work(inside):
        assert inside.run("echo x > /opt/written", timeout=30).exit_code == 0
        raise ProvisionerFailed("provisioners[1] failed")

    assert str(builder.failure(builder.steps(), work)) == "provisioners[1] failed"
    assert builder.mounted() == ""


def test_a_command_beyond_its_deadline_is_ended(builder):
    """The deadline of commands counts for each; what runs too long is ended on the machine and nothing stays."""
    steps = dataclasses.replace(builder.steps(post_mount_commands=["sleep 4321"]), timeout=3.0)
    assert isinstance(builder.failure(steps), DeadlineExceeded)
    assert not _runs(builder, "sleep 432[1]")
    assert builder.mounted() == ""


def test_an_interruption_ends_the_command_and_unmounts_over_a_new_session(builder):
    """Ctrl-C while a command runs inside: it ends at once, and the mounts go although its session may not be used."""
    interruption = Interruption()

    def work(inside):
        threading.Timer(2, interruption.set, ("the engine asked to stop",)).start()
        inside.run("sleep 4322", timeout=60)

    with builder.connect(interruption) as machine:
        error = builder.failure(builder.steps(), work, machine=machine, interruption=interruption)
    assert isinstance(error, Interrupted)
    assert builder.mounted() == ""
    assert not _runs(builder, "sleep 432[2]")


def test_a_lost_connection_still_unmounts(builder):
    """When the session breaks, another one is made for unmounting."""
    with builder.connect(Interruption()) as machine:

        def work(inside):
            machine.close()
            inside.run("true", timeout=30)

        assert isinstance(builder.failure(builder.steps(), work, machine=machine), ConnectionLost)
    assert builder.mounted() == ""


def test_a_machine_that_is_gone_has_nothing_to_unmount(builder):
    """When the cloud says that there is no machine any more, that is the error, and not what followed from it."""

    def gone():
        raise NotFound("the builder is gone")

    steps = builder.steps()
    with builder.connect(Interruption()) as machine:

        def work(inside):
            machine.close()
            inside.run("true", timeout=30)

        assert str(builder.failure(steps, work, machine=machine, unmounter=gone)) == "the builder is gone"
    unmount_chroot(builder.machine, steps, say=builder.said.append)


def test_processes_started_inside_are_ended_even_those_that_ignore_it(builder):
    """A daemon in the chroot holds its mounts: it gets TERM, then KILL."""
    with builder.chroot(builder.steps()) as inside:
        inside.run("sleep 4323 > /dev/null 2>&1 &", timeout=30, check=True)
        inside.run("sh -c 'trap \"\" TERM; while :; do sleep 1; done' > /dev/null 2>&1 &", timeout=30, check=True)
    assert builder.mounted() == ""
    assert not _runs(builder, 'sleep 432[3]|trap "" TER[M]')


def test_a_process_outside_that_holds_a_mount_is_named_and_left_alone(builder, monkeypatch):
    """It is not ours to end: the message names it, its number, and the mount that stays."""
    monkeypatch.setattr("pulumi_hyperone.provider.chroot.unmount.BUSY_WAIT", 1.0)
    steps = builder.steps()

    def work(_inside):
        hold = f"sudo sh -c 'cd {steps.mount_path}/etc && exec sleep 4324' > /dev/null 2>&1 &"
        builder.machine.run(hold, timeout=30, check=True)
        deadline = time.monotonic() + 30
        while not _runs(builder, "^sleep 432[4]"):
            assert time.monotonic() < deadline, "the holding process never ran"
            time.sleep(0.2)

    error = builder.failure(steps, work)
    assert isinstance(error, SshError)
    assert re.search(rf"still mounted: {steps.mount_path}; held by sleep \(process \d+\): .* must end what", str(error))
    assert "busy" in str(error)
    assert _runs(builder, "sleep 432[4]")
    builder.run("sudo pkill -f 'sleep 432[4]'")
    unmount_chroot(builder.machine, steps, say=builder.said.append)
    assert builder.mounted() == ""


def test_when_unmounting_fails_after_a_failure_both_are_told(builder, monkeypatch):
    """The first error stays first; what is still mounted and who holds it follows."""
    monkeypatch.setattr("pulumi_hyperone.provider.chroot.unmount.BUSY_WAIT", 1.0)
    hold = "sh -c 'cd {{.MountPath}}; exec sleep 4325' > /dev/null 2>&1 &"
    held = "sh -c 'until pgrep -f ^sleep.432[5]; do sleep 0.2; done'"
    steps = builder.steps(post_mount_commands=[hold, held, FAILING])
    error = builder.failure(steps)
    assert isinstance(error, LeftBehind)
    assert re.search(r"(?s)post_mount_commands\[2\].*failed too: still mounted.*sleep \(process \d+\)", str(error))
    builder.run("sudo pkill -f 'sleep 432[5]'")
    unmount_chroot(builder.machine, steps, say=builder.said.append)


def _runs(builder, pattern: str) -> bool:
    return builder.machine.run(f"pgrep -f '{pattern}'", timeout=30).exit_code == 0
