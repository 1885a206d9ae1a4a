"""TLS: certificates are verified, and a broken TLS connection is told from a lost reply."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.api.http.transport import Timing
from pulumi_hyperone.provider.api.specs import DiskSpec
from pulumi_hyperone.provider.foundation.errors import ApiError, Interrupted, Unavailable
from pulumi_hyperone.provider.foundation.interruption import Interruption

DISK = DiskSpec(name="d", service="ssd", size=1, tags={"build": "b1"})


@dataclass
class TlsServer:
    """A TLS server that answers calls with `answers` in turn; None hangs up without a TLS goodbye, "" never answers."""

    port: int
    certificate: Path
    answers: list[Any] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return public, private


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TlsServer]:
    """A TLS server on loopback with a certificate of its own."""
    public, private = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = TlsServer(listener.getsockname()[1], public)

        def serve(connection: socket.socket) -> None:
            with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as secured:
                request = secured.recv(65536)
                while not request.endswith((b"\r\n\r\n", b"}")):
                    request += secured.recv(65536)
                found.calls.append(request.split(b" ", 1)[0].decode())
                answer = found.answers.pop(0)
                if answer is None:
                    return
                if answer == "":
                    secured.recv(1)
                    return
                content = json.dumps(answer).encode()
                secured.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
                    + f"Content-Length: {len(content)}\r\n\r\n".encode()
                    + content
                )

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield found


@pytest.fixture
def secure_client(server: TlsServer, make_client: Callable[..., Cloud], monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A client that trusts the server's certificate, as REQUESTS_CA_BUNDLE allows."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.certificate))
    return make_client(api_url=f"https://127.0.0.1:{server.port}/v1")


def test_unknown_certificate_is_refused_and_nothing_is_sent(
    server: TlsServer, make_client: Callable[..., Cloud]
) -> None:
    """Without trust in the certificate no token leaves, nothing is repeated, and the message says what to check."""
    client = make_client(api_url=f"https://127.0.0.1:{server.port}/v1")
    with pytest.raises(ApiError, match="certificate verify failed.*REQUESTS_CA_BUNDLE") as caught:  # noqa: RUF043
        client.vms.list()
    assert not isinstance(caught.value, Unavailable)
    assert server.calls == []
    assert sum(client.calls.values()) == 1


def test_trusted_certificate_works(server: TlsServer, secure_client: Cloud) -> None:
    """A certificate named in REQUESTS_CA_BUNDLE is trusted."""
    server.answers = [[{"id": "v1", "name": "web"}]]
    assert [vm.name for vm in secure_client.vms.list()] == ["web"]


def test_connection_cut_after_a_create_was_sent_is_a_lost_reply(server: TlsServer, secure_client: Cloud) -> None:
    """A TLS connection that ends without goodbye after the call may have had its effect: the object is looked up."""
    server.answers = [None, [{"id": "d1", "tag": {"build": "b1"}}]]
    disk = secure_client.disks.create(DISK, identity=DISK.tags)
    assert disk.id == "d1"
    assert server.calls == ["POST", "GET"]


def test_interruption_ends_a_hanging_read_over_tls(
    server: TlsServer,
    make_client: Callable[..., Cloud],
    interruption: Interruption,
    timing: Timing,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Cutting the connection also works below TLS."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.certificate))
    server.answers = [""]
    client = make_client(api_url=f"https://127.0.0.1:{server.port}/v1", timing=replace(timing, read=3600))
    threading.Timer(0.3, interruption.set, args=("stop",)).start()
    with pytest.raises(Interrupted):
        client.vms.list()
