"""The communicator's options: decoding, faults, and the page that documents them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from pulumi_hyperone.provider.foundation.durations import seconds_of
from pulumi_hyperone.provider.foundation.validation import faults_of
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions
from pulumi_hyperone.provider.ssh.communicator_files import communicator_faults
from pulumi_hyperone.provider.ssh.keys import generate

DOC = Path(__file__).parents[3] / "docs" / "communicator.md"


def rows() -> list[list[str]]:
    """The cells of the table of options."""
    lines = re.findall(r"^\| `(.*) \|$", DOC.read_text(), re.MULTILINE)
    return [re.split(r" (?<!\\)\| ", f"`{line}") for line in lines]


def code(cell: str) -> str:
    """The text between back-ticks."""
    return cell.strip("`").replace("\\|", "|")


def faults(**options: object) -> list[str]:
    """Faults of options, as texts."""
    try:
        CommunicatorOptions.model_validate(options)
    except ValidationError as error:
        return [str(fault) for fault in faults_of(error, "images.base", CommunicatorOptions)]
    return []


def test_every_option_is_documented_once() -> None:
    """An option in code but not in the page, or the other way round, fails here."""
    assert sorted(code(row[0]) for row in rows()) == sorted(CommunicatorOptions.model_fields)


@pytest.mark.parametrize("row", rows(), ids=lambda row: code(row[0]))
def test_bad_input_says_what_the_page_says(row: list[str]) -> None:
    """The example of bad input gives exactly the documented message, and all cells are filled."""
    assert len(row) == 7
    assert all(cell.strip() for cell in row)
    assert faults(**{code(row[0]): json.loads(code(row[4]))}) == [code(row[5])]


@pytest.mark.parametrize("row", rows(), ids=lambda row: code(row[0]))
def test_default_is_the_documented_one(row: list[str]) -> None:
    """The default in the page is the one in code."""
    default = CommunicatorOptions.model_fields[code(row[0])].get_default(call_default_factory=True)
    documented = code(row[3])
    if default in ("", []):
        assert documented == "none"
    elif row[2] == "duration":
        assert seconds_of(documented) == default
    else:
        shown = default[0] if isinstance(default, list) else default
        assert documented == (str(shown).lower() if isinstance(shown, bool) else str(shown))


def test_values_are_read_loosely() -> None:
    """Texts, numbers and durations are decoded as Packer does."""
    options = CommunicatorOptions.model_validate(
        {"ssh_port": "2222", "ssh_pty": "1", "ssh_timeout": "1m30s", "ssh_ciphers": "aes128-ctr", "ssh_host": None}
    )
    assert (options.ssh_port, options.ssh_pty, options.ssh_timeout) == (2222, True, 90.0)
    assert (options.ssh_ciphers, options.ssh_host) == (["aes128-ctr"], "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ssh_prot": 1}, "unknown option 'ssh_prot'; did you mean ssh_port?"),
        ({"ssh_wait_timeout": "1m"}, "did you mean ssh_timeout?"),
        ({"communicator": "winrm"}, "winrm is not supported"),
        ({"ssh_bastion_host": "a", "ssh_proxy_host": "b"}, "exclude each other"),
        ({"ssh_certificate_file": "c"}, "needs ssh_private_key_file"),
        ({"temporary_key_pair_bits": 4096}, "only for temporary_key_pair_type rsa"),
        ({"temporary_key_pair_type": "rsa", "temporary_key_pair_bits": 1024}, "must be from 2048"),
    ],
)
def test_wrong_together(options: dict[str, object], message: str) -> None:
    """Unknown options name the nearest one, and options that do not go together are refused."""
    (fault,) = faults(**options)
    assert message in fault


def test_secrets_are_never_shown() -> None:
    """A refused password is not repeated, and a model shows none."""
    assert "hunter2" not in str(faults(ssh_password={"a": "hunter2"}))
    assert "hunter2" not in repr(CommunicatorOptions(ssh_password="hunter2"))


def test_local_files_are_checked(tmp_path: Path) -> None:
    """Key files are read before anything is created; each fault names its option."""
    (tmp_path / "good").write_text(generate().private)
    (tmp_path / "bad").write_text("nonsense")
    options = CommunicatorOptions(
        ssh_private_key_file="missing", ssh_bastion_private_key_file="bad", ssh_bastion_certificate_file="bad"
    )
    found = [str(fault) for fault in communicator_faults(options, tmp_path, "images.base")]
    assert len(found) == 2
    assert found[0].startswith("images.base.ssh_private_key_file: private key")
    assert "bad is not a private key" in found[1]
    for name, said in (
        ("bad", f"{tmp_path}/bad is not a certificate for this kind of key, as `ssh-keygen -s` writes it"),
        ("gone", f"{tmp_path}/gone cannot be used as a certificate: no such file or directory"),
    ):
        good = CommunicatorOptions(ssh_private_key_file="good", ssh_certificate_file=name)
        (fault,) = communicator_faults(good, tmp_path, "images.base")
        assert str(fault) == f"images.base.ssh_certificate_file: {said}"
    assert communicator_faults(CommunicatorOptions(ssh_private_key_file="good"), tmp_path, "") == []
