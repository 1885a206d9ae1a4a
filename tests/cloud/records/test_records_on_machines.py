"""Taking stock of real sandbox machines, and finding and removing there what should not be in an image."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from pulumi_hyperone.provider.foundation.errors import Interrupted
from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.records import taking
from pulumi_hyperone.provider.records.residue import search
from pulumi_hyperone.provider.records.taking import take_stock
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions
from pulumi_hyperone.provider.ssh.keys import generate
from pulumi_hyperone.provider.ssh.ssh_machine import SshMachine
from tests.support.sandboxes import Sandboxes

pytestmark = pytest.mark.cloud
PORT = 47334
SECRET = "hunter2-hunter2"


@pytest.fixture(scope="module")
def sandboxes(tmp_path_factory) -> Iterator[Sandboxes]:
    """Sandbox machines in a loop of their own."""
    cloud = Sandboxes(tmp_path_factory.mktemp("sandboxes"), PORT)
    yield cloud
    cloud.close()


@pytest.fixture
def interruption() -> Interruption:
    """A fresh interruption switch."""
    return Interruption()


@pytest.fixture
def pair():
    """The build's key."""
    return generate()


@pytest.fixture
def box(sandboxes, interruption, pair) -> Iterator[SshMachine]:
    """A machine connected to a sandbox as user guru."""
    spec = sandboxes.start(ssh_keys=(pair.public,))
    options = CommunicatorOptions(ssh_port=PORT, ssh_timeout="30s")
    address = spec.ssh_addresses[0]
    with SshMachine.connect(options, address, private_keys=[pair.private], interruption=interruption) as machine:
        yield machine


def sh(box: SshMachine, command: str) -> str:
    """What a command prints."""
    return box.run(command, timeout=60, capture=True, check=True).text


@pytest.fixture
def look(box, pair):
    """Search the machine for residue; returns findings as (kind, path)."""

    def do(*, clean=False, secrets=(SECRET, pair.private)):
        found = search(box, clean=clean, public_key=pair.public, began=time.time(), secrets=secrets)
        return {(one.kind, one.path) for one in found if one.kind != "log"}

    return do


def test_a_machine_s_stock_with_hostile_names(box, monkeypatch):
    """A package database and files with names that are not UTF-8 are told as they are, escaped; so is what differs."""
    monkeypatch.setattr(taking, "COMPARE", 60)
    monkeypatch.setattr(taking, "SEARCH", 60)
    sh(
        box,
        "mkdir -p /var/lib/dpkg/info; printf 'Package: a\\377\\nStatus: install ok installed\\nVersion: 1\\n' "
        "> /var/lib/dpkg/status; for name in id env; do printf '%032d  usr/bin/%s\\n' 0 $name; done "
        "> /var/lib/dpkg/info/a.md5sums; md5sum /usr/bin/true | sed 's|/usr/||' >> /var/lib/dpkg/info/a.md5sums; "
        "echo /usr/bin/env > /var/lib/dpkg/info/a.list; printf x > \"/opt/$(printf 'b\\377\\nc')\"; chmod 4755 /opt/b*",
    )
    stock = take_stock(box)
    assert [one.name for one in stock.packages if one.manager == "dpkg"] == [r"a\xff"]
    assert r"/opt/b\xff\x0ac" in [one.path for one in stock.files if one.state == "setuid"]
    assert [one.path for one in stock.files if one.state == "changed"] == ["/usr/bin/env", "/usr/bin/id"]
    assert "/usr/bin/env" not in [one.path for one in stock.files if one.state == "unowned"]
    assert any(user.startswith("guru (uid 1000") for user in stock.users)
    assert stock.system


def test_a_comparison_that_takes_too_long_is_cut_alone(box, monkeypatch):
    """Which files differ is told as far as it was seen; the list of files is whole all the same."""
    monkeypatch.setattr(taking, "COMPARE", 0.2)
    sh(
        box,
        "mkdir -p /var/lib/dpkg/info; printf 'Package: a\nStatus: install ok installed\nVersion: 1\n' "
        "> /var/lib/dpkg/status; find /usr -path /usr/share -prune -o -type f -print "
        "| sed 's|^/|00000000000000000000000000000000  |' > /var/lib/dpkg/info/a.md5sums",
    )
    stock = take_stock(box)
    assert any(text.startswith("changed files: not all were compared") for text in stock.cut)
    assert len([one for one in stock.files if one.state == "unowned"]) == taking.MOST


def test_a_machine_without_sudo_or_packages_tells_what_it_could_not_see(box):
    """The stock of a plain user on a machine without any package manager is taken all the same."""
    sh(box, "mkdir -p ~/bin && printf '#!/bin/sh\\nexit 1\\n' > ~/bin/sudo && chmod +x ~/bin/sudo")
    plain_user = box.stream
    box.stream = lambda command, **rest: plain_user(f"PATH=$HOME/bin:$PATH; {command}", **rest)
    stock = take_stock(box)
    assert any(text.startswith("what only root may read") for text in stock.unseen)
    assert any(text.startswith("which package owns a file") for text in stock.unseen)
    assert not [one for one in stock.files if one.state == "unowned"]


def test_a_machine_with_busybox_tools_is_looked_at_and_cleaned(box, look):
    """Where grep knows no -Z and find no -printf: stock, secrets in odd names, and cleaning are as with GNU's tools."""
    sh(box, f"mkdir -p ~/bin && busybox --install -s ~/bin; printf '{SECRET}' > \"$HOME/$(printf 'odd\\377\\nname')\"")
    sh(box, f"touch ~/odd-{SECRET}")
    with_gnu_tools = box.stream
    box.stream = lambda command, **rest: with_gnu_tools(f"PATH=$HOME/bin:$PATH; {command}", **rest)
    sh(box, "! printf x | grep -qZ x; echo ls > ~/.ash_history; echo x > /tmp/left")
    assert any(user.startswith("guru (uid 1000") for user in take_stock(box).users)
    secrets = {("secret", r"/home/guru/odd\xff\x0aname"), ("secret", f"/home/guru/odd-{SECRET}")}
    assert secrets | {("temporary-file", "/tmp/left")} <= look()
    sh(box, "rm ~/odd*")
    assert look(clean=True) == set()


def test_a_secret_in_a_file_or_its_name_is_found(box, look):
    """Also in a file with a hostile name, in base64, and in the name of a folder, without all that is in that."""
    sh(
        box,
        f"printf 'password={SECRET}\\n' > ~/.netrc; printf 'x:{SECRET}' | base64 > ~/encoded; "
        f"printf '{SECRET}' > \"$HOME/$(printf 'odd\\377\\nname')\"; echo harmless > ~/other; "
        f"mkdir -p ~/of-{SECRET}/deeper; touch ~/of-{SECRET}/file; "
        f"ln -s nowhere \"$HOME/$(printf '{SECRET}\\377\\n.')\"",
    )
    assert {path for kind, path in look() if kind == "secret"} == {
        "/home/guru/.netrc",
        "/home/guru/encoded",
        r"/home/guru/odd\xff\x0aname",
        f"/home/guru/of-{SECRET}",
        rf"/home/guru/{SECRET}\xff\x0a.",
    }


@pytest.mark.parametrize("tools", ["GNU", "Busybox"])
def test_a_secret_in_the_target_of_a_link_is_found(box, look, tools):
    """Also in a link with a hostile name or target, and with Busybox' tools; other links are not."""
    if tools == "Busybox":
        sh(box, "mkdir -p ~/bin && busybox --install -s ~/bin")
        with_gnu_tools = box.stream
        box.stream = lambda command, **rest: with_gnu_tools(f"PATH=$HOME/bin:$PATH; {command}", **rest)
    sh(
        box,
        f"ln -s {SECRET} ~/link; ln -s /etc/{SECRET}/key \"$HOME/$(printf 'odd\\377\\nname')\"; "
        f"ln -s harmless ~/other; mkdir ~/of; ln -s \"$(printf 'a\\n\\377{SECRET}')\" ~/of/link",
    )
    assert {path for kind, path in look() if kind == "secret"} == {
        "/home/guru/link",
        r"/home/guru/odd\xff\x0aname",
        "/home/guru/of/link",
    }


def test_the_private_key_of_the_build_is_found_and_other_keys_are_not(box, pair, look):
    """What all keys begin with does not count."""
    box.upload(pair.private.encode(), "/home/guru/mine")
    box.upload(generate().private.encode(), "/home/guru/other")
    assert {path for kind, path in look() if kind == "secret"} == {"/home/guru/mine"}


def test_all_kinds_of_residue_are_found_and_cleaned(box, pair, look):
    """What a build leaves is found; after cleaning nothing of it is there, and other people's keys are."""
    other = generate().public
    sh(
        box,
        f"mkdir -p ~/.ssh; echo '{pair.public}' >> ~/.ssh/authorized_keys; echo '{other}' >> ~/.ssh/authorized_keys; "
        "echo ls > ~/.bash_history; mkdir -p /var/lib/dhcp /var/cache/apt/archives /var/log ~/.cache/pip; "
        "echo lease > /var/lib/dhcp/a.leases; echo deb > /var/cache/apt/archives/a.deb; touch ~/.cache/pip/x; "
        "echo log > /var/log/build.log; mkdir /tmp/left; echo x > /var/tmp/left",
    )
    wanted = {
        ("build-key", "/home/guru/.ssh/authorized_keys"),
        ("shell-history", "/home/guru/.bash_history"),
        ("dhcp-lease", "/var/lib/dhcp/a.leases"),
        ("package-cache", "/var/cache/apt/archives/a.deb"),
        ("package-cache", "/home/guru/.cache/pip"),
        ("cloud-init", "/var/lib/cloud/instance"),
        ("temporary-file", "/tmp/left"),
        ("temporary-file", "/var/tmp/left"),
    }
    assert wanted <= look()
    assert look(clean=True) == look() == set()
    assert sh(box, "cat ~/.ssh/authorized_keys; cat /var/log/build.log") == other


def test_a_secret_stops_cleaning_before_nobody_can_log_in(box, pair, look):
    """The build will fail for it, so the key stays for a person who looks."""
    sh(box, f"echo {SECRET} > ~/kept; echo '{pair.public}' > ~/.ssh/authorized_keys; echo {SECRET} > /tmp/gone")
    assert {("secret", "/home/guru/kept"), ("build-key", "/home/guru/.ssh/authorized_keys")} <= look(clean=True)
    assert "ssh-ed25519" in sh(box, "cat ~/.ssh/authorized_keys; ls /tmp")


@pytest.mark.parametrize("secrets", [(), ("abc",), ("a\0bcdefgh",)])
def test_what_cannot_be_searched_for_is_said(box, look, secrets):
    """No secrets, too short ones and ones that no file name could hold find nothing; those left out are told."""
    sh(box, "echo abc > ~/abc")
    kinds = {kind for kind, _ in look(secrets=secrets)}
    assert "secret" not in kinds
    assert ("unseen" in kinds) == bool(secrets)


def test_an_interruption_ends_the_search_at_once(box, interruption):
    """Ctrl-C while the stock is taken: the session says so at once, and there is no record."""
    begun = box.stream

    def interrupted(command, *, on_stdout, **rest):
        def first(data):
            interruption.set("the engine asked to stop")
            on_stdout(data)

        return begun(command, on_stdout=first, **rest)

    box.stream = interrupted
    with pytest.raises(Interrupted):
        take_stock(box)
