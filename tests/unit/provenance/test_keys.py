"""Keys that statements are signed with: which are taken, how the others are refused."""

from __future__ import annotations

import os
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from pulumi_hyperone.provider.foundation.errors import CredentialsError
from pulumi_hyperone.provider.provenance.envelope import is_signed_by, opened, sealed
from pulumi_hyperone.provider.provenance.signing_key import key_faults, signer

KINDS = [("ed25519", ""), ("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521"), ("rsa", "2048")]


def made(path, kind, bits="", passphrase=""):
    """A key pair from ssh-keygen in `path` and `path`.pub; returns its fingerprint as ssh-keygen says it."""
    size = ["-b", bits] if bits else []
    subprocess.run(["ssh-keygen", "-q", "-t", kind, *size, "-N", passphrase, "-f", path], check=True)
    return subprocess.run(["ssh-keygen", "-lf", path], check=True, capture_output=True, text=True).stdout.split()[1]


def pem(key, encryption=None) -> bytes:
    """A private key as PKCS #8."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


@pytest.fixture
def agent(tmp_path, monkeypatch):
    """An ssh-agent of the test's own; returns what adds a key to it."""
    socket = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
    yield lambda key: subprocess.run(["ssh-add", "-q", key], check=True, env=dict(os.environ))
    process.terminate()
    process.communicate()


@pytest.mark.parametrize(("kind", "bits"), KINDS)
def test_a_file_and_an_agent_sign_alike(kind, bits, tmp_path, agent):
    """Whichever holds the private half, the public one verifies, under the fingerprint that ssh-keygen shows."""
    private, public = tmp_path / "key", tmp_path / "key.pub"
    name = made(private, kind, bits)
    (fault,) = key_faults(public)
    assert fault == "ssh-agent holds no key: add yours with `ssh-add`"
    agent(private)
    for file in (private, public):
        assert key_faults(file) == []
        by, key = signer(file)
        envelope, statement = opened(sealed({"said": "zażółć"}, by))
        assert statement == {"said": "zażółć"}
        assert list(envelope.signatures) == [name]
        assert is_signed_by(envelope, key)


def test_an_agent_without_the_key_signs_nothing(tmp_path, agent):
    """The key that is missing is named by its fingerprint."""
    name = made(tmp_path / "key", "ed25519")
    made(tmp_path / "other", "ed25519")
    agent(tmp_path / "other")
    assert key_faults(tmp_path / "key.pub") == [
        f"ssh-agent does not hold the private key of {name}: add it with `ssh-add`"
    ]
    with pytest.raises(CredentialsError, match="does not hold"):
        sealed({}, signer(tmp_path / "key.pub")[0])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no key in PEM or OpenSSH format that can sign"),
        (b"hello", "holds no key in PEM or OpenSSH format that can sign"),
        (b"-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n", "is not a key"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n-----END OPENSSH PRIVATE KEY-----\n", "is not a key"),
        (b"-----BEGIN PUBLIC KEY-----\nsecret\n-----END PUBLIC KEY-----\n", "holds no key"),
        (pem(dsa.generate_private_key(1024)), "holds a key of a kind that statements are not signed with"),
        (pem(ed448.Ed448PrivateKey.generate()), "holds a key of a kind that statements are not signed with"),
        (pem(ec.generate_private_key(ec.SECP256K1())), "holds a key of a kind that statements are not signed with"),
        (pem(rsa.generate_private_key(65537, 1024)), "holds a key of a kind that statements are not signed with"),
        (pem(ec.generate_private_key(ec.SECP256R1()), BestAvailableEncryption(b"x")), "has a passphrase"),
        (b"x" * (2**20 + 1), "is too large for a key"),
    ],
    ids=["empty", "text", "pem", "openssh", "public", "dsa", "ed448", "secp256k1", "rsa-1024", "encrypted", "large"],
)
def test_what_cannot_sign_is_refused_in_one_line(content, said, tmp_path):
    """The line names the file, says what is wrong with it, and quotes nothing of it."""
    file = tmp_path / "key"
    file.write_bytes(content)
    (fault,) = key_faults(file)
    assert fault.startswith(f"{file} {said}")
    assert "\n" not in fault
    assert "secret" not in fault


def test_a_key_with_a_passphrase_is_for_an_agent(tmp_path):
    """The line says how."""
    made(tmp_path / "key", "ed25519", passphrase="a passphrase")
    (fault,) = key_faults(tmp_path / "key")
    assert f"has a passphrase: add the key to an ssh-agent (`ssh-add {tmp_path / 'key'}`)" in fault


def test_a_key_that_is_not_there_is_named(tmp_path):
    """Missing, or a folder."""
    assert key_faults(tmp_path / "none") == [f"{tmp_path / 'none'} does not exist"]
    assert key_faults(tmp_path) == [f"{tmp_path} is not a file"]
