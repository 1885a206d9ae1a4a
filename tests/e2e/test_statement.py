"""The signed statement of how an image was made, from `up` to `hyperone verify` and to an independent verifier."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from google.protobuf import json_format
from in_toto_attestation.predicates.provenance.v1.provenance_pb2 import Provenance
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.statement_pb2 import Statement as StatementMessage
from sigstore import dsse

from tests.support.options import covers
from tests.support.stacks import ROOT, Run, image

STEPS = [{"type": "shell", "script": "base.sh"}, {"type": "file", "source": "conf", "destination": "/home/guru/"}]
IDENTITY = ["-c", "user.name=x", "-c", "user.email=x@example.com"]


@pytest.fixture
def key(stack, tmp_path):
    """A key pair in files, `key` and `key.pub`; returns the private one."""
    made = generate_private_key(SECP256R1())
    (tmp_path / "key").write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    (tmp_path / "key.pub").write_bytes(made.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH))
    return made


@pytest.fixture
def verify(stack):
    """Run `hyperone verify` with the stack's credentials."""

    def run(*arguments: str) -> Run:
        command = [sys.executable, "-m", "pulumi_hyperone", "verify", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=stack.environment, capture_output=True, text=True, check=False, timeout=120
        )
        return Run(done.returncode, done.stdout + done.stderr)

    return run


def project(stack) -> str:
    """Make the stack's folder a repository with a commit, which it returns, and a change that is not in it."""
    stack.write("base.sh", "echo hello > hello\n")
    stack.write("conf/a", "a\n")
    stack.write("conf/b/c", "c\n")
    for arguments in (["init", "-q"], ["add", "base.sh"], [*IDENTITY, "commit", "-qm", "A project"]):
        subprocess.run(["git", *arguments], cwd=stack.folder, check=True)
    subprocess.run(
        ["git", "remote", "add", "origin", "https://me:pass@example.com/x.git"], cwd=stack.folder, check=True
    )
    return subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=stack.folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def stated(content: bytes, key: EllipticCurvePrivateKey) -> dict:
    """Verify an envelope without our code and its library: sigstore's DSSE, in-toto's types."""
    payload = dsse._verify(key.public_key(), dsse.Envelope._from_json(content))
    message = json_format.Parse(payload, StatementMessage())
    Statement.copy_from_pb(message).validate()
    json_format.ParseDict(json_format.MessageToDict(message.predicate), Provenance())
    return json.loads(payload)


@covers("provenance_key")
@pytest.mark.parametrize("api_version", ["v2"])
def test_an_image_comes_with_a_signed_statement_that_its_tags_name(stack, cloud, key, verify, tmp_path):
    """It names image, source, files, commit and versions, an independent verifier takes it, nothing else passes."""
    commit = project(stack)
    signed = image(
        provisioners=STEPS,
        record=True,
        record_dir="{{lower `IMAGES`}}",
        provenance_key=f"{tmp_path}/{{{{lower `KEY`}}}}",
    )
    stack.configure({"web": signed, "other": image(image_name="other")})
    stack.up().ok()
    web, other = (stack.outputs(name)["image_id"] for name in ("web", "other"))
    (file,) = stack.folder.glob("logs/records/*/statement.dsse.json")
    assert file.parent.name == web
    assert file.stat().st_mode & 0o077 == 0
    said = stated(file.read_bytes(), key)
    digest = f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
    tags = {found["id"]: found["tag"] for found in cloud.images()}
    assert tags[web]["pulumi-statement"] == digest
    assert "pulumi-statement" not in tags[other]
    record = file.with_name("record.cdx.json")
    of_record = hashlib.sha256(record.read_bytes()).hexdigest()
    assert tags[web]["pulumi-record"] == f"sha256:{of_record}"
    assert said["predicate"]["runDetails"]["byproducts"] == [{"name": record.name, "digest": {"sha256": of_record}}]
    assert said["subject"] == [{"name": "web", "digest": {"hyperoneImageId": web}}]
    definition = said["predicate"]["buildDefinition"]
    assert definition["externalParameters"]["settings"]["fingerprint"] == stack.outputs()["fingerprint"]
    assert "provisioners[0]: base.sh" in definition["externalParameters"]["settings"]["parts"]
    went_in = {found["name"]: found for found in definition["resolvedDependencies"]}
    assert went_in["source image"]["annotations"] == {"name": "sandbox"}
    assert went_in["source image"]["digest"] == {"hyperoneImageId": stack.outputs()["source_image_id"]}
    assert went_in["base.sh"]["digest"] == {"sha256": hashlib.sha256(b"echo hello > hello\n").hexdigest()}
    lines = "".join(f"{hashlib.sha256(text).hexdigest()}  {name}\n" for name, text in (("a", b"a\n"), ("b/c", b"c\n")))
    assert went_in["conf"]["digest"] == {"dirHash": hashlib.sha256(lines.encode()).hexdigest()}
    assert went_in["project"]["digest"] == {"gitCommit": commit}
    assert went_in["project"]["annotations"] == {"dirty": True}
    assert went_in["project"]["uri"] == "git+https://example.com/x.git"
    assert said["predicate"]["runDetails"]["metadata"]["invocationId"] == stack.outputs()["build_id"]
    assert {"pulumi", "pulumi-sdk-python"} <= said["predicate"]["runDetails"]["builder"]["version"].keys()

    whole = verify(web, "--key", str(tmp_path / "key.pub"), "--folder", str(stack.folder / "images" / web)).ok().text
    assert f"image {web} (web): signed by SHA256:" in whole
    assert "not checked" not in whole
    half = verify(web).ok().text
    assert "unchanged since it was signed by SHA256:" in half
    assert "its owner was not checked" in half
    record.write_bytes(record.read_bytes() + b" ")
    verify(web).failed("record.cdx.json: it is not the one that the statement names")
    verify(other).failed("no statement about it")
    verify(other, "--folder", str(file.parent)).failed("the image has no tag", f"another one, not {other}")
    file.write_bytes(file.read_bytes().replace(b"payloadType", b"payloadtype"))
    verify(web).failed(f"error: image {web}: statement: it is not the one that the image's tag pulumi-statement names")

    private = (tmp_path / "key").read_text().splitlines()[2].encode()
    kept = [*stack.state_files(), *(path for path in (stack.folder / "logs").rglob("*") if path.is_file())]
    assert not [path for path in kept if private in path.read_bytes()]


def test_signing_is_turned_on_and_off_without_a_rebuild(stack, cloud, key, tmp_path):
    """Turned on later it adds two tags' call and says what it cannot know; turned off, or with another key, nothing."""
    stack.configure({"web": image()})
    stack.up().ok()
    before = cloud.mutations()
    stack.configure({"web": image(provenance_key=str(tmp_path / "key"))})
    assert "began without provenance_key" in stack.up().ok().text
    (tagged,) = cloud.mutations()[len(before) :]
    assert tagged["path"].endswith("/tag")
    (file,) = stack.folder.glob("logs/records/*/statement.dsse.json")
    went_in = stated(file.read_bytes(), key)["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert [found["name"] for found in went_in] == ["source image"]
    stack.configure({"web": image()})
    stack.up().ok()
    assert len(cloud.mutations()) == len(before) + 1
