"""A real ansible-playbook against a real sshd, directly and through a bastion."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pulumi_hyperone.provider.foundation.errors import ProvisionerFailed
from pulumi_hyperone.provider.provisioners.build_log import BuildLog
from pulumi_hyperone.provider.provisioners.catalog import parse
from pulumi_hyperone.provider.provisioners.context import RunContext
from pulumi_hyperone.provider.provisioners.run import run_all
from pulumi_hyperone.provider.ssh.chroot import ChrootMachine
from pulumi_hyperone.provider.ssh.keys import generate
from tests.support.provisioner_options import shows

PROGRAM = Path(sys.executable).with_name("ansible-playbook")
pytestmark = [
    pytest.mark.cloud,
    pytest.mark.skipif(
        not PROGRAM.exists() and not shutil.which("ansible-playbook"), reason="ansible is not installed"
    ),
]

PLAYBOOK = """
- hosts: web
  gather_facts: false
  vars: {{ansible_python_interpreter: {python}}}
  roles: [greet]
  tasks:
    - copy: {{dest: "{there}/t", content: "{{{{ who }}}}"}}
    - command: /bin/{command}
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A project with a playbook and a role beside it."""
    folder = tmp_path / "project"
    (folder / "roles" / "greet" / "tasks").mkdir(parents=True)
    (tmp_path / "there").mkdir()
    role = f"- shell: echo role > {tmp_path}/there/role\n"
    (folder / "roles" / "greet" / "tasks" / "main.yml").write_text(role)
    for name, command in (("good", "true"), ("bad", "false")):
        text = PLAYBOOK.format(python=sys.executable, there=tmp_path / "there", command=command)
        (folder / f"{name}.yml").write_text(text)
    return folder


@pytest.fixture
def play(base, tmp_path, interruption):
    """Run a playbook on a machine; returns the text of the log."""

    def do(machine, playbook: str, **options) -> str:
        raw = {"type": "ansible", "playbook_file": playbook, "command": str(PROGRAM), "groups": ["web"], **options}
        provisioners, faults = parse([raw], base, "provisioners")
        assert faults == []
        with BuildLog(tmp_path / "log") as log:
            run_all(provisioners, machine, RunContext(log, interruption, base))
        return (tmp_path / "log").read_text()

    return do


@shows("ansible", "playbook_file", "command", "extra_arguments", "ansible_env_vars", "groups")
def test_playbook_runs_on_the_machine(machine, play, tmp_path: Path) -> None:
    """Tasks and roles run there with the extra arguments, over the pinned host key; nothing of the key stays here."""
    log = play(
        machine, "good.yml", extra_arguments=["-e", '{"who": "it\'s $HOME"}'], ansible_env_vars=["ANSIBLE_VERBOSITY=1"]
    )
    assert (tmp_path / "there" / "role").read_text() == "role\n"
    assert (tmp_path / "there" / "t").read_text() == "it's $HOME"
    assert "failed=0" in log


LOOK = "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"


def test_extra_variables_are_on_no_command_line(machine, play, base, tmp_path: Path) -> None:
    """While the playbook runs no process of this computer has them among its arguments; the playbook has them."""
    text = (
        "- hosts: web\n  gather_facts: false\n  tasks:\n"
        f'    - local_action: {{module: shell, cmd: "{LOOK} > {tmp_path}/seen"}}\n'
        f'    - local_action: {{module: copy, dest: {tmp_path}/told, content: "{{{{ one }}}} {{{{ two }}}}"}}\n'
    )
    (base / "look.yml").write_text(text.replace("\\0", "\\\\0"))
    play(machine, "look.yml", extra_arguments=["-e", "one='sesame one'", '--extra-vars={"two": "sesame-two"}'])
    assert (tmp_path / "told").read_text() == "sesame one sesame-two"
    assert "ansible-playbook" in (tmp_path / "seen").read_text()
    assert "sesame" not in (tmp_path / "seen").read_text()


def test_failing_playbook_fails_the_build(machine, play) -> None:
    """A failed task is a failed provisioner, with its output."""
    with pytest.raises(ProvisionerFailed, match="ended with exit code 2") as caught:
        play(machine, "bad.yml", extra_arguments=["-e", "who=x"])
    assert "failed=1" in str(caught.value)


def test_other_host_key_is_refused(sshd, machine, play) -> None:
    """Ansible checks the pinned host key too."""
    sshd.stop()
    sshd.new_host_key()
    sshd.start()
    with pytest.raises(ProvisionerFailed, match="exit code 4"):
        play(machine, "good.yml", extra_arguments=["-e", "who=x"])


@pytest.mark.parametrize("way", ["key", "certificate"])
def test_through_a_bastion(make_sshd, connect, play, tmp_path: Path, way: str) -> None:
    """Ansible goes the same way as the build, with the bastion's own key or a certificate of it."""
    pair = generate()
    for name, text in (("bastion", pair.private), ("bastion.pub", pair.public), ("ca", generate().private)):
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text(text)
    with (tmp_path / "ca.pub").open("w") as public:
        subprocess.run(["ssh-keygen", "-y", "-f", str(tmp_path / "ca")], check=True, stdout=public)
    bastion, target = make_sshd(f"TrustedUserCAKeys {tmp_path}/ca.pub", allow=False), make_sshd()
    options = {"ssh_bastion_private_key_file": str(tmp_path / "bastion")}
    if way == "key":
        bastion.allow(pair)
    else:
        sign = ["ssh-keygen", "-q", "-s", "ca", "-I", "x", "-n", bastion.user, "bastion.pub"]
        subprocess.run(sign, cwd=tmp_path, check=True)
        (tmp_path / "bastion-cert.pub").rename(tmp_path / "signed")
        options["ssh_bastion_certificate_file"] = str(tmp_path / "signed")
    machine = connect(target, ssh_bastion_host="127.0.0.1", ssh_bastion_port=bastion.port, **options)
    before = bastion.log.read_text().count("Accepted publickey")
    assert "failed=0" in play(machine, "good.yml", extra_arguments=["-e", "who=x"])
    assert bastion.log.read_text().count("Accepted publickey") > before


def test_a_playbook_in_the_home_folder(machine, play, base, tmp_path: Path, monkeypatch) -> None:
    """`~` means the same to us, who check and hash the playbook, and to Ansible."""
    monkeypatch.setenv("HOME", str(base))
    # Without connections that are kept: the paths of their sockets would be too long in this home folder.
    monkeypatch.setenv("ANSIBLE_SSH_ARGS", "-C")
    play(machine, "~/good.yml", extra_arguments=["-e", "who=x"])
    assert (tmp_path / "there" / "role").exists()


def test_chroot_is_refused(machine, play) -> None:
    """In a chroot build it would change the wrong system, and says so."""
    with pytest.raises(ProvisionerFailed, match="would change the builder"):
        play(ChrootMachine(machine, "/mnt"), "good.yml")


GREETED = """
- hosts: {hosts}
  gather_facts: false
  vars: {{ansible_python_interpreter: {python}}}
  roles: [named]
"""


@shows("ansible", "host_alias", "empty_groups", "roles_path", "galaxy_file", "galaxy_command", "keep_inventory_file")
def test_inventory_roles_and_requirements(machine, play, base, tmp_path: Path) -> None:
    """The role that galaxy installs runs on the host of that name; the inventory stays, its key does not."""
    source = tmp_path / "galaxy" / "named"
    (source / "tasks").mkdir(parents=True)
    (source / "meta").mkdir()
    (source / "meta" / "main.yml").write_text("galaxy_info: {author: me, description: x, min_ansible_version: '2.1'}\n")
    (source / "tasks" / "main.yml").write_text(f"- shell: echo {{{{ inventory_hostname }}}} > {tmp_path}/there/name\n")
    shutil.make_archive(str(source), "gztar", source.parent, "named")
    (base / "requirements.yml").write_text(f"- {{name: named, src: 'file://{source}.tar.gz'}}\n")
    (base / "named.yml").write_text(GREETED.format(hosts="vm:!none", python=sys.executable))
    galaxy = base / "galaxy"
    galaxy.write_text(
        f'#!/bin/sh\necho "$@" > {tmp_path}/galaxy-arguments\nexec {PROGRAM.with_name("ansible-galaxy")} "$@"\n'
    )
    galaxy.chmod(0o755)
    log = play(
        machine,
        "named.yml",
        host_alias="vm",
        empty_groups=["none"],
        roles_path="installed",
        galaxy_file="requirements.yml",
        galaxy_command=str(galaxy),
        keep_inventory_file=True,
    )
    assert (tmp_path / "galaxy-arguments").read_text() == "install -r requirements.yml -p installed\n"
    assert (tmp_path / "there" / "name").read_text() == "vm\n"
    kept = Path(log.partition("the inventory is kept in ")[2].partition(";")[0])
    try:
        assert sorted(path.name for path in kept.iterdir()) == ["inventory", "known_hosts"]
        assert "[web]\nvm\n[none]" in (kept / "inventory").read_text()
    finally:
        shutil.rmtree(kept)


@shows("ansible", "user")
def test_user_of_ansible_is_not_that_of_the_build(machine, play) -> None:
    """Ansible logs in as `user`, which this machine does not let in."""
    with pytest.raises(ProvisionerFailed, match="exit code 4") as caught:
        play(machine, "good.yml", user="somebody-else", extra_arguments=["-e", "who=x"])
    assert "somebody-else@127.0.0.1" in str(caught.value)
