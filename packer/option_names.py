"""Which options there are: the builder's, those that belong to the project, and the provisioners'."""

from __future__ import annotations

from functools import cache

from pulumi_hyperone.provider.foundation.option import decoders, facts
from pulumi_hyperone.provider.foundation.weak_types import split_commands, weak_duration, weak_list
from pulumi_hyperone.provider.provisioners.catalog import TYPES
from pulumi_hyperone.settings import ImageSettings

DEFAULTED = ("image_name", "vm_name", "disk_type", "state_timeout", "public_netadp_service", "ssh_username")
"""Options whose defaults decide what is built, for the report."""

CHROOT_DEFAULTED = (
    *("chroot_command_wrapper", "chroot_copy_files", "chroot_disk_size", "chroot_disk_type"),
    *("chroot_mount_path", "chroot_mounts", "mount_partition"),
)
"""The same for chroot builds."""

OLD_NAMES = {"ssh_wait_timeout": "ssh_timeout"}
"""Older names of options that Packer still takes, with today's."""

PACKER_ONLY = {
    "run_command": "it never had an effect in this builder",
    "mount_path": "it never had an effect in this builder; chroot_mount_path is the option",
    "ssh_interface": "the address follows from network, private_ip and public_ip",
    "ssh_ip_version": "the address follows from network, private_ip and public_ip",
    "ssh_keypair_name": "it has no meaning for HyperOne",
    "ssh_remote_tunnels": "tunnels are not supported",
    "ssh_local_tunnels": "tunnels are not supported",
    "ssh_bastion_interactive": "nobody can type a password here",
    "ssh_disable_agent": "it is an old option, the opposite of ssh_agent_auth",
    "packer_build_name": "Packer sets it itself",
    "packer_builder_type": "Packer sets it itself",
    "packer_debug": "Packer sets it itself",
    "packer_force": "Packer sets it itself",
    "packer_on_error": "Packer sets it itself",
}
"""Options that Packer takes and that nothing here answers to, with why."""

DROPPED = {
    "shell-local": frozenset({"env_var_format", "only_on"}),
    "ansible": frozenset(
        {"inventory_directory", "inventory_file", "inventory_file_template", "collections_path"}
        | {"galaxy_force_install", "galaxy_force_with_deps", "ansible_ssh_extra_args"}
    ),
}
"""Options that Packer has for kinds of provisioners that are run here, without a counterpart."""

NEEDLESS = {
    "ansible": frozenset(
        {"use_proxy", "local_port", "use_sftp", "sftp_command", "ssh_host_key_file", "ssh_authorized_key_file"}
        | {"ansible_proxy_key_type", "ansible_proxy_host", "skip_version_check"}
    ),
    "shell-local": frozenset({"use_linux_pathing"}),
}
"""Provisioner options about how Packer itself does things (its SSH proxy for Ansible): nothing is lost without them."""

OTHER_PROVISIONERS = frozenset(
    {"ansible-local", "chef-client", "chef-solo", "converge", "hcp-sbom", "inspec", "powershell", "puppet-masterless"}
    | {"puppet-server", "salt-masterless", "windows-restart", "windows-shell", "windows-update", "goss", "rspec"}
)
"""Provisioners of Packer that are not run here."""


@cache
def builder_options() -> frozenset[str]:
    """Return the names of all options of an image."""
    return frozenset(ImageSettings.model_fields)


@cache
def provisioner_options(kind: str) -> frozenset[str]:
    """Return the options of a kind of provisioner that have an effect here."""
    return frozenset(TYPES[kind].model_fields)


@cache
def run_time_fields(kind: str) -> dict[str, frozenset[str]]:
    """Return the options of a kind of provisioner that are finished when it runs, and the fields they may use."""
    return {option: frozenset(fact.fields) for option, fact in facts(TYPES[kind]).items()} if kind in TYPES else {}


def default_of(option: str) -> object:
    """Return the default of an image's option; for a chroot disk the name of the option that it takes it from."""
    value = ImageSettings.model_fields[option].get_default(call_default_factory=True)
    return option.removeprefix("chroot_") if value is None else value


def is_list(kind: str, option: str) -> bool:
    """Say whether an option takes a list, so that one text is split at its commas; `kind` is "" for an image's."""
    return is_command_list(kind, option) or weak_list in _decoders(kind, option)


def is_command_list(kind: str, option: str) -> bool:
    """Say whether the entries of a list are commands, which may well hold a comma of their own."""
    return split_commands in _decoders(kind, option)


def is_duration(kind: str, option: str) -> bool:
    """Say whether an option takes a duration."""
    return weak_duration in _decoders(kind, option)


@cache
def _decoders(kind: str, option: str) -> frozenset[object]:
    field = (TYPES[kind] if kind else ImageSettings).model_fields.get(option)
    return frozenset(decoders(field.annotation, field.metadata)) if field else frozenset()
