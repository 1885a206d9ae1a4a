"""The folder in which the records of an image are kept, and which of them a new one is compared with."""

import uuid
from types import SimpleNamespace

import pytest

from pulumi_hyperone.provider.api.records import Image
from pulumi_hyperone.provider.foundation.errors import SettingsError
from pulumi_hyperone.provider.records.cyclonedx_file import to_cyclonedx
from pulumi_hyperone.provider.records.folder import (
    RECORD,
    RESIDUE,
    STATEMENT,
    STATEMENT_KEY,
    hand_over,
    of_build,
    of_image,
)
from pulumi_hyperone.provider.records.stock import Stock
from pulumi_hyperone.provider.resources import image_records


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


def test_a_record_that_cannot_be_read_is_passed_over_and_the_new_one_is_kept(tmp_path, monkeypatch):
    """The image is compared with an older one, and its record is copied to the user's folder all the same."""
    build_id = uuid.uuid4().hex
    of_build(build_id).write(RECORD, to_cyclonedx(Stock(ports=("tcp/80",)), image="web", build_id=build_id))
    of_image("a2").write(RECORD, b"{")
    of_image("a1").write(RECORD, to_cyclonedx(Stock(), image="web", build_id=build_id))
    before = [Image(id="a3"), Image(id="a2"), Image(id="a1")]
    monkeypatch.setattr(image_records, "session", lambda: SimpleNamespace(client=lambda: None))
    monkeypatch.setattr(image_records, "images_of", lambda *_: before)
    told = []
    monkeypatch.setattr(image_records, "tell", lambda text, *, warning=False: told.append((text, warning)))
    inputs = SimpleNamespace(build_id=build_id, image_key="web", record_dir=str(tmp_path / "mine"), owner=None)
    image_records.keep_records(inputs, "a3")
    (broken, is_warning), line = told
    assert is_warning
    assert broken.startswith("web: not compared with image a2: ")
    assert line == ("web: port 80 opened (since image a1)", False)
    assert (tmp_path / "mine" / "a3" / RECORD).is_file()
