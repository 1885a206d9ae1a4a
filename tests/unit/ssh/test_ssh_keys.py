"""Key pairs of a build, and private keys that users name."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pulumi_hyperone.provider.foundation.errors import SettingsError
from pulumi_hyperone.provider.ssh.keys import generate, load_private_key, unpacked


@pytest.mark.parametrize(("kind", "bits", "shown"), [("ed25519", 0, "256"), ("rsa", 2048, "2048"), ("rsa", 0, "3072")])
def test_generated_pairs_are_what_openssh_reads(tmp_path: Path, kind: str, bits: int, shown: str) -> None:
    """Both halves are in OpenSSH's formats, of the wanted kind and size."""
    pair = generate(kind, bits, "comment")
    (tmp_path / "id").write_text(pair.private)
    (tmp_path / "id").chmod(0o600)
    public = subprocess.run(
        ["ssh-keygen", "-y", "-f", str(tmp_path / "id")], capture_output=True, text=True, check=True
    )
    assert public.stdout.split()[:2] == pair.public.split()[:2]
    assert pair.public.endswith(" comment")
    (tmp_path / "id.pub").write_text(pair.public)
    line = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(tmp_path / "id.pub")], capture_output=True, text=True, check=True
    )
    assert line.stdout.split()[0] == shown
    assert pair.private not in repr(pair)
    assert pair.packed not in repr(pair)


@pytest.mark.parametrize(("kind", "part"), [("ed25519", 0.25), ("rsa", 0.95)])
def test_a_packed_key_is_shorter_and_unpacks_to_the_same_pair(kind: str, part: float) -> None:
    """States hold each build's key twice, encrypted, so that its length counts."""
    pair = generate(kind, comment="comment")
    assert unpacked(pair.packed, "comment") == pair
    assert len(pair.packed) < part * len(pair.private)


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
@pytest.mark.parametrize("form", ["RFC4716", "PKCS8", "PEM"])
def test_keys_of_all_formats_are_read(tmp_path: Path, kind: str, form: str) -> None:
    """Whatever ssh-keygen writes can be used."""
    command = ["ssh-keygen", "-q", "-t", kind, "-m", form, "-N", "", "-f", str(tmp_path / "id")]
    subprocess.run(command, check=True)
    key = load_private_key(tmp_path / "id")
    assert key.get_base64() == (tmp_path / "id.pub").read_text().split()[1]


def test_unusable_keys_say_why(tmp_path: Path) -> None:
    """Missing files, passphrases and rubbish are told apart; the message says what to do."""
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        load_private_key(tmp_path / "missing")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", str(tmp_path / "id")], check=True)
    with pytest.raises(SettingsError, match="has a passphrase; add it to an agent"):
        load_private_key(tmp_path / "id")
    with pytest.raises(SettingsError, match="is not a private key"):
        load_private_key("rubbish")
    with pytest.raises(SettingsError, match="ed25519 or rsa"):
        generate("dsa")
