"""The folder in which the records of an image are kept."""

import pytest

from pulumi_hyperone.provider.foundation.errors import SettingsError
from pulumi_hyperone.provider.records.folder import (
    RECORD,
    RESIDUE,
    STATEMENT,
    STATEMENT_KEY,
    hand_over,
    of_build,
    of_image,
)


@pytest.fixture(autouse=True)
def logs(tmp_path, monkeypatch):
    """The folder of the logs."""
    monkeypatch.setenv("HYPERONE_LOG_DIR", str(tmp_path / "logs"))
    return tmp_path / "logs"


def test_records_are_beside_the_logs_and_for_their_owner_alone(logs):
    """The folder of an image is 0700, its files are 0600."""
    path = of_image("5f00").write_json(RESIDUE, [])
    assert path == logs / "records" / "5f00" / "residue.json"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert of_image("5f00").read_json(RESIDUE) == []


def test_what_a_build_left_becomes_the_images(tmp_path):
    """A record made before the image had an id is found under the image's; a copy goes where the user wants one."""
    of_build("b1").write(RECORD, b"{}")
    kept = hand_over("b1", "5f00")
    kept.copy_to(of_image("5f00", tmp_path / "mine"))
    assert not of_build("b1").path.exists()
    assert of_image("5f00").read(RECORD) == (tmp_path / "mine" / "5f00" / "record.cdx.json").read_bytes() == b"{}"


def test_a_copy_has_the_statement_with_its_key_and_nothing_that_is_not_ours(tmp_path):
    """Enough to check the statement elsewhere; what else lies in the folder stays there."""
    for name in (STATEMENT, STATEMENT_KEY, "mine.json"):
        of_image("5f00").write(name, b"x")
    of_image("5f00").copy_to(of_image("5f00", tmp_path))
    assert {path.name for path in (tmp_path / "5f00").iterdir()} == {STATEMENT, STATEMENT_KEY}


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "a\0b", "a\n", ".hidden", "x" * 200])
def test_a_name_that_is_no_id_is_refused(name):
    """No path is made from what cannot be an id."""
    with pytest.raises(SettingsError, match="is not an id"):
        of_image(name)


def test_a_file_that_is_missing_or_no_json_is_named():
    """The message has the path and the reason."""
    with pytest.raises(SettingsError, match=r"residue\.json cannot be read: No such file"):
        of_image("5f00").read_json(RESIDUE)
    of_image("5f00").write(RESIDUE, b"[" * 100_000)
    with pytest.raises(SettingsError, match=r"residue\.json is not JSON"):
        of_image("5f00").read_json(RESIDUE)
