"""The key and certificate files that a communicator's options name, read before anything is created."""

from __future__ import annotations

from pathlib import Path

from pulumi_hyperone.provider.foundation.errors import SettingsError
from pulumi_hyperone.provider.foundation.faults import Fault, join_path
from pulumi_hyperone.provider.foundation.local_files import local_file
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions
from pulumi_hyperone.provider.ssh.keys import load_certificate, load_private_key


def communicator_faults(options: CommunicatorOptions, base_dir: Path, path: str) -> list[Fault]:
    """Check the local files that the options name (relative ones are seen from `base_dir`); `path` is the image's."""
    faults = []
    for key_option, certificate_option in (
        ("ssh_private_key_file", "ssh_certificate_file"),
        ("ssh_bastion_private_key_file", "ssh_bastion_certificate_file"),
    ):
        key_file, certificate_file = getattr(options, key_option), getattr(options, certificate_option)
        try:
            key = load_private_key(local_file(key_file, base_dir)) if key_file else None
        except SettingsError as error:
            faults.append(Fault(join_path(path, key_option), str(error)))
            continue
        if key is None or not certificate_file:
            continue
        try:
            load_certificate(key, local_file(certificate_file, base_dir))
        except SettingsError as error:
            faults.append(Fault(join_path(path, certificate_option), str(error)))
    return faults
