"""Which options decide what is in an image, in the form that the fingerprint compares."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from pulumi_hyperone.provider.foundation.weak_types import weak_str
from pulumi_hyperone.settings.provisioners import provisioner_parts
from pulumi_hyperone.settings.rendering import STABLE, render_option

if TYPE_CHECKING:
    from pulumi_hyperone.settings.image_settings import ImageSettings

_SHOWN = ("vm_type", "disk_size", "disk_type", "image_service")
_ON_THE_SYSTEM_DISK = ("ssh_username", "ssh_clear_authorized_keys")
"""The cloud makes the user and its keys on the system disk, which is the image unless there is a chroot disk."""
_CHROOT_SHOWN = ("mount_partition", "mount_options")
_CHROOT_HASHED = (
    "chroot_command_wrapper",
    "chroot_copy_files",
    "chroot_device",
    "chroot_mount_path",
    "post_mount_commands",
    "pre_mount_commands",
)
"""Commands and paths may hold secrets, so only their hashes are kept."""


def parts(settings: ImageSettings) -> dict[str, str]:
    """Return option → text (shown in reasons) or hash; entries of lists as `option[0]`, so a reason can name one."""
    found = {option: _text(getattr(settings, option), option) for option in _SHOWN}
    if settings.user_data_bytes is not None:
        option = "user_data" if settings.user_data is not None else "user_data_file"
        content = (
            settings.user_data_bytes if settings.user_data is None else _stable(option, settings.user_data).encode()
        )
        found[option] = _hash(content)
    found |= provisioner_parts(settings.provisioners, settings.base_dir)
    if not settings.chroot_disk:
        found |= {option: _text(getattr(settings, option), option) for option in _ON_THE_SYSTEM_DISK}
        return found | _hashed("ssh_keys", settings.ssh_keys)
    found |= {
        "chroot_disk": "true",
        "chroot_disk_size": weak_str(settings.chroot_disk_size or settings.disk_size),
        "chroot_disk_type": _stable("chroot_disk_type", settings.chroot_disk_type or settings.disk_type),
    }
    found |= {option: _text(getattr(settings, option), option) for option in _CHROOT_SHOWN}
    for option in _CHROOT_HASHED:
        found |= _hashed(option, getattr(settings, option))
    return found | _hashed("chroot_mounts", [list(mount) for mount in settings.mounts])


def _hashed(option: str, value: Any) -> dict[str, str]:
    """Hash an option; each entry of a list on its own."""
    if isinstance(value, list):
        return {f"{option}[{index}]": _hash(_text(entry, option).encode()) for index, entry in enumerate(value)}
    return {} if value is None else {option: _hash(_text(value, option).encode())}


def _text(value: Any, option: str) -> str:
    if isinstance(value, list):
        return repr([_text(entry, option) for entry in value])
    return _stable(option, value) if isinstance(value, str) else weak_str(value)


def _stable(option: str, text: str) -> str:
    """Return the rendered text, or the template itself when a time or UUID makes it another one in each build."""
    rendered = render_option(option, text, option, STABLE)
    return text if rendered.volatile else rendered.text


def _hash(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
