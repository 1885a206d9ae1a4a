"""The official download, from a server on loopback."""

import hashlib
import io
import re
import socket
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tools.engine import download, settings
from tools.engine.errors import EngineError, UnavailableError


def _archive() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name in ("pulumi/pulumi", "pulumi/pulumi-language-python", "pulumi/../../evil"):
            member = tarfile.TarInfo(name)
            member.mode = 0o755
            content = b"#!/bin/sh\n"
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


class Server:
    """Serves files from memory."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        files, asked = self.files, self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                body = files.get(self.path.lstrip("/"))
                self.send_response(404 if body is None else 200)
                self.send_header("content-length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_: object) -> None:
                pass

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def server() -> Iterator[Server]:
    """A download server with the release in it."""
    made = Server()
    made.files[download.archive_name()] = _archive()
    yield made
    made.http.shutdown()
    made.http.server_close()


def _checksums(folder: Path, digest: str) -> Path:
    """The repository's list, with two releases in it."""
    file = folder / "checksums.txt"
    file.write_text(f"# a comment\n{'0' * 64}  another.tar.gz\n{digest}  {download.archive_name()}\n")
    return file


@pytest.fixture
def checksums(tmp_path: Path) -> Path:
    """A list that names the release on the server."""
    return _checksums(tmp_path, hashlib.sha256(_archive()).hexdigest())


def test_release_is_unpacked_when_its_checksum_is_right(server: Server, tmp_path: Path, checksums: Path) -> None:
    """The programs lie in bin, executable, the archive is gone, and no member gets outside."""
    target = tmp_path / "home"
    target.mkdir()
    download.fetch(target, server.url, checksums)
    assert sorted(entry.name for entry in (target / "bin").iterdir()) == ["evil", "pulumi", "pulumi-language-python"]
    assert (target / "bin" / "pulumi").stat().st_mode & 0o111
    assert [entry.name for entry in target.iterdir()] == ["bin"]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["checksums.txt", "home"]


def test_damaged_release_is_refused(server: Server, tmp_path: Path) -> None:
    """A file that does not match the checksum in the repository is not used."""
    with pytest.raises(EngineError, match="damaged or forged"):
        download.fetch(tmp_path, server.url, _checksums(tmp_path, "1" * 64))
    assert not (tmp_path / "bin").exists()


def test_release_without_a_checksum_in_the_repository_is_not_asked_for(server: Server, tmp_path: Path) -> None:
    """Nothing is downloaded that could not be checked; another way is taken."""
    (tmp_path / "checksums.txt").write_text(f"{'0' * 64}  another.tar.gz\n")
    with pytest.raises(UnavailableError, match=f"no checksum of {download.archive_name()}"):
        download.fetch(tmp_path, server.url, tmp_path / "checksums.txt")
    assert server.asked == []
    assert [entry.name for entry in tmp_path.iterdir()] == ["checksums.txt"]


def test_checksums_in_the_repository_are_of_the_pinned_version() -> None:
    """Each line is a SHA-256 and a release of the version that is built; those of an older one would never be used."""
    lines = download.CHECKSUMS.read_text().splitlines()
    assert f"/v{settings.VERSION}/pulumi-{settings.VERSION}-checksums.txt" in "".join(lines[:3])
    for line in lines:
        assert re.fullmatch(rf"#.*|[0-9a-f]{{64}} +pulumi-v{re.escape(settings.VERSION)}-linux-\w+\.tar\.gz", line)


def test_unreachable_server_is_noticed(tmp_path: Path, checksums: Path) -> None:
    """Nobody listens: the next way is taken."""
    with pytest.raises(UnavailableError):
        download.fetch(tmp_path, "http://127.0.0.1:9/", checksums)


def test_missing_release_does_not_end_the_search(server: Server, tmp_path: Path, checksums: Path) -> None:
    """A server without this release does not end the search for an engine."""
    server.files.clear()
    with pytest.raises(UnavailableError, match="404"):
        download.fetch(tmp_path, server.url, checksums)


def test_silent_server_is_given_up(tmp_path: Path, checksums: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that accepts and says nothing does not hold up the set-up."""
    monkeypatch.setattr(download, "PROBE_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(UnavailableError, match="no answer"):
            download.fetch(tmp_path, url, checksums)
