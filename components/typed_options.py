"""The options of an image as types that editors complete and type checkers check.

A plain mapping may hold the same, and what is read loosely besides (`"10"` for a number). Options that decide which
resources there are cannot be outputs. `make options` writes this file from the fields of the settings and the tables of
docs/settings.md and docs/provisioners.md.
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
    """One provisioner."""

    pause_before: Duration
    """Wait before it starts"""
    timeout: Duration
    """How long it may take, including the wait before it; 0 means 24 h"""
    max_retries: Whole
    """How often a failed one is repeated, including its waits"""


class ScriptOptions(ProvisionerOptions, total=False):
    """Runs `inline` commands as one script, or `script`, or `scripts` one after the other."""

    inline: Texts
    """Commands, run as one script"""
    script: Text
    """Local script file"""
    scripts: Texts
    """Local script files, run in order"""
    environment_vars: Texts
    """Variables, each as `NAME=value`"""
    env: TextMap
    """Variables as a map; wins over `environment_vars`"""
    inline_shebang: Text
    """What runs the `inline` script"""
    binary: Switch
    """Leave CRLF line endings as they are"""
    valid_exit_codes: Value[Sequence[Whole]]
    """Exit codes that do not count as failures"""


class ShellOptions(ScriptOptions, total=False):
    """Scripts that run on the machine."""

    type: Required[Literal["shell"]]
    execute_command: Text
    """Command line that runs the script; holds `{{.Path}}`, and `{{.Vars}}` or `{{.EnvVarFile}}`. Default: `chmod
    +x {{.Path}}; {{.Vars}} {{.Path}}`"""
    env_var_format: Text
    """How one variable is written, with `%s` for name and for value; without it `%s='%s' `"""
    use_env_var_file: Switch
    """Bring the variables in a file that the script's shell reads first"""
    remote_folder: Text
    """Folder on the machine for the script"""
    remote_file: Text
    """Name of the script there; without it `script_NNNN.sh`"""
    remote_path: Text
    """Both in one"""
    skip_clean: Switch
    """Leave the script on the machine"""
    expect_disconnect: Switch
    """The script may cut the connection (a reboot): reconnect then"""
    start_retry_timeout: Duration
    """How long to keep trying to send the script to a machine that does not answer"""
    pause_after: Duration
    """Wait after the last script"""


class FileOptions(ProvisionerOptions, total=False):
    """Files and folders that are copied as Packer does, see docs/provisioners.md."""

    type: Required[Literal["file"]]
    source: Text
    """What to copy"""
    sources: Texts
    """The same, several"""
    content: Text
    """Text to write instead of a source"""
    destination: Required[Text]
    """Where to"""
    direction: Value[Literal["upload", "download"]]
    """To the machine or from it"""
    generated: Switch
    """The source is only created during the build: do not look for it before"""
    mode: Text
    """Permission bits of the files, in octal; without it as in Packer"""
    owner: Text
    """`user`, `user:group`: installed as root (through `sudo`)"""


class ShellLocalOptions(ScriptOptions, total=False):
    """Scripts that run on this computer."""

    type: Required[Literal["shell-local"]]
    command: Text
    """One inline command"""
    execute_command: Texts
    """Program and arguments that run the script, with `{{.Vars}}` and `{{.Script}}`. Default: `/bin/sh`, `-c`,
    `{{.Vars}} {{.Script}}`"""
    tempfile_extension: Text
    """Extension of the temporary script's name"""


class AnsibleOptions(ProvisionerOptions, total=False):
    """A playbook."""

    type: Required[Literal["ansible"]]
    playbook_file: Required[Text]
    """Playbook to run"""
    command: Text
    """Program to run"""
    extra_arguments: Texts
    """Further arguments of it"""
    ansible_env_vars: Texts
    """Variables for it, each as `NAME=value`"""
    host_alias: Text
    """Name of the machine in the inventory"""
    groups: Texts
    """Inventory groups that the machine is in"""
    empty_groups: Texts
    """Inventory groups without a machine"""
    user: Text
    """User to log in as; without it `ssh_username`"""
    galaxy_file: Text
    """Requirements that `ansible-galaxy` installs first"""
    galaxy_command: Text
    """Program for that"""
    roles_path: Text
    """Folder of roles, and where requirements go"""
    keep_inventory_file: Switch
    """Keep the inventory (never the keys)"""


class BreakpointOptions(ProvisionerOptions, total=False):
    """Holds the build until a file named `continue` is put beside the log."""

    type: Required[Literal["breakpoint"]]
    disable: Switch
    """Do not pause"""
    note: Text
    """What to say"""


class SleepOptions(ProvisionerOptions, total=False):
    """Waits for `duration`."""

    type: Required[Literal["sleep"]]
    duration: Required[Duration]
    """How long"""


AnyProvisioner: TypeAlias = (
    ShellOptions | FileOptions | ShellLocalOptions | AnsibleOptions | BreakpointOptions | SleepOptions
)


class ImageTagOptions(TypedDict, total=False):
    """One `image_tag` block."""

    key: Required[Text]
    value: Text


class SourceImageFilterOptions(TypedDict, total=False):
    """The image that has all `tags` and a name that matches `name` (`*`, `?`, `[abc]`)."""

    tags: Mapping[str, str]
    name: str
    newest: bool


class VmTagOptions(TypedDict, total=False):
    """One `vm_tag` block."""

    name: Required[Text]
    value: Text


class ImageOptions(TypedDict, total=False):
    """All options of one image, for `HyperOneImage`."""

    communicator: Literal["ssh", "none"]
    """How the machine is reached"""
    wait_for: Texts
    """What must be ready before provisioning"""
    pause_before_connecting: Duration
    """Wait before the first attempt"""
    ssh_host: Text
    """Address to use instead of the VM's"""
    ssh_port: Whole
    """Port"""
    ssh_username: Text
    """User to log in as; HyperOne creates it"""
    ssh_password: Text
    """Password to log in with"""
    ssh_private_key_file: Text
    """Your own key, offered in addition to the temporary one"""
    ssh_certificate_file: Text
    """Certificate of your own key; needs `ssh_private_key_file`"""
    ssh_agent_auth: Switch
    """Offer the keys of the running ssh-agent"""
    ssh_disable_agent_forwarding: Switch
    """Do not forward your agent to the machine"""
    ssh_clear_authorized_keys: Switch
    """Remove the temporary key from the image"""
    temporary_key_pair_type: Literal["ed25519", "rsa"]
    """Kind of the temporary key"""
    temporary_key_pair_bits: int
    """Size of an `rsa` key; 0 is the default size"""
    ssh_timeout: Duration
    """How long to wait for SSH"""
    ssh_handshake_attempts: Whole
    """Refused logins until giving up; 0: until `ssh_timeout`"""
    ssh_keep_alive_interval: Duration
    """Silence after which a connection counts as lost; three probes are sent in that time. Negative: none"""
    ssh_read_write_timeout: Duration
    """Silence of a command after which its session counts as lost; 0: never"""
    ssh_pty: Switch
    """Run commands in a terminal"""
    ssh_ciphers: Texts
    """Ciphers to offer, in order"""
    ssh_key_exchange_algorithms: Texts
    """Key exchanges to offer, in order"""
    ssh_file_transfer_method: Value[Literal["scp", "sftp"]]
    """How files are sent"""
    ssh_bastion_host: Text
    """Host to go through"""
    ssh_bastion_port: Whole
    """Its port"""
    ssh_bastion_username: Text
    """User there"""
    ssh_bastion_password: Text
    """Password there"""
    ssh_bastion_private_key_file: Text
    """Key for it"""
    ssh_bastion_certificate_file: Text
    """Certificate of that key"""
    ssh_bastion_agent_auth: Switch
    """Offer the agent's keys there"""
    ssh_proxy_host: Text
    """Proxy to go through"""
    ssh_proxy_port: Whole
    """Its port"""
    ssh_proxy_username: Text
    """User of the proxy"""
    ssh_proxy_password: Text
    """Password of the proxy"""
    ssh_proxy_type: Value[Literal["socks5", "http"]]
    """Kind of proxy"""
    chroot_disk: bool
    """Build on a second disk inside a chroot"""
    chroot_disk_size: Number
    """Size of the chroot disk; if unset, `disk_size`"""
    chroot_disk_type: Text
    """Type of the chroot disk; if unset, `disk_type`"""
    chroot_device: Text
    """Device of the chroot disk on the builder; if unset, it is detected"""
    chroot_command_wrapper: Text
    """Wraps each command line on the builder, as plain text; `{{.Command}}`"""
    chroot_mount_path: Text
    """Where the root file system is mounted on the builder"""
    chroot_mounts: Value[Sequence[Texts]]
    """Extra mounts in order, each of type (or `bind`), source and place in the chroot; an empty list means the
    defaults"""
    chroot_copy_files: Texts
    """Files of the builder to copy in; an empty list copies nothing"""
    mount_options: Texts
    """Options of the root mount, each passed with `-o`"""
    mount_partition: Text
    """What follows the device's name for the root partition, such as `1` or `p3`"""
    pre_mount_commands: Texts
    """Commands before mounting, such as partitioning; `{{.Device}}`, `{{.MountPath}}`. Required with
    `chroot_disk`"""
    post_mount_commands: Texts
    """Commands after mounting, before the extra mounts; `{{.Device}}`, `{{.MountPath}}`"""
    record: bool
    """Keep what is in the image, and say what changed since the one before"""
    record_dir: str
    """Folder that gets copies of record, residue and statement of each image, in a folder of the image's id"""
    residue: Literal["ignore", "report", "fail", "clean"]
    """What is done about secrets, keys and traces of the build that are left on the machine: nothing, a warning, no
    image, or removal"""
    release: Literal["at-destroy", "after-image"]
    """When the machines and disks of a build are removed: `at-destroy`, or `after-image`, as soon as the image
    exists"""
    skip_create_image: bool
    """Build and provision, create no image and leave nothing in the cloud"""
    existing_id: Text
    """Image to take over, id or name: nothing is built, changed or removed, and no other option is required"""
    pin_source: bool
    """Whether the source image of the last build stays the source when its name now means another image"""
    verify: Sequence[str]
    """Commands that must succeed on a machine started from the new image before anybody gets its id; each may take
    `state_timeout`"""
    on_verify_failure: Literal["delete", "quarantine"]
    """What becomes of an image that fails: `delete` it with its build, or keep it under the tag `quarantine`"""
    tag_current: bool
    """Whether the tag `current` moves to the new image; left out: with `verify`"""
    keep_last: int
    """How many images of this name and stack stay in the cloud, the new one included; left out: all"""
    manifest: str
    """File that a record of the image is written to, in the shape of Packer's manifest"""
    provenance_key: str
    """File of a private key that a statement of how the image was made is signed with, or of a public key whose
    private half an ssh-agent holds; no rebuild when it changes"""
    image_name: Text
    """Name of the image; changed in place"""
    image_description: Text
    """Description of the image, byte for byte unless it holds `{{`; changed in place"""
    image_service: Text
    """Service of the image"""
    image_tags: TextMap
    """Tags of the image; changed in place"""
    image_tag: Value[Sequence[ImageTagOptions]]
    """The same as blocks with `key` and `value`, which override `image_tags`"""
    image_access_rights: Texts
    """Other projects that may use the image, by id, or `*` for everybody: granted after the boot test, changed in
    place; first generation of the API only"""
    keep_image: bool
    """Whether `pulumi destroy` and rebuilds leave the image in the cloud"""
    on_failure: Literal["keep", "cleanup"]
    """What happens to the VM when a provisioner fails: `keep` it for inspection, or `cleanup`"""
    provisioners: Value[Sequence[AnyProvisioner]]
    """What runs on the machine, in order: see provisioners"""
    error_cleanup_provisioner: Value[Sequence[AnyProvisioner]]
    """What runs on the machine after a provisioner has failed, before the build ends"""
    post_processors: Value[Sequence[ShellLocalOptions]]
    """What runs on this computer once the image exists: `shell-local`, with `HYPERONE_IMAGE_ID` and
    `HYPERONE_IMAGE_NAME` in its environment; it runs again when it changes"""
    network: Text
    """Network of the VM's adapter: id or name; if unset, the VM gets a public adapter"""
    private_ip: Text
    """Address in `network`: id, name or the address; has no effect without `network`"""
    public_ip: Text
    """Public address to use: id, name or the address; with `network` it is associated with the private one. It is
    released with the VM"""
    public_netadp_service: Text
    """Service of the public adapter; has no effect with `network`"""
    source_image: Text
    """Image to start from: id or name, or `${images.NAME}` for another image of this stack, which is then built
    first; `source_image_filter` can stand for it"""
    source_image_filter: SourceImageFilterOptions
    """Instead of `source_image`: the image of this project that has all `tags` and a name that matches `name` (`*`,
    `?`, `[abc]`); with `newest` the newest of several"""
    vm_type: Text
    """Type of the temporary VM: id or name"""
    disk_size: Number
    """Size of the system disk, at least that of the source image"""
    disk_type: Text
    """Type of the system disk"""
    disk_name: Text
    """Name of the system disk; if unset, HyperOne names it"""
    vm_name: Text
    """Name of the temporary VM"""
    vm_tags: TextMap
    """Tags of the temporary VM; `protected` is refused: it would keep the VM from being deleted"""
    vm_tag: Value[Sequence[VmTagOptions]]
    """The same as blocks with `name` and `value`, which override `vm_tags`"""
    ssh_keys: Texts
    """Further public keys for the VM's user: ids or names of registered ones, or raw keys"""
    user_data: Text
    """What cloud-init reads at the first start. Base64-encoded for the API, unless it already is"""
    user_data_file: Text
    """The same, from a local file; templates in it are not rendered"""
    state_timeout: str
    """How long the cloud may take for one operation"""


class AccountOptions(TypedDict, total=False):
    """The account: stack config `hyperone:`."""

    token: str
    """Token of a user session or a service account; see authentication for other sources"""
    project: str
    """Project: id or name; session tokens need one"""
    api_url: str
    """Address of the API with its version; https, except for this machine; if unset, `HYPERONE_API_URL`, then
    HyperOne's own"""
    api_version: Literal["v1", "v2"]
    """Generation of the API; if unset, the end of `api_url` decides, then the credentials that are found"""
    location: str
    """v2: where the project's objects are; if unset, `pl-waw-1`"""
    passport_file: str
    """v2: passport of a service account; if unset, `HYPERONE_PASSPORT_FILE`, then `~/.h1/passport.json`"""
    audience: str
    """v2: whom tokens are signed for, if not for the address itself; if unset, `HYPERONE_AUDIENCE`"""
    token_login: str
    """E-mail for the login by ssh-agent"""
    token_login_host: str
    """Host of that login, where it is not HyperOne's own; needs `token_login_host_key`"""
    token_login_host_key: str
    """The host key it must show"""
    state_timeout: str
    """How long the cloud may take for one operation, for images without a time-out of their own"""
