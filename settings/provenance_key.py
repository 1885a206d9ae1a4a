"""The file of the option `provenance_key`: whether statements can be signed with it."""

from __future__ import annotations

from pathlib import Path

from pulumi_hyperone.provider.foundation.faults import shown
from pulumi_hyperone.provider.foundation.local_files import local_file


def provenance_key_faults(name: str, base_dir: Path) -> list[str]:
    """Say why nothing could be signed with the key in the file `name`, seen from `base_dir`; empty when it could."""
    # Signing costs a tenth of a second to import, which only those pay who sign.
    from pulumi_hyperone.provider.provenance.signing_key import key_faults  # noqa: PLC0415

    try:
        return key_faults(local_file(name, base_dir))
    except (OSError, RuntimeError, ValueError) as error:
        return [f"cannot read {shown(name)}: {getattr(error, 'strerror', None) or error}"]
