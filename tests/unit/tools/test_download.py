"""The official download, from a server on loopback."""

import hashlib
import io
import socket
import tarfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tools.engine import download, settings
from tools.engine.errors import EngineError, UnreachableError


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
        files = self.files

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
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


def _offer_checksum(server: Server, digest: str) -> None:
    listing = f"{'0' * 64}  another.tar.gz\n{digest}  {download.archive_name()}\n"
    server.files[f"v{settings.VERSION}/pulumi-{settings.VERSION}-checksums.txt"] = listing.encode()


def test_release_is_unpacked_when_its_checksum_is_right(server: Server, tmp_path: Path) -> None:
    """The programs lie in bin, executable, the archive is gone, and no member gets outside."""
    _offer_checksum(server, hashlib.sha256(_archive()).hexdigest())
    target = tmp_path / "home"
    target.mkdir()
    download.fetch(target, server.url, server.url)
    assert sorted(entry.name for entry in (target / "bin").iterdir()) == ["evil", "pulumi", "pulumi-language-python"]
    assert (target / "bin" / "pulumi").stat().st_mode & 0o111
    assert [entry.name for entry in target.iterdir()] == ["bin"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["home"]


def test_damaged_release_is_refused(server: Server, tmp_path: Path) -> None:
    """A file that does not match the list of checksums is not used."""
    _offer_checksum(server, "1" * 64)
    with pytest.raises(EngineError, match="damaged or forged"):
        download.fetch(tmp_path, server.url, server.url)
    assert not (tmp_path / "bin").exists()


def test_release_without_list_of_checksums_is_used_and_said(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the list cannot be had, the user is told what the download rests on."""
    download.fetch(tmp_path, server.url, server.url)
    assert (tmp_path / "bin" / "pulumi").exists()
    assert "checksums could not be had" in capsys.readouterr().err


def test_unreachable_server_is_noticed_quickly(tmp_path: Path) -> None:
    """Nobody listens: the next way is taken within seconds."""
    started = time.monotonic()
    with pytest.raises(UnreachableError):
        download.fetch(tmp_path, "http://127.0.0.1:9/", "http://127.0.0.1:9/")
    assert time.monotonic() - started < 10


def test_missing_release_counts_as_unreachable(server: Server, tmp_path: Path) -> None:
    """A server without this release does not end the search for an engine."""
    server.files.clear()
    with pytest.raises(UnreachableError, match="404"):
        download.fetch(tmp_path, server.url, server.url)


def test_silent_server_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that accepts and says nothing does not hold up the set-up."""
    monkeypatch.setattr(download, "PROBE_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(UnreachableError, match="no answer"):
            download.fetch(tmp_path, url, url)
