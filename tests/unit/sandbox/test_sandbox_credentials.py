"""Public key lines and password hashes of sandbox machines."""

from __future__ import annotations

import asyncio

import asyncssh
import pytest

from pulumi_hyperone.local_cloud.machines.sandbox.credentials import password_matches, read_public_keys

HASH = "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
ROUNDS = (
    "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/"
    "YTBmSK6H9qs/y3RnOaw5v."
)


@pytest.mark.parametrize(
    ("password", "hashed", "matches"),
    [
        ("Hello world!", HASH, True),
        ("hello world!", HASH, False),
        ("", HASH, False),
        ("Hello world!", ROUNDS, True),
        ("Hello world!", "$1$not$sha512", False),
        ("Hello world!", "", False),
        ("Hello\0world!", HASH, False),
    ],
)
def test_password_against_published_hashes(password, hashed, matches):
    """The test vectors of the SHA-crypt specification are verified, everything else is refused."""
    assert asyncio.run(password_matches(password, hashed)) is matches


def test_keys_are_compared_without_comment_and_bad_lines_ignored():
    """The same key with and without comment is one key; broken lines do not hide good ones."""
    line = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    bare = " ".join(line.split()[:2])
    keys = read_public_keys(["", "  ", "garbage", "ssh-rsa AAAA", bare, f"{bare} me@home with words", f"  {bare}\r\n"])
    assert keys == {asyncssh.import_public_key(bare).public_data}
