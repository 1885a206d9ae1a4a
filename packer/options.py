"""Which options there are: the builder's, those that belong to the project, and the provisioners'."""

from __future__ import annotations

from functools import cache

BUILDER_TYPE = "hyperone"

PROJECT_OPTIONS = {
    "token": "hyperone:token",
    "project": "hyperone:project",
    "api_url": "hyperone:api_url",
    "token_login": "hyperone:token_login",
}
"""Options of Packer's builder that hold for the whole stack here, with their stack config key."""

RUN_TIME_FIELDS = {
    "chroot_command_wrapper": frozenset({"Command"}),
    "pre_mount_commands": frozenset({"Device", "MountPath"}),
    "post_mount_commands": frozenset({"Device", "MountPath"}),
}
"""Builder options that are finished on the machine, and the fields they may use (API facts 3.1)."""

COMMAND_LISTS = frozenset({"pre_mount_commands", "post_mount_commands", "inline"})
"""Lists whose entries may well hold a comma of their own."""

DURATIONS = frozenset(
    {"state_timeout", "ssh_timeout", "ssh_keep_alive_interval", "ssh_read_write_timeout", "pause_before_connecting"}
    | {"pause_before", "pause_after", "timeout", "start_retry_timeout"}
)
"""Options that take a duration."""

DEFAULTS = {
    "image_name": "packer-{{timestamp}}",
    "vm_name": "packer-{{uuid}}",
    "disk_type": "ssd",
    "state_timeout": "5m",
    "public_netadp_service": "public",
    "ssh_username": "guru",
}
"""Defaults of the builder that decide what is built, for the report."""

CHROOT_DEFAULTS = {
    "chroot_command_wrapper": "{{.Command}}",
    "chroot_copy_files": "/etc/resolv.conf",
    "chroot_disk_size": "disk_size",
    "chroot_disk_type": "disk_type",
    "chroot_mount_path": "/mnt/packer-hyperone-volumes/{{timestamp}}",
    "chroot_mounts": "proc, sysfs, /dev, devpts, binfmt_misc",
    "mount_partition": "1",
}
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
    "ssh_bastion_interactive": "nobody is there to type a password",
    "ssh_disable_agent": "it is the old name of the opposite of ssh_agent_auth",
    "packer_build_name": "it is set by Packer itself",
    "packer_builder_type": "it is set by Packer itself",
    "packer_debug": "it is set by Packer itself",
    "packer_force": "it is set by Packer itself",
    "packer_on_error": "it is set by Packer itself",
}
"""Options that Packer takes and that nothing here answers to, with why."""

PROVISIONER_COMMON = frozenset(
    {"type", "only", "except", "override", "pause_before", "timeout", "max_retries", "name", "keep_input_artifact"}
)

_SHELL = frozenset(
    {"inline", "script", "scripts", "environment_vars", "env", "env_var_format", "use_env_var_file"}
    | {"execute_command", "inline_shebang", "remote_folder", "remote_file", "remote_path", "skip_clean", "binary"}
    | {"valid_exit_codes", "expect_disconnect", "start_retry_timeout", "pause_after"}
)
_SHELL_LOCAL = frozenset(
    {"inline", "command", "script", "scripts", "environment_vars", "env", "env_var_format", "execute_command"}
    | {"inline_shebang", "valid_exit_codes", "only_on", "tempfile_extension", "use_linux_pathing"}
)
_ANSIBLE = frozenset(
    {"playbook_file", "extra_arguments", "ansible_env_vars", "command", "groups", "empty_groups", "host_alias", "user"}
    | {"inventory_directory", "inventory_file", "inventory_file_template", "keep_inventory_file", "galaxy_file"}
    | {"galaxy_command", "galaxy_force_install", "galaxy_force_with_deps", "roles_path", "collections_path"}
    | {"use_proxy", "use_sftp", "local_port", "sftp_command", "skip_version_check", "ssh_host_key_file"}
    | {"ssh_authorized_key_file", "ansible_ssh_extra_args", "ansible_proxy_key_type", "ansible_proxy_host"}
)
PROVISIONERS = {
    "shell": _SHELL,
    "file": frozenset({"source", "sources", "destination", "content", "direction", "generated", "mode", "owner"}),
    "shell-local": _SHELL_LOCAL,
    "ansible": _ANSIBLE,
    "breakpoint": frozenset({"note", "disable"}),
    "sleep": frozenset({"duration"}),
}
"""Options that Packer has for the kinds of provisioners that are run here, and ours."""

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

PROVISIONER_FIELDS = {
    "shell": {"execute_command": frozenset({"Vars", "Path", "EnvVarFile"})},
    "shell-local": {"execute_command": frozenset({"Vars", "Script", "Command"})},
}
"""Provisioner options that are finished when they run, and the fields they may use."""


@cache
def builder_options() -> frozenset[str]:
    """Return the names of all options of an image."""
    from pulumi_hyperone.settings import ImageSettings  # noqa: PLC0415 - settings need the templates package first

    return frozenset(ImageSettings.model_fields)


@cache
def provisioner_options(kind: str) -> frozenset[str]:
    """Return the options of a kind of provisioner that have an effect here; empty for kinds that are not run."""
    from pulumi_hyperone.provider.provisioners.catalog import TYPES  # noqa: PLC0415 - the same, for provisioners

    return frozenset(TYPES[kind].model_fields) if kind in TYPES else frozenset()


LISTS = frozenset(
    {"ssh_keys", "mount_options", "chroot_copy_files", "pre_mount_commands", "post_mount_commands", "scripts"}
    | {"inline", "environment_vars", "sources", "extra_arguments", "ansible_env_vars", "groups", "empty_groups"}
    | {"valid_exit_codes", "only_on"}
)
"""Options that take a list: a single text is split at its commas."""
