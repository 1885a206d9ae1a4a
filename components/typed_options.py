"""The options of an image as types that editors complete and type checkers check: docs/settings.md has their meaning.

A plain mapping may hold the same, and what is read loosely besides (`"10"` for a number). Options that decide which
resources there are cannot be outputs. Tests hold these types against the fields of `ImageSettings`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Required, TypeAlias, TypedDict, TypeVar

import pulumi

T = TypeVar("T")
Value: TypeAlias = T | pulumi.Output[T]
Text: TypeAlias = Value[str]
Texts: TypeAlias = Value[Sequence[Text]]
Switch: TypeAlias = Value[bool]
Number: TypeAlias = Value[float]
Whole: TypeAlias = Value[int]
Duration: TypeAlias = Value[str]
"""As in Go: `5m`, `1h2m3s`, `500ms`."""
TextMap: TypeAlias = Value[Mapping[str, Text]]


class ProvisionerOptions(TypedDict, total=False):
    """What all provisioners have."""

    pause_before: Duration
    timeout: Duration
    max_retries: Whole


class ScriptOptions(ProvisionerOptions, total=False):
    """What shell and shell-local share."""

    inline: Texts
    script: Text
    scripts: Texts
    environment_vars: Texts
    env: TextMap
    inline_shebang: Text
    binary: Switch
    valid_exit_codes: Value[Sequence[Whole]]


class ShellOptions(ScriptOptions, total=False):
    """Scripts that run on the machine."""

    type: Required[Literal["shell"]]
    execute_command: Text
    env_var_format: Text
    use_env_var_file: Switch
    remote_folder: Text
    remote_file: Text
    remote_path: Text
    skip_clean: Switch
    expect_disconnect: Switch
    start_retry_timeout: Duration
    pause_after: Duration


class ShellLocalOptions(ScriptOptions, total=False):
    """Scripts that run on this computer."""

    type: Required[Literal["shell-local"]]
    command: Text
    execute_command: Texts
    tempfile_extension: Text


class FileOptions(ProvisionerOptions, total=False):
    """Files and folders that are sent to the machine or fetched from it."""

    type: Required[Literal["file"]]
    source: Text
    sources: Texts
    content: Text
    destination: Required[Text]
    direction: Value[Literal["upload", "download"]]
    generated: Switch
    mode: Text
    owner: Text


class AnsibleOptions(ProvisionerOptions, total=False):
    """A playbook that runs on this computer against the machine."""

    type: Required[Literal["ansible"]]
    playbook_file: Required[Text]
    command: Text
    extra_arguments: Texts
    ansible_env_vars: Texts
    host_alias: Text
    groups: Texts
    empty_groups: Texts
    user: Text
    galaxy_file: Text
    galaxy_command: Text
    roles_path: Text
    keep_inventory_file: Switch


class SleepOptions(ProvisionerOptions, total=False):
    """A pause."""

    type: Required[Literal["sleep"]]
    duration: Required[Duration]


class BreakpointOptions(ProvisionerOptions, total=False):
    """A stop that waits for Enter."""

    type: Required[Literal["breakpoint"]]
    disable: Switch
    note: Text


AnyProvisioner: TypeAlias = (
    ShellOptions | ShellLocalOptions | FileOptions | AnsibleOptions | SleepOptions | BreakpointOptions
)


class ImageTagOptions(TypedDict, total=False):
    """One `image_tag` block."""

    key: Required[Text]
    value: Text


class SourceImageFilterOptions(TypedDict, total=False):
    """Which image to start from, where it is not named."""

    tags: Mapping[str, str]
    name: str
    newest: bool


class VmTagOptions(TypedDict, total=False):
    """One `vm_tag` block."""

    name: Required[Text]
    value: Text


class CommunicatorInputs(TypedDict, total=False):
    """How the machine is reached."""

    communicator: Literal["ssh", "none"]
    wait_for: Texts
    pause_before_connecting: Duration
    ssh_host: Text
    ssh_port: Whole
    ssh_username: Text
    ssh_password: Text
    ssh_private_key_file: Text
    ssh_certificate_file: Text
    ssh_agent_auth: Switch
    ssh_disable_agent_forwarding: Switch
    ssh_clear_authorized_keys: Switch
    temporary_key_pair_type: Literal["ed25519", "rsa"]
    temporary_key_pair_bits: int
    ssh_timeout: Duration
    ssh_handshake_attempts: Whole
    ssh_keep_alive_interval: Duration
    ssh_read_write_timeout: Duration
    ssh_pty: Switch
    ssh_ciphers: Texts
    ssh_key_exchange_algorithms: Texts
    ssh_file_transfer_method: Value[Literal["scp", "sftp"]]
    ssh_bastion_host: Text
    ssh_bastion_port: Whole
    ssh_bastion_username: Text
    ssh_bastion_password: Text
    ssh_bastion_private_key_file: Text
    ssh_bastion_certificate_file: Text
    ssh_bastion_agent_auth: Switch
    ssh_proxy_host: Text
    ssh_proxy_port: Whole
    ssh_proxy_username: Text
    ssh_proxy_password: Text
    ssh_proxy_type: Value[Literal["socks5", "http"]]


class ChrootInputs(TypedDict, total=False):
    """The second disk of a chroot build, and what is mounted where."""

    chroot_disk: bool
    chroot_disk_size: Number
    chroot_disk_type: Text
    chroot_device: Text
    chroot_command_wrapper: Text
    chroot_mount_path: Text
    chroot_mounts: Value[Sequence[Texts]]
    chroot_copy_files: Texts
    mount_options: Texts
    mount_partition: Text
    pre_mount_commands: Texts
    post_mount_commands: Texts


class ImageOptions(CommunicatorInputs, ChrootInputs, total=False):
    """All options of one image, for `HyperOneImage`."""

    source_image: Text
    source_image_filter: SourceImageFilterOptions
    vm_type: Text
    disk_size: Number
    disk_type: Text
    disk_name: Text
    vm_name: Text
    vm_tags: TextMap
    vm_tag: Value[Sequence[VmTagOptions]]
    ssh_keys: Texts
    user_data: Text
    user_data_file: Text
    state_timeout: str
    network: Text
    private_ip: Text
    public_ip: Text
    public_netadp_service: Text
    image_name: Text
    image_description: Text
    image_service: Text
    image_tags: TextMap
    image_tag: Value[Sequence[ImageTagOptions]]
    image_access_rights: Texts
    keep_image: bool
    on_failure: Literal["keep", "cleanup"]
    provisioners: Value[Sequence[AnyProvisioner]]
    error_cleanup_provisioner: Value[Sequence[AnyProvisioner]]
    post_processors: Value[Sequence[ShellLocalOptions]]
    release: Literal["at-destroy", "after-image"]
    skip_create_image: bool
    existing_id: Text
    pin_source: bool
    verify: Sequence[str]
    on_verify_failure: Literal["delete", "quarantine"]
    tag_current: bool
    keep_last: int
    manifest: str
    provenance_key: str
    record: bool
    record_dir: str
    residue: Literal["ignore", "report", "fail", "clean"]
