"""What changed between two records, and which version is the later one."""

import pytest

from pulumi_hyperone.provider.records.difference import all_lines, difference, one_line
from pulumi_hyperone.provider.records.stock import File, Key, Package, Stock
from pulumi_hyperone.provider.records.versions import is_later


def deb(name, version):
    """A package of dpkg."""
    return Package("dpkg", name, version, "amd64")


BEFORE = Stock(
    packages=(deb("openssl", "3.0.15"), deb("libc6", "2.36-9"), deb("vim", "9"), deb("kept", "1")),
    ports=("tcp/22",),
    users=("guru (uid 1000, groups guru, /bin/sh)",),
    files=(File("/etc/motd", "configuration", "a" * 64), File("/etc/shadow", "configuration")),
)
AFTER = Stock(
    packages=(deb("openssl", "3.0.16"), deb("libc6", "2.36-1"), deb("nginx", "1.22"), deb("kept", "1")),
    ports=("tcp/22", "tcp/80"),
    users=BEFORE.users,
    files=(File("/etc/motd", "configuration", "b" * 64), File("/etc/shadow", "configuration")),
    cut=("checksums of packages' files: 10 were compared in 2 s",),
)


def test_one_line_says_the_most_of_it():
    """Packages up and down with their versions, then what came and went."""
    assert one_line(difference(BEFORE, AFTER)) == (
        "2 packages changed (openssl 3.0.15 → 3.0.16, libc6 2.36-9 → 2.36-1), nginx added, vim removed, "
        "port 80 opened, configuration file /etc/motd changed"
    )
    assert one_line(difference(BEFORE, BEFORE)) == "nothing that the record holds changed"


def test_many_changes_make_no_longer_line():
    """Three of each kind are named."""
    many = Stock(packages=tuple(deb(f"p{number}", "1") for number in range(50)), ports=("tcp/1", "tcp/2"))
    assert one_line(difference(Stock(), many)) == "50 packages added (p0, p1, p10 …), ports 1 2 opened"


def test_a_key_whose_file_has_a_blank_for_a_name_is_told():
    """Names come from machines, and from records that somebody may have changed."""
    assert one_line(difference(Stock(), Stock(keys=(Key("host-key", " ", "SHA256:a"),)))).startswith("key ")


def test_all_of_it_is_said_a_line_each_and_what_could_not_be_compared_too():
    """`hyperone diff` leaves nothing out."""
    assert all_lines(difference(BEFORE, AFTER)) == [
        "~ package openssl 3.0.15 → 3.0.16",
        "~ package libc6 2.36-9 → 2.36-1",
        "+ package nginx 1.22",
        "- package vim 9",
        "+ port tcp/80",
        "~ configuration file /etc/motd",
        "? checksums of packages' files: 10 were compared in 2 s",
    ]


def test_what_one_record_was_cut_of_is_not_told_as_a_change():
    """Files that were not all compared or listed are not said to come or go, but that they were not compared is."""
    cut = "changed files: not all were compared with their packages in 1.5 s, those that changed last first"
    before = Stock(files=(File("/usr/bin/a", "changed"), File("/usr/bin/su", "setuid")), users=("guru",))
    assert all_lines(difference(before, Stock(cut=(cut,)))) == ["- user guru", "- setuid file /usr/bin/su", f"? {cut}"]
    users = "users: 5000 of 6000 are listed"
    assert all_lines(difference(before, Stock(files=before.files, cut=(users,)))) == [f"? {users}"]
    for everything in ("all after passwd: there is more than 64 MiB to tell", "all after 1000000 lines of apk"):
        assert all_lines(difference(before, Stock(cut=(everything,)))) == [f"? {everything}"]


def test_what_each_machine_has_for_itself_is_no_change():
    """Its name, its ids and its host keys; that one of them comes or goes is told."""

    def machine(number, *more):
        files = ("hostname", "hosts", "machine-id", "ssh/ssh_host_rsa_key.pub")
        keys = (Key("host-key", "/etc/ssh/ssh_host_rsa_key.pub", f"SHA256:{number}", f"root@{number}"), *more)
        return Stock(files=tuple(File(f"/etc/{one}", "configuration", str(number)) for one in files), keys=keys)

    assert all_lines(difference(machine(1), machine(2))) == []
    added = Key("authorized-key", "/root/.ssh/authorized_keys", "SHA256:a", "ssh-rsa me")
    assert all_lines(difference(machine(1, added), machine(2))) == [
        "- key authorized-key /root/.ssh/authorized_keys SHA256:a ssh-rsa me"
    ]


def test_several_versions_of_one_package_come_and_go_one_by_one():
    """A second kernel beside the first is added; nothing is called an upgrade."""
    found = difference(Stock(packages=(deb("k", "1"),)), Stock(packages=(deb("k", "1"), deb("k", "2"))))
    assert [one["version"] for one in found["packages"]["added"]] == ["2"]
    assert found["packages"]["upgraded"] == found["packages"]["removed"] == []


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("3.0.16", "3.0.9"),
        ("1:0.1", "9"),
        ("1.0", "1.0~rc1"),
        ("1.0-2", "1.0-1"),
        ("1.0+b1", "1.0"),
        ("1.0a", "1.0"),
        ("2" + "0" * 10_000, "1" + "0" * 10_000),
    ],
)
def test_versions_are_ordered_as_dpkg_orders_them(later, earlier):
    """Numbers count as numbers, an epoch goes over all, a tilde comes before the end."""
    assert is_later(later, earlier)
    assert not is_later(earlier, later)
    assert not is_later(later, later)
