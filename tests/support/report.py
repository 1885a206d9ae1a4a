"""A stack to make a page of: two images, their log, record, difference, residue and statement."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pulumi_hyperone.command.report import state
from pulumi_hyperone.command.report.page import page
from pulumi_hyperone.provider.provenance.envelope import sealed
from pulumi_hyperone.provider.provenance.public_keys import openssh_line
from pulumi_hyperone.provider.provenance.signing_key import signer
from pulumi_hyperone.provider.provenance.statement import Facts, statement
from pulumi_hyperone.provider.records.folder import of_image
from pulumi_hyperone.provider.records.stock import plain

COMPONENT = "hyperone:index:HyperOneImage"
LOG = [
    "==> 09:30:02 API v1 at https://api.hyperone.com/v1 (the default), by stack config",
    "==> 09:30:31 provisioners[0] shell: scripts/base.sh",
    "Reading package lists...",
    "Setting up nginx (1.22.1-9+deb12u2) ...",
    "Created symlink /etc/systemd/system/multi-user.target.wants/nginx.service.",
    "==> 09:31:02 provisioners[1] file: conf/ to /etc/nginx/",
    "==> 09:31:03 provisioned",
]
PACKAGES = [("nginx", "1.22.1-9+deb12u2"), ("openssl", "3.0.16-1~deb12u1"), ("openssh-server", "1:9.2p1-2+deb12u5")]
DIFFERENCE = {
    "system": None,
    "packages": {
        "added": [{"manager": "dpkg", "name": "nginx", "architecture": "amd64", "version": "1.22.1-9+deb12u2"}],
        "removed": [],
        "upgraded": [
            {"manager": "dpkg", "name": "openssl", "from": "3.0.15-1~deb12u1", "to": "3.0.16-1~deb12u1"},
        ],
        "downgraded": [],
    },
    "services": {"added": ["nginx.service"], "removed": []},
    "ports": {"added": ["tcp/80"], "removed": []},
    "configuration": {"added": ["/etc/nginx/nginx.conf"], "removed": [], "changed": ["/etc/ssh/sshd_config"]},
    "not_compared": ["certificates: searching took longer than 5 s"],
}
RESIDUE = [{"kind": "shell history", "path": "/root/.bash_history", "detail": "12 lines"}]


def phase(at: str, seconds: float, calls: int) -> dict[str, Any]:
    """One recorded phase."""
    return {"started_at": f"2026-11-28T{at}Z", "seconds": seconds, "api_calls": calls}


def component(name: str, image_id: str, log: Path, phases: dict[str, Any], **build: str) -> list[dict[str, Any]]:
    """The resources of one image in a state."""
    urn = f"urn:pulumi:prod::web-images::{COMPONENT}::{name}"
    steps = {
        "Build": {"id": f"{image_id}0b", "source_image": "debian-12", "source_image_id": "d" * 24, **build},
        "Provisioning": {"id": "p", "log_file": str(log)},
        "Image": {"id": image_id, "name": name, "size": 10, "created_on": "2026-11-28T09:31:20.000Z"},
        "Verification": {"id": "v"},
        "Publication": {"id": "q"},
    }
    children = [
        {"urn": f"{urn}${kind}", "type": f"pulumi-python:dynamic/hyperone:{kind}", "parent": urn, "id": outputs["id"]}
        | {"outputs": outputs}
        for kind, outputs in steps.items()
    ]
    timed = [
        {"urn": f"{urn}$Step::{name}-{one.replace(' ', '-')}", "type": "Step", "parent": urn, "outputs": times}
        for one, times in phases.items()
    ]
    return [{"urn": urn, "type": COMPONENT, "outputs": {}}, *children, *timed]


def record(name: str, packages: list[tuple[str, str]], **properties: str) -> dict[str, Any]:
    """A record in CycloneDX."""
    texts = {"kernel": "6.1.0-28-cloud-amd64", "services": "nginx.service", "ports": "tcp/22", **properties}
    texts["authorized-key"] = json.dumps(["/root/.ssh/authorized_keys", "SHA256:2bGk", ""])
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {
            "component": {
                "name": name,
                "properties": [{"name": f"hyperone:{kind}", "value": text} for kind, text in texts.items()],
            }
        },
        "components": [
            {"type": "operating-system", "name": "debian", "description": "Debian GNU/Linux 12 (bookworm)"},
            *(
                {
                    "type": "library",
                    "name": package,
                    "version": version,
                    "properties": [{"name": "hyperone:manager", "value": "dpkg"}],
                }
                for package, version in packages
            ),
        ],
    }


def sample(logs: Path, text: str = "") -> dict[str, Any]:
    """Write logs and records below `logs`, the test's HYPERONE_LOG_DIR; returns the state. `text` goes everywhere."""
    base, web = "a" * 24, "b" * 24
    log = logs / "web-images-prod" / "web-x.log"
    log.parent.mkdir(parents=True)
    log.write_text("\n".join([*LOG, *([f"machine says {text}"] if text else [])]) + "\n")
    key = logs / "key"
    private = Ed25519PrivateKey.generate()
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    by, public = signer(key)
    key.unlink()
    for image_id, name in ((base, "base"), (web, "web")):
        folder = of_image(image_id)
        printed = plain(text.encode())
        packages = [*PACKAGES, *([(printed, printed)] if text else [])]
        folder.write_json("record.cdx.json", record(name, packages, users=printed))
        folder.write_json("residue.json", [*RESIDUE, {"kind": text, "path": text, "detail": text}] if text else [])
        facts = {
            "image_id": image_id,
            "image_name": name,
            "image_key": name,
            "stack": "web-images/prod",
            "build_id": "b" * 32,
            "api_url": "https://api.hyperone.com/v1",
            "source_image": text or "debian-12",
            "source_image_id": "d" * 24,
            "source_image_name": "debian-12",
            "fingerprint": "f" * 64,
            "parts": {},
            "started": 1795858200.0,
            "finished": "2026-11-28T09:31:20Z",
        }
        made_from = {
            "files": {"scripts/base.sh": {"sha256": "5" * 64}, **({text: {"sha256": "6" * 64}} if text else {})},
            "git": {"commit": "3f6e7b9" + "0" * 33, "dirty": False, "remote": ""},
            "versions": {"pulumi": "3.259.0", "pulumi-hyperone": "0.1.0"},
            "user": "ann@ci-7",
        }
        envelope = sealed(statement(Facts(**facts, made_from=made_from)), by)
        folder.write("statement.dsse.json", envelope)
        folder.write("statement.pub", openssh_line(public).encode())
    changed = json.loads(json.dumps(DIFFERENCE))
    if text:
        changed["users"] = {"added": [text], "removed": [text]}
    of_image(web).write_json("difference.json", changed)
    resources = [
        *component(
            *("web", web, log),
            {
                "builder": phase("09:30:40", 9.1, 6),
                "provisioning": phase("09:30:49", 21.4, 3),
                "image": phase("09:31:12", 6.2, 4),
                "publication": phase("09:31:18", 0.4, 2),
            },
            depends_on_image="base",
        ),
        *component(
            *("base", base, logs / "elsewhere.log"),
            {
                "builder": phase("09:30:00", 8.0, 6),
                "provisioning": phase("09:30:08", 24.4, 3),
                "image": phase("09:30:34", 5.7, 4),
            },
        ),
        {"urn": f"urn:pulumi:prod::web-images::{COMPONENT}::late", "type": COMPONENT, "outputs": {}},
        {
            "urn": "urn:x::late-build",
            "type": "pulumi-python:dynamic/hyperone:Build",
            "parent": f"urn:pulumi:prod::web-images::{COMPONENT}::late",
            "id": "c" * 32,
            "inputs": {"image_key": "late", "stack": "web-images/prod"},
            "outputs": {"id": "c" * 32, "source_image": "debian-12"},
        },
    ]
    return {"version": 3, "deployment": {"resources": resources}}


def write_page(file: Path) -> None:
    """Write the page about the sample stack, for the documentation's picture of it."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HYPERONE_LOG_DIR"] = folder
        images = state.images(json.dumps(sample(Path(folder))))
        file.write_text(page("web-images/prod", images, datetime(2026, 12, 1, tzinfo=UTC)), encoding="utf-8")


if __name__ == "__main__":
    write_page(Path(sys.argv[1]))
