"""Rules about logins, host keys and the keys that stay in an image."""

import pytest
from rules import logins

SAFE = {"ssh_agent_auth": False, "ssh_disable_agent_forwarding": True, "ssh_private_key_file": ""}
AGENT_OPTIONS = {
    "ssh_agent_auth": True,
    "ssh_bastion_agent_auth": True,
    "ssh_disable_agent_forwarding": False,
}


@pytest.mark.parametrize("communicator", [SAFE, {}, None])
def test_a_login_with_the_builds_own_key_passes(judge, communicator):
    """Defaults break neither rule."""
    for rule in (logins.no_ssh_agent, logins.no_private_key_files):
        assert judge(rule, "Provisioning", communicator=communicator) == []


@pytest.mark.parametrize("option", AGENT_OPTIONS)
def test_each_use_of_an_agent_is_refused_unless_allowed(judge, option):
    """Logins and forwarding, each under its own name."""
    communicator = {**SAFE, option: AGENT_OPTIONS[option]}
    found = judge(logins.no_ssh_agent, "Provisioning", communicator=communicator)
    assert [message.split(":")[0] for message in found] == [f"images.web.{option}"]
    config = {"allowed_options": [option]}
    assert judge(logins.no_ssh_agent, "Provisioning", config, communicator=communicator) == []


@pytest.mark.parametrize("option", ["ssh_private_key_file", "ssh_bastion_private_key_file"])
def test_each_private_key_file_is_refused_unless_allowed(judge, option):
    """The machine's and the bastion's."""
    communicator = {**SAFE, option: "keys/id_ed25519"}
    found = judge(logins.no_private_key_files, "Provisioning", communicator=communicator)
    assert [message.split(":")[0] for message in found] == [f"images.web.{option}"]
    config = {"allowed_options": [option]}
    assert judge(logins.no_private_key_files, "Provisioning", config, communicator=communicator) == []


@pytest.mark.parametrize(
    ("place", "provisioner"),
    [
        ("inline[1]", {"inline": ["true", "scp -o StrictHostKeyChecking=no a b:"]}),
        ("inline[0]", {"inline": ["ssh -o 'StrictHostKeyChecking off' b"]}),
        ("extra_arguments[0]", {"extra_arguments": ["--ssh-extra-args=-o UserKnownHostsFile=/dev/null"]}),
        ("ansible_env_vars[0]", {"ansible_env_vars": ["ANSIBLE_HOST_KEY_CHECKING=False"]}),
        ("env.ANSIBLE_HOST_KEY_CHECKING", {"env": {"ANSIBLE_HOST_KEY_CHECKING": "0"}}),
        ("content", {"content": "[defaults]\nhost_key_checking = False\n"}),
    ],
)
def test_switched_off_host_key_checks_are_found(judge, place, provisioner):
    """In commands, arguments, variables and uploaded texts; the message says where."""
    found = judge(logins.host_keys_checked, "Provisioning", provisioners=[provisioner])
    assert [message.split(": ")[0] for message in found] == [f"images.web.provisioners[0].{place}"]


def test_switched_off_host_key_checks_are_found_in_chroot_commands(judge):
    """Commands of chroot builds are commands too."""
    chroot = {"post_mount_commands": ["scp -oStrictHostKeyChecking=no a b:"]}
    found = judge(logins.host_keys_checked, "Provisioning", provisioners=[], chroot=chroot)
    assert [message.split(": ")[0] for message in found] == ["images.web.chroot.post_mount_commands[0]"]


@pytest.mark.parametrize(
    "text",
    [
        "ssh-keyscan -t ed25519 host >> known_hosts",
        "scp -o StrictHostKeyChecking=yes a b:",
        "export ANSIBLE_HOST_KEY_CHECKING=True",
        "UserKnownHostsFile=/etc/ssh/known",
    ],
)
def test_checked_host_keys_pass(judge, text):
    """The same options with safe values."""
    assert judge(logins.host_keys_checked, "Provisioning", provisioners=[{"inline": [text]}]) == []


def test_a_key_that_stays_in_the_image_is_refused(judge):
    """Unless it is cleared, or the image is made of another disk than the key is on."""
    rule = logins.authorized_keys_cleared
    found = judge(rule, "Provisioning", communicator={"ssh_clear_authorized_keys": False})
    assert [message.split(":")[0] for message in found] == ["images.web.ssh_clear_authorized_keys"]
    assert judge(rule, "Provisioning", communicator={"ssh_clear_authorized_keys": True}) == []
    assert judge(rule, "Provisioning", communicator=SAFE, chroot={"mount_options": []}) == []
