"""What a machine answers about its content is hostile until it was read: names, databases, sections."""

import base64
import gzip
import json
import os
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from cyclonedx.schema import SchemaVersion

from pulumi_hyperone.provider.foundation.errors import SettingsError, SshError
from pulumi_hyperone.provider.records import sections as reading
from pulumi_hyperone.provider.records.access import with_own_key
from pulumi_hyperone.provider.records.cyclonedx_file import from_cyclonedx, to_cyclonedx
from pulumi_hyperone.provider.records.sections import Sections
from pulumi_hyperone.provider.records.stock import File, Package, plain
from pulumi_hyperone.provider.records.taking import read_stock

BUILD = "0123456789abcdef0123456789abcdef"
HOSTILE = b'/usr/bin/\xff\n\x1b[31m\xe2\x80\xae"<script>\\'


def answer(mark=b"M", **sections):
    """What stock.sh sends; underscores in names stand for dashes."""
    whole = {"begin": b"0\n", **sections, "end": b""}
    return b"".join(b"\n" + mark + b" " + os.fsencode(k.replace("_", "-")) + b"\n" + v for k, v in whole.items())


def files(*paths, mode=b"644"):
    """The section about these files."""
    return b"".join(b"1700000000.5 %s %s\n" % (mode, path.replace(b"\n", b"\0")) for path in paths)


def stock(**sections):
    """The stock of a machine with these sections."""
    return read_stock(Sections(answer(**sections), "M"), plain, in_chroot=False)


def test_the_record_is_valid_cyclonedx_whatever_names_there_are():
    """Hostile names of files and packages are escaped; the file fits the official schema and reads back the same."""
    status = b"Package: a\x1b]0;x\x07\xff\nStatus: install ok installed\nVersion: 1\x00:2 </script>\n\n"
    found = stock(
        os_release=b'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian \xff 12"\n',
        dpkg_status=status,
        files=files(HOSTILE, mode=b"4755"),
        passwd=b"ro\xffot:x:0:0:r:/root:/bin/sh\n",
        **{"authorized-keys /root/keys\udcff": b"ssh-ed25519 " + b"QUFB" * 12 + b" me\x1b@home\n"},
    )
    content = to_cyclonedx(found, image="web", build_id=BUILD)
    # Not at the top, where each process that collects tests would spend seconds on it.
    from cyclonedx.validation.json import JsonStrictValidator

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(content.decode()) is None
    assert not any(byte < 32 and byte not in b"\n" for byte in content)
    again = from_cyclonedx(content, "here")
    assert (again.packages, set(again.files), again.users) == (found.packages, set(found.files), found.users)
    assert set(again.keys) == set(found.keys)
    assert [one.path for one in found.keys] == [r"/root/keys\xff"]
    assert {one.state for one in found.files} == {"setuid", "unowned"}
    assert File(r"/usr/bin/\xff\x0a\x1b[31m\xe2\x80\xae" + '"<script>\\\\', "unowned") in found.files


def test_a_stanza_in_a_package_s_text_is_no_package():
    """Only installed packages count; what stands in a description is not taken for one."""
    status = (
        b"Package: real\nStatus: install ok installed\nVersion: 1\nDescription: x\n Package: fake\n"
        b"\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n"
    )
    assert stock(dpkg_status=status).packages == (Package("dpkg", "real", "1", "", "real (1)"),)


def test_files_that_differ_from_their_package_or_have_none():
    """Checksums of packages and of configuration files decide; /lib and /usr/lib are one folder."""
    found = stock(
        dpkg_status=b"Package: a\nStatus: install ok installed\nVersion: 1\nConffiles:\n /etc/a " + b"0" * 32 + b"\n",
        dpkg_files=b"/lib/a.so\n/usr/bin/a\n",
        changed=b"usr/bin/a: FAILED\netc/a: FAILED\nusr/share/doc/a: FAILED open or read\n",
        files=files(b"/usr/lib/a.so", b"/usr/bin/a", b"/etc/a", b"/usr/bin/evil"),
        cut_changed=b"",
    )
    states = {(file.path, file.state) for file in found.files}
    assert states == {
        ("/usr/bin/evil", "unowned"),
        ("/usr/bin/a", "changed"),
        ("/etc/a", "changed"),
        ("/etc/a", "configuration"),
    }
    assert found.cut == (
        "changed files: not all were compared with their packages in 1.5 s, those that changed last first",
    )


def test_packages_of_other_managers():
    """apk, pacman, rpm, pip and npm, each in its own form."""
    found = stock(
        apk=b"P:musl\nV:1.2-r0\nA:x86_64\no:musl\nF:lib\nR:ld.so\n\n",
        pacman=b"%NAME%\nbash\n\n%VERSION%\n5.2-1\n\n%ARCH%\nany\n\n",
        rpm=b"zlib\t(none)\t1.2-3\tx86_64\tzlib-1.2-3.src.rpm\nzstd\t1\t2-3\tx86_64\tzstd.src.rpm\nbroken line\n",
        files=files(b"/usr/local/lib/python3.11/site-packages/requests-2.31.0.dist-info/METADATA"),
        **{"npm /usr/lib/npm/package.json": b'{"name": "npm", "version": "10"}', "npm /x/package.json": b"{"},
    )
    assert {(one.manager, one.name, one.version) for one in found.packages} == {
        ("apk", "musl", "1.2-r0"),
        ("pacman", "bash", "5.2-1"),
        ("rpm", "zlib", "1.2-3"),
        ("rpm", "zstd", "1:2-3"),
        ("pip", "requests", "2.31.0"),
        ("npm", "npm", "10"),
    }


@pytest.mark.parametrize("name", ["", " ", "/", "@scope/", "a/ "])
def test_a_package_without_a_name_is_none(name):
    """A package.json that somebody wrote by hand, or half a database, is no reason to fail a build."""
    manifest = json.dumps({"name": name, "version": "1"}).encode()
    found = stock(**{"npm /usr/lib/node_modules/a/package.json": manifest, "apk": f"P:{name}\nV:1\n\n".encode()})
    assert found.packages == ()
    assert from_cyclonedx(to_cyclonedx(found, image="web", build_id=BUILD), "here").packages == ()


def test_a_certificate_that_cannot_be_read_is_left_out():
    """Versions that X.509 does not have, among whatever else stands in folders of certificates."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "web")])
    key, day = Ed25519PrivateKey.generate(), datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, day, day)
    good = builder.sign(key, None).public_bytes(Encoding.DER)
    version = good.index(bytes.fromhex("a003020102")) + 4
    kinds = {"a": good, "b": good[:version] + b"\x07" + good[version + 1 :], "c": good[:-9]}
    found = stock(
        **{
            f"certificates /etc/ssl/{kind}.pem": b"-----BEGIN CERTIFICATE-----\n%s-----END CERTIFICATE-----\n"
            % base64.encodebytes(content)
            for kind, content in kinds.items()
        }
    )
    assert [(one.path, one.detail) for one in found.keys] == [("/etc/ssl/a.pem", "CN=web, valid until 2026-01-01")]


def test_what_rpm_says_of_packages_and_their_files():
    """As rpm 4.18 prints it: no epoch, packages without files, keys, files that are gone."""
    found = stock(
        rpm=(
            b"hello\t1\t2.0-3.el9\tnoarch\thello-2.0-3.el9.src.rpm\n"
            b"empty\t(none)\t1.0-1\tnoarch\tempty-1.0-1.src.rpm\n"
            b"gpg-pubkey\t(none)\t8483c65d-5ccc5b19\t(none)\t(none)\n"
        ),
        rpm_files=b"/etc/hello.conf\n/usr/bin/gone\n/usr/bin/hello\n/usr/share/a b/c d\n(contains no files)\n",
        files=files(b"/etc/hello.conf", b"/usr/bin/hello", b"/usr/share/a b/c d", b"/usr/share/a"),
    )
    assert found.packages == (
        Package("rpm", "empty", "1.0-1", "noarch", "empty-1.0-1.src.rpm"),
        Package("rpm", "hello", "1:2.0-3.el9", "noarch", "hello-2.0-3.el9.src.rpm"),
    )
    assert [file.path for file in found.files if file.state == "unowned"] == ["/usr/share/a"]


APK = b"""C:Q1xxxxxxxxxxxxxxxxxxxxxxxxxxx=
P:busybox
V:1.36.1-r29
A:x86_64
S:509680
I:962560
T:Size optimized toolbox of many common UNIX utilities
U:https://busybox.net/
L:GPL-2.0-only
o:busybox
m:Somebody <somebody@example.com>
t:1716400000
c:ab1e6e0ae2bbf0e4f8b9b6b6f5f3a1b8d0c1e2f3
D:so:libc.musl-x86_64.so.1
p:cmd:busybox=1.36.1-r29
r:busybox-initscripts
F:bin
R:busybox
a:0:0:755
Z:Q1xxxxxxxxxxxxxxxxxxxxxxxxxxx=
F:etc
R:securetty
Z:Q1xxxxxxxxxxxxxxxxxxxxxxxxxxx=
F:usr
F:usr/share/udhcpc
M:0:0:755
R:default.script
a:0:0:755
Z:Q1xxxxxxxxxxxxxxxxxxxxxxxxxxx=

C:Q1xxxxxxxxxxxxxxxxxxxxxxxxxxx=
P:ssl_client
V:1.36.1-r29
A:x86_64
o:busybox
F:usr
F:usr/bin
R:ssl_client
"""


def test_what_apk_keeps_of_packages_and_their_files():
    """As Alpine's /lib/apk/db/installed has it."""
    found = stock(
        apk=APK + b"\n",
        files=files(
            *(b"/etc/securetty", b"/usr/share/udhcpc/default.script", b"/usr/bin/ssl_client"),
            *(b"/usr/bin/busybox", b"/usr/bin/mine"),
        ),
    )
    assert found.packages == (
        Package("apk", "busybox", "1.36.1-r29", "x86_64", "busybox"),
        Package("apk", "ssl_client", "1.36.1-r29", "x86_64", "busybox"),
    )
    assert [file.path for file in found.files if file.state == "unowned"] == ["/usr/bin/mine"]


def test_the_key_of_the_build_is_told_by_its_role():
    """Each build's is another, which makes no difference between images; other keys are told by their fingerprints."""
    lines = [b"ssh-ed25519 " + letter * 48 + b" me" for letter in (b"A", b"B", b"C")]
    records = [
        with_own_key(stock(**{"authorized-keys /k": own + b"\n" + lines[2] + b"\n"}).keys, own.decode())
        for own in lines[:2]
    ]
    assert records[0] == records[1]
    assert [key.fingerprint[:7] for key in records[0]] == ["SHA256:", "the bui"]


def test_ports_users_services_and_rules_of_sudo():
    """As people write them; passwords, comments and defaults are left out."""
    row = b"   0: %s:%s 00000000:0000 %s 00000000:00000000\n"
    found = stock(
        tcp=b"header\n" + row % (b"00000000", b"0050", b"0A") + row % (b"0100007F", b"0019", b"0A"),
        udp=b"header\n" + row % (b"00000000", b"0035", b"07"),
        passwd=b"guru:secret:1000:1000:My name:/home/guru:/bin/bash\n",
        group=b"guru:x:1000:\nsudo:x:27:guru\n",
        sudoers=b"# note\nDefaults env_keep=X\nguru ALL=(ALL) \\\n  NOPASSWD: ALL\n",
        services=b"/etc/systemd/system/multi-user.target.wants/nginx.service\0/etc/rc2.d/S01cron\0",
    )
    assert found.ports == ("tcp/localhost:25", "tcp/80", "udp/53")
    assert found.users == ("guru (uid 1000, groups guru sudo, /bin/bash)",)
    assert found.sudoers == ("guru ALL=(ALL) NOPASSWD: ALL",)
    assert found.services == ("cron", "nginx.service")


def test_more_than_is_kept_is_said(monkeypatch):
    """Files beyond a number, and what comes after the largest answer."""
    found = stock(dpkg_status=b"Package: a\n", files=files(*(b"/usr/%d" % number for number in range(6000))))
    assert "unowned files: 5000 of 6000 are listed" in found.cut
    assert len(found.files) == 5000
    many = stock(passwd=b"".join(b"u%d:x:%d:1::/:/bin/sh\n" % (number, number) for number in range(5001)))
    assert many.cut == ("users: 5000 of 5001 are listed",)
    assert len(many.users) == 5000
    with monkeypatch.context() as fewer:
        fewer.setattr(reading, "MOST_LINES", 3)
        found = stock(dpkg_status=b"Package: a\n", dpkg_files=b"/usr/a\n" * 4, files=files(b"/usr/a") * 3)
    assert [text for text in found.cut if text.startswith("all ")] == ["all after 1000000 lines of dpkg-files"]
    cut = answer(**{"host-keys /etc/ssh/a.pub": b"ssh-ed25519 "}).removesuffix(b"\nM end\n")
    monkeypatch.setattr(reading, "LARGEST", len(cut))
    for sent in (cut, b"Welcome!\n\nM gzip\n" + gzip.compress(cut + b"more")):
        found = read_stock(Sections(sent, "M"), plain, in_chroot=False)
        assert found.cut == ("all after host-keys: there is more than 64 MiB to tell",)


@pytest.mark.parametrize(
    "wrong",
    [b"", b"\nM begin\n0\n", b"\nM end\n", b"\nN begin\n\nN end\n", b"\nM gzip\nnoise", b"\nM gzip\n\x1f\x8b\x08"],
)
def test_an_answer_that_is_not_whole_is_refused(wrong):
    """A session that ended early, or a machine that says something else, makes no record."""
    with pytest.raises(SshError, match="incomplete"):
        Sections(wrong, "M")


def with_property(kind: str, value: str) -> bytes:
    """A record that says one thing."""
    properties = [{"name": f"hyperone:{kind}", "value": value}]
    return json.dumps({"metadata": {"component": {"properties": properties}}}).encode()


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"[]",
        b"{}",
        json.dumps({"metadata": {"component": {"properties": [1]}}}).encode(),
        with_property("host-key", "[" * 100_000),
        with_property("users", "\x1b]0;title\x07"),
        with_property("ports", "tcp/\u202e22"),
    ],
)
def test_a_record_that_was_changed_is_refused_by_name(wrong):
    """The message names the file; what a terminal would act on is in none that a build wrote."""
    with pytest.raises(SettingsError, match=r"here is not a record of an image"):
        from_cyclonedx(wrong, "here")
