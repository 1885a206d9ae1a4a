"""Who may use a machine and what it runs: users, sudoers, services, ports, keys and certificates by fingerprint."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from pulumi_hyperone.provider.records.sections import Sections
from pulumi_hyperone.provider.records.stock import Key, Show, plain

OWN = "the build's own"
"""What stands in place of the fingerprint of the build's key."""
_LISTENS = {"tcp": b"0A", "tcp6": b"0A", "udp": b"07", "udp6": b"07"}
_KEY = re.compile(rb"(?:^|[\s])((?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+)\s+([A-Za-z0-9+/=]{40,})(?:\s+(\S.*))?$")
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_UNIT = re.compile(rb"/etc/(?:systemd/system/(.+)\.(?:wants|requires)|runlevels/([^/]+)|rc[2-5]\.d)/(?:S\d\d)?([^/]+)")


def users(sections: Sections, show: Show) -> list[str]:
    """Lines such as `guru (uid 1000, groups guru sudo, /bin/bash)`; passwords and comments are left out."""
    groups: dict[bytes, list[bytes]] = {}
    numbers = {}
    for line in sections.lines("group"):
        if len(parts := line.split(b":")) == 4:
            numbers[parts[2]] = parts[0]
            for member in filter(None, parts[3].split(b",")):
                groups.setdefault(member, []).append(parts[0])
    found = []
    for line in sections.lines("passwd"):
        if len(parts := line.split(b":")) == 7:
            own = [numbers.get(parts[3], parts[3]), *groups.get(parts[0], [])]
            words = b" ".join(sorted(set(own)))
            found.append(show(b"%s (uid %s, groups %s, %s)" % (parts[0], parts[2], words, parts[6])))
    return sorted(found)


def sudoers(sections: Sections, show: Show) -> list[str]:
    """The rules, one line each; comments and defaults are left out."""
    text = sections["sudoers"].replace(b"\\\n", b" ")
    lines = [b" ".join(line.split()) for line in text.split(b"\n")]
    rules = [line for line in lines if line and not line.startswith((b"#", b"@", b"Defaults"))]
    return sorted({show(line) for line in rules})


def services(sections: Sections, show: Show) -> list[str]:
    """The units and scripts that start with the machine."""
    found = set()
    for path in sections.names("services"):
        if match := _UNIT.fullmatch(path):
            found.add(show(match[3]))
    return sorted(found)


def ports(sections: Sections) -> list[str]:
    """What something listens on: `tcp/22`; with the address where it is loopback: `tcp/127.0.0.1:25`."""
    found = {_port(protocol, line) for protocol in _LISTENS for line in sections.lines(protocol)[1:]}
    return sorted(filter(None, found), key=lambda port: (port[:3], int(re.split(r"[/:]", port)[-1])))


def _port(protocol: str, line: bytes) -> str:
    match = re.match(rb"\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) ([0-9A-F]{2}) ", line)
    if not match or match[4] != _LISTENS[protocol] or match[3] != b"0000":
        return ""
    address, number = match[1].decode(), int(match[2], 16)
    loopback = address == "0" * 24 + "01000000" or (len(address) == 8 and address.endswith("7F"))
    return f"{protocol[:3]}/{'localhost:' if loopback else ''}{number}"


def keys(sections: Sections, show: Show) -> list[Key]:
    """Public keys and certificates, each by its SHA-256 fingerprint."""
    found = set()
    for section, kind in (("host-keys", "host-key"), ("authorized-keys", "authorized-key")):
        for path, content in sections.texts(section):
            found |= {Key(kind, show(path), *one) for one in _ssh_keys(content, show)}
    for path, content in sections.texts("certificates"):
        found |= {Key("certificate", show(path), *one) for one in _certificates(content, show)}
    return sorted(found)


def with_own_key(keys: Iterable[Key], public_key: str) -> tuple[Key, ...]:
    """The keys, with that of the build (`public_key`, a line) told by its role: each has another."""
    own = {fingerprint for fingerprint, _ in _ssh_keys(public_key.encode(), plain)}
    return tuple(replace(key, fingerprint=OWN, detail="") if key.fingerprint in own else key for key in keys)


def _ssh_keys(content: bytes, show: Show) -> Iterator[tuple[str, str]]:
    for line in content.split(b"\n"):
        match = None if line.startswith(b"#") else _KEY.search(line.strip())
        if not match:
            continue
        try:
            blob = base64.b64decode(match[2], validate=True)
        except binascii.Error:
            continue
        digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
        yield f"SHA256:{digest}", show(b" ".join(filter(None, (match[1], match[3]))))


def _certificates(content: bytes, show: Show) -> Iterator[tuple[str, str]]:
    for block in _CERTIFICATE.findall(content):
        try:
            certificate = x509.load_pem_x509_certificate(block)
            subject = certificate.subject.rfc4514_string().encode(errors="surrogateescape")
            until = f", valid until {certificate.not_valid_after_utc:%Y-%m-%d}"
            digest = certificate.fingerprint(hashes.SHA256()).hex()
        except (ValueError, OverflowError, x509.InvalidVersion, x509.UnsupportedGeneralNameType):
            continue
        yield f"SHA256:{digest}", show(subject + until.encode())
