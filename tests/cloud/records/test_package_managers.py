"""What rpm and pacman installed is recorded as they tell it; databases of dpkg, and of apk as on Alpine, too."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pulumi_hyperone.provider.records.stock import Package, Stock, plain
from tests.cloud.records.conftest import PROGRAMS

pytestmark = [pytest.mark.cloud, pytest.mark.skipif(os.getuid() != 0, reason="chroot needs root")]
SAME = "usr/bin/same"
FILES = ("etc/hello.conf", "usr/bin/hello", "usr/share/a b/c \udcff d", SAME)
CHANGED = ["/etc/hello.conf", "/usr/bin/hello", r"/usr/share/a b/c \xff d"]
SPEC = """
%define _invalid_encoding_terminates_build 0
Name: hello
Epoch: 1
Version: 2.0
Release: 3
Summary: x
License: MIT
BuildArch: noarch
%description
x
%install
cp -a FILES/. %{buildroot}
%files
/usr/bin/*
%config(noreplace) /etc/hello.conf
"/usr/share/a b"
"""
PKGINFO = "pkgname = hello\npkgbase = hello-base\npkgver = 1:2.0-3\narch = any\nbackup = etc/hello.conf\n"
MTREE = "!all,use-set,type,uid,gid,mode,time,size,md5,sha256,link"
PLAIN = {**os.environ, "LC_ALL": "C"}


def run(*command: str | Path, cwd: Path | None = None, codes: tuple[int, ...] = (0,)) -> str:
    """What a program prints."""
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run(command, errors="surrogateescape", check=False, cwd=cwd, env=PLAIN, **both)
    assert done.returncode in codes, f"{command}: {done.returncode}\n{done.stdout}"
    return done.stdout


@pytest.fixture
def files(tmp_path) -> Path:
    """A folder with what the package brings."""
    folder = tmp_path / "files"
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(os.fsencode(name))
    return folder


def change(root: Path) -> None:
    """Change what the package brought, all but one file, and add a file that no package has."""
    for name in FILES:
        (root / name).write_bytes(os.fsencode(name if name == SAME else f"{name}!"))
    (root / "usr/bin/added").touch()


def in_state(stock: Stock, state: str) -> list[str]:
    """The files in a state, but for the programs and libraries that the root was made of."""
    made_of = {Path(path).name for tool in PROGRAMS if (path := shutil.which(tool))}
    paths = [file.path for file in stock.files if file.state == state]
    own = {"/etc/passwd", "/etc/group", "/etc/rpm/macros", "/usr/lib/rpm/macros", "/usr/lib/rpm/rpmrc"}
    return [path for path in paths if not (Path(path).name in made_of | {"sh"} or ".so." in path or path in own)]


def test_what_dpkg_installed(root, look):
    """Packages' files are told where they differ, are configuration or setuid; others of the same name are no one's."""
    folders = ("etc", "usr/bin", "usr/etc", "usr/lib/a", "var/lib/dpkg/info")
    for folder in folders:
        (root / folder).mkdir(parents=True, exist_ok=True)
    owned = ("etc/a", "usr/bin/a", "usr/bin/setuid", "lib/a/so")
    for name in (*owned[:3], "usr/lib/a/so", "usr/etc/a", "usr/bin/added"):
        (root / name).write_text("as it was\n")
    (root / "usr/bin/setuid").chmod(0o4755)
    digest = hashlib.md5(b"as it was\n", usedforsecurity=False).hexdigest()
    (root / "var/lib/dpkg/status").write_text("Package: a\nStatus: install ok installed\nVersion: 1\n")
    (root / "var/lib/dpkg/info/a.list").write_text("".join(f"/{name}\n" for name in owned))
    (root / "var/lib/dpkg/info/a.md5sums").write_text("".join(f"{digest}  {name}\n" for name in owned))
    stock = look()
    assert "/etc/a" in in_state(stock, "configuration")
    assert in_state(stock, "setuid") == ["/usr/bin/setuid"]
    assert in_state(stock, "changed") == []
    assert in_state(stock, "unowned") == ["/usr/bin/added", "/usr/etc/a"]
    (root / "usr/lib/a/so").write_text("no longer\n")
    assert in_state(look(), "changed") == ["/usr/lib/a/so"]


def test_what_rpm_installed(root, look, files, tmp_path):
    """The record has what `rpm -qa` and `rpm -V` tell; no database is made where none is; a broken one is told."""
    (tmp_path / "hello.spec").write_text(SPEC.replace("FILES", str(files)))
    run("rpmbuild", "-bb", "--define", f"_topdir {tmp_path}/build", tmp_path / "hello.spec")
    for folder in ("etc/rpm", "usr/lib/rpm"):
        (root / folder).mkdir(parents=True)
    (root / "etc/rpm/macros").write_text("%_dbpath /var/lib/rpm\n")
    for name in ("macros", "rpmrc"):
        shutil.copy(f"/usr/lib/rpm/{name}", root / "usr/lib/rpm")
    assert "which package owns a file: there is no database of dpkg, rpm, apk or pacman" in look().unseen
    ask = ("rpm", "--root", root, "--dbpath", "/var/lib/rpm")
    run(*ask, "-i", "--nodeps", *(tmp_path / "build").rglob("*.rpm"))
    change(root)
    stock = look()
    told = run(*ask, "-qa", "--qf", "%{NAME} %{EPOCH}:%{VERSION}-%{RELEASE} %{ARCH} %{SOURCERPM}").split()
    assert stock.packages == (Package("rpm", *told),)
    verdicts = run(*ask, "-V", "--nomtime", "hello", codes=(1,)).splitlines()
    assert sorted(plain(os.fsencode(line[13:])) for line in verdicts) == in_state(stock, "changed") == CHANGED
    assert in_state(stock, "unowned") == ["/usr/bin/added"]
    assert [text for text in stock.unseen if "package" in text] == []
    (root / "var/lib/rpm/rpmdb.sqlite").write_bytes(b"noise")
    assert any(text.startswith("packages: rpm cannot read its database") for text in look().unseen)


def test_what_pacman_installed(root, look, files, tmp_path):
    """The record has what `pacman -Q` and `pacman -Qkk` tell."""
    (files / ".PKGINFO").write_text(PKGINFO)
    run("bsdtar", "-czf", ".MTREE", "--format=mtree", f"--options={MTREE}", ".PKGINFO", "etc", "usr", cwd=files)
    package = tmp_path / "hello-1:2.0-3-any.pkg.tar.gz"
    run("bsdtar", "-czf", package, ".MTREE", ".PKGINFO", "etc", "usr", cwd=files)
    (root / "var/lib/pacman").mkdir(parents=True)
    ask = ("pacman", "--root", root, "--dbpath", root / "var/lib/pacman", "--cachedir", tmp_path, "--noconfirm")
    run(*ask, "-Udd", package)
    change(root)
    stock = look()
    assert stock.packages == (Package("pacman", *run(*ask, "-Q").split(), "any", "hello-base"),)
    wrong = re.findall(rf"hello: {re.escape(str(root))}(/.+) \(SHA256", run(*ask, "-Qkk", codes=(0, 1)))
    assert sorted(plain(os.fsencode(path)) for path in wrong) == in_state(stock, "changed") == CHANGED
    assert in_state(stock, "unowned") == ["/usr/bin/added"]


def test_what_apk_installed(root, look, files):
    """With Busybox' tools alone, as on Alpine: packages, and the files whose SHA-1 is not the package's."""
    shutil.copytree(files, root, dirs_exist_ok=True)
    database = "P:hello\nV:2.0-r3\nA:x86_64\no:hello-base\n"
    for name in map(Path, FILES):
        digest = base64.b64encode(hashlib.sha1((files / name).read_bytes(), usedforsecurity=False).digest()).decode()
        database += f"F:{name.parent}\nR:{name.name}\na:0:0:755\nZ:Q1{digest}\n"
    (root / "lib/apk/db").mkdir(parents=True)
    (root / "lib/apk/db/installed").write_bytes(os.fsencode(database) + b"\n")
    for tool in PROGRAMS:
        if tool != "busybox":
            (root / "usr/bin" / tool).unlink()
    run("chroot", root, "/usr/bin/busybox", "--install", "-s", "/usr/bin")
    change(root)
    stock = look()
    assert stock.packages == (Package("apk", "hello", "2.0-r3", "x86_64", "hello-base"),)
    assert in_state(stock, "changed") == CHANGED
    assert "/usr/bin/added" in in_state(stock, "unowned")
