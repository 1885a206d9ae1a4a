"""The rule about secrets that are written out: what it finds, what it leaves alone, and that it never repeats them."""

import base64
import gzip
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from rules import secrets
from rules.literals import literal_lines

HIDDEN = "hunter2Hunter"


@pytest.mark.parametrize(
    "line",
    [
        f"export DB_PASSWORD={HIDDEN}",
        f'DB_PASS="{HIDDEN}" ./run',
        f'echo \\"password\\": \\"{HIDDEN}\\"',
        f'{{"client_secret": "{HIDDEN}"}}',
        f"password: {HIDDEN}",
        f"plain_text_passwd: {HIDDEN}",
        f"aws_secret_access_key = {HIDDEN}",
        f"mysql -u root --password={HIDDEN}",
        f"mysql -u root --password {HIDDEN}",
        f"mysqldump -u root -p{HIDDEN} shop",
        f"sshpass -p {HIDDEN} ssh host",
        f"curl -u admin:{HIDDEN} https://example.com",
        f"curl -H 'X-Api-Key: {HIDDEN}' https://example.com",
        f"curl -H 'Authorization: Bearer {HIDDEN}' https://example.com",
        f"git clone https://ci:{HIDDEN}@example.com/x.git",
        f"echo 'guru:{HIDDEN}' | sudo chpasswd",
        f"mysql-server mysql-server/root_password password {HIDDEN}",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----",
        "aws configure set x AKIA" + "Q7ZK2M4N6P8R0S1T",
        "login ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
        "login glpat-" + "a1B2c3D4e5F6g7H8i9J0",
        "send eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + "dozjgNryP4J3jVmNHl0w5N",
    ],
)
def test_a_secret_that_is_written_out_is_found(line):
    """Assignments, options, headers, URLs, and keys that are known by their form."""
    assert literal_lines(f"set -e\n{line}\n") == [2]


@pytest.mark.parametrize(
    "line",
    [
        'export DB_PASSWORD="$DB_PASSWORD"',
        "export TOKEN=${TOKEN}",
        "password=$(cat /run/secret)",
        "password: {{ vault_password }}",
        "password: <your password>",
        'mysql --password="$PASS" -u root',
        "mysql -u root -p shop",
        "docker login --password-stdin",
        "vault login --token-file /run/token",
        'curl -u "admin:$PASSWORD" https://example.com',
        'curl -H "Authorization: Bearer $TOKEN" https://example.com',
        "curl -fsSL https://example.com/key.asc | gpg --dearmor",
        "git clone https://example.com:8443/x.git",
        "git clone ssh://git@example.com/x.git",
        'echo "guru:$PASSWORD" | chpasswd',
        "passwd -l root",
        "lock_passwd: true",
        "ssh_pwauth: false",
        "passwd: $6$rounds=4096$saltsalt$hash",
        "sed -i 's/#PasswordAuthentication yes/PasswordAuthentication no/' /etc/ssh/sshd_config",
        "sed -i 's/^password=.*/password=/' app.ini",
        "apt-get install -y libsecret-1-0 token-tools",
        "PASS_MAX_DAYS=9000",
        "tokens=12000",
        "bypass=always",
        "PWD=/root",
        "cp /etc/secret/key.pem /etc/ssl/private/",
        "sha256sum -c 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        "-----BEGIN PUBLIC KEY-----",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8vYcZQ guru@example.com",
    ],
)
def test_what_holds_no_secret_is_left_alone(line):
    """References, placeholders, hashes and words that only look alike."""
    assert literal_lines(line) == []


@pytest.mark.parametrize("text", ["x", "-", "a-", "a.", "a_", "a:", "Zm9v+/"])
def test_a_long_line_is_judged_at_once(text):
    """Files that are packed into a script are lines of a megabyte; the time must not grow with the square of that."""
    assert literal_lines(f"echo {text * (2**20 // len(text))} | base64 -d >file; TOKEN={HIDDEN}") == [1]


def test_commands_are_judged_and_the_environment_is_not(judge):
    """Secrets belong into env: it is masked, and settings can hold it encrypted."""
    provisioners = [
        {"type": "shell", "inline": ["true", f"TOKEN={HIDDEN} run"], "env": {"TOKEN": HIDDEN}},
        {"type": "shell", "inline": ["run"], "environment_vars": [f"PASSWORD={HIDDEN}"]},
        {"type": "file", "content": f"password = {HIDDEN}", "destination": "/etc/app"},
    ]
    found = judge(secrets.no_secret_literals, "Provisioning", provisioners=provisioners)
    places = ["images.web.provisioners[0].inline[1]", "images.web.provisioners[2].content"]
    assert [message.split(": ")[0] for message in found] == places
    assert HIDDEN not in "".join(found)
    found = judge(secrets.no_secret_literals, "Provisioning", {"allowed_places": places}, provisioners=provisioners)
    assert found == []


def test_known_commands_are_judged_beside_unknown_ones(judge, unknown):
    """One command that a preview cannot know does not hide the others."""
    provisioners = [{"inline": [unknown, f"TOKEN={HIDDEN} run"]}]
    found = judge(secrets.no_secret_literals, "Provisioning", provisioners=provisioners)
    assert [message.split(": ")[0] for message in found] == ["images.web.provisioners[0].inline[1]"]
    assert judge(secrets.no_secret_literals, "Provisioning", provisioners=unknown) is None


def test_chroot_commands_are_judged(judge):
    """Commands of chroot builds are commands too."""
    found = judge(
        secrets.no_secret_literals, "Provisioning", provisioners=[], chroot={"pre_mount_commands": [f"pwd={HIDDEN}"]}
    )
    assert [message.split(": ")[0] for message in found] == ["images.web.chroot.pre_mount_commands[0]"]


def _mime(text):
    document = MIMEMultipart()
    document.attach(MIMEText("#!/bin/sh\ntrue\n"))
    document.attach(MIMEText(text, _charset="utf-8"))
    return document.as_bytes()


@pytest.mark.parametrize("packed", [str.encode, lambda text: gzip.compress(text.encode(), mtime=0), _mime])
def test_user_data_is_unpacked(judge, packed):
    """Plain, compressed, or a part of a MIME document that is base64 itself; the message says the line."""
    data = base64.b64encode(packed(f"#cloud-config\npassword: {HIDDEN}\n")).decode()
    found = judge(secrets.no_secret_literals, "TemporaryVm", user_data=data)
    assert len(found) == 1
    assert found[0].startswith("images.web.user_data: line 2 seems to hold a password or key")
    assert HIDDEN not in found[0]


@pytest.mark.parametrize(
    "data",
    [
        None,
        "not base64",
        base64.b64encode(b"\x1f\x8bbroken").decode(),
        base64.b64encode(b"\xff\xfe\x00").decode(),
        base64.b64encode(gzip.compress(b"#cloud-config\nssh_pwauth: false\n", mtime=0)).decode(),
        base64.b64encode(b"Content-Type: multipart/mixed\n\nbroken").decode(),
    ],
)
def test_user_data_without_secrets_passes(judge, data):
    """Also what cannot be unpacked."""
    assert judge(secrets.no_secret_literals, "TemporaryVm", user_data=data) == []
