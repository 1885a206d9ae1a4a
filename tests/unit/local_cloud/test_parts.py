"""The parts of the local cloud that need no server."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from pulumi_hyperone.local_cloud.access import lookup
from pulumi_hyperone.local_cloud.access.auth import (
    TokenCaller,
    authenticate,
    check_access,
    open_session,
    password_digest,
)
from pulumi_hyperone.local_cloud.lifecycle.addresses import Addresses, Block, can_bind, is_reachable
from pulumi_hyperone.local_cloud.lifecycle.bodies import NewNetadp, Password, VmCreate
from pulumi_hyperone.local_cloud.lifecycle.credentials import password_hash
from pulumi_hyperone.local_cloud.lifecycle.disks import remove_tree
from pulumi_hyperone.local_cloud.lifecycle.networks import ip_state, parse_cidr
from pulumi_hyperone.local_cloud.serving.gate import clean_path
from pulumi_hyperone.local_cloud.state import catalog
from pulumi_hyperone.local_cloud.state.home import port_from_environment
from pulumi_hyperone.local_cloud.state.records import AccessRule, Image, Ip, Network, Project, Token, User, new_id
from pulumi_hyperone.local_cloud.state.refusals import ApiError
from pulumi_hyperone.local_cloud.state.store import Store
from pulumi_hyperone.local_cloud.testing.faults import FaultRequest, Faults
from pulumi_hyperone.local_cloud.testing.masks import Masks

PORT = 2299


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store in a file."""
    return Store(tmp_path / "cloud.db")


def a_network(address: str = "10.9.0.0/29") -> Network:
    """A small private network."""
    return Network(name="n", project="p", address=address, broadcast="10.9.0.7", gateway="10.9.0.1")


def an_ip(**fields: object) -> Ip:
    """An ip in a network."""
    return Ip.model_validate({"name": "i", "project": "p", "address": "10.9.0.2", "network": "n", **fields})


def caller_of(rules: list[AccessRule], user: User | None = None) -> TokenCaller:
    """A caller whose token has these rules, and whose project is `p`."""
    chosen = Project(id="p", name="p", organisation="o")
    return TokenCaller("t", user, chosen, Token(name="t", secret="s", project="p", access=rules))


def test_store_keeps_documents_over_reopening(store: Store, tmp_path: Path) -> None:
    """Saved, changed and removed documents are the same after reopening, in order."""
    first, second, third = (Project(name=name, organisation="o") for name in "abc")
    store.save(first, second, third)
    first.name = "changed"
    store.save(first)
    store.remove(second)
    store.set_setting("x", {"a": 1})
    store.close()
    again = Store(tmp_path / "cloud.db")
    assert [one.name for one in again.all(Project)] == ["changed", "c"]
    assert again.get(Project, third.id) == third
    assert again.setting("x") == {"a": 1}
    assert (tmp_path / "cloud.db").stat().st_mode & 0o077 == 0


def test_ids_have_the_shape_of_the_api() -> None:
    """24 lower-case hexadecimal digits, all different."""
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(one) == 24 and set(one) <= set("0123456789abcdef") for one in ids)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (b"/v1//vm/", "/v1/vm"),
        (b"/", "/"),
        (b"//v1/vm//x%20y", "/v1/vm/x y"),
        (b"/v1/vm/a%2Fb", f"/v1/vm/a{lookup.ENCODED_SLASH}b"),
    ],
)
def test_paths_are_cleaned(raw: bytes, clean: str) -> None:
    """Doubled and trailing slashes go; an encoded slash stays in its segment."""
    assert clean_path(raw) == clean


def test_reference_may_be_query_escaped() -> None:
    """A plus sign is itself or a space."""
    assert lookup.spellings("a+b") == ("a+b", "a b")
    assert lookup.spellings(f"a{lookup.ENCODED_SLASH}b") == ("a/b",)


@pytest.mark.parametrize(
    ("rule", "method", "path", "allowed"),
    [
        (AccessRule(), "POST", "/v1/vm", True),
        (AccessRule(method="GET", path="/vm"), "GET", "/v1/vm/x/hdd", True),
        (AccessRule(method="GET", path="/vm"), "POST", "/v1/vm", False),
        (AccessRule(method="GET", path="/vm"), "GET", "/v1/vmx", False),
        (AccessRule(method="PATCH", path="/vm/*/tag"), "PUT", "/v1/vm/x/tag", True),
        (AccessRule(method="DELETE", path="/v1/image/"), "DELETE", "/v1/image/x", True),
    ],
)
def test_access_rules(rule: AccessRule, method: str, path: str, allowed: bool) -> None:
    """Method and path of a rule decide; a path means everything below it too."""
    caller = caller_of([rule])
    if allowed:
        check_access(caller, method, path)
        return
    with pytest.raises(ApiError) as refused:
        check_access(caller, method, path)
    assert refused.value.status == 403


def test_session_is_prolonged_by_use_and_ends(store: Store) -> None:
    """Use moves the expiry; an expired session is a 401 and gone."""
    user = User(login="u", password_salt="s", password_digest=password_digest("p", "s"))
    store.save(user)
    session, secret = open_session(store, user, "", "")
    session.expiry = "2999-01-01T00:00:00.000Z"
    authenticate(store, secret, None)
    assert session.expiry < "2999"
    session.expiry = "2001-01-01T00:00:00.000Z"
    with pytest.raises(ApiError) as refused:
        authenticate(store, secret, None)
    assert refused.value.status == 401
    assert store.all(Token) == []


def test_private_addresses_skip_what_is_reserved_or_used(store: Store) -> None:
    """First the gateway, then used and taken addresses are passed over, until the network is full."""
    network = a_network()
    store.save(network, an_ip(network=network.id))
    addresses = Addresses(store, 7, PORT)
    assert addresses.free_private(network) == "10.9.0.3"
    assert addresses.free_private(network, {"10.9.0.3", "10.9.0.4"}) == "10.9.0.5"
    with pytest.raises(ApiError, match="no free address"):
        addresses.free_private(network, {f"10.9.0.{host}" for host in range(3, 7)})


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("10.9.1.1", "outside"),
        ("10.9.0.1", "reserved"),
        ("10.9.0.7", "reserved"),
        ("x", "IPv4"),
        ("10.9.0.2", "in use"),
    ],
)
def test_bad_private_addresses_are_refused(store: Store, address: str, word: str) -> None:
    """Outside, reserved, no address, in use."""
    network = a_network()
    store.save(network, an_ip(network=network.id))
    with pytest.raises(ApiError, match=word):
        Addresses(store, 7, PORT).check_private(network, address)


def test_public_address_is_handed_out_only_when_ssh_can_listen(store: Store) -> None:
    """An address on which something listens already is passed over."""
    with socket.create_server(("127.77.199.1", PORT)):
        assert not can_bind("127.77.199.1", PORT)
        assert Addresses(store, 199, PORT).free_public() == "127.77.199.2"
    assert is_reachable("127.78.0.1")
    assert not is_reachable("10.0.0.1")


def test_blocks_are_held_by_one_cloud_each() -> None:
    """Two clouds that run at once never hold one block."""
    first, second = Block(None), Block(None)
    try:
        assert first.number != second.number
    finally:
        first.release()
        second.release()


@pytest.mark.parametrize(
    ("fields", "state"),
    [({}, "Unallocated"), ({"netadp": "a"}, "Allocated"), ({"peer": "i"}, "Associated"), ({"fip": "i"}, "Associated")],
)
def test_ip_states(fields: dict[str, str], state: str) -> None:
    """Free, on an adapter, paired."""
    assert ip_state(an_ip(**fields)) == state


@pytest.mark.parametrize("text", ["10.0.0.1/24", "10.0.0.0/33", "10.0.0.0/30", "::/8", "x"])
def test_bad_cidr_is_refused(text: str) -> None:
    """Host bits, no such prefix, too small, IPv6, no CIDR."""
    with pytest.raises(ApiError):
        parse_cidr(text)


def test_aliases_of_an_image() -> None:
    """Distro, release, code name, edition; a description that is no JSON has none."""
    debian = next(one for one in map(catalog.catalog_image, catalog.CATALOG) if one.name == "debian-12")
    assert catalog.aliases(debian) == {"debian", "debian:12", "debian:bookworm", "debian:server"}
    assert catalog.aliases(Image(name="x", project="p", description="made by hand")) == set()


def test_secrets_are_masked_in_the_call_log() -> None:
    """Passwords in both forms, tokens, secrets; an empty password stays `{}`; garbage is not shown."""
    body = {"password": {"type": "plain", "value": "p"}, "a": [{"secret": "s", "token": "t", "name": "n"}]}
    hidden = {"password": {"type": "plain", "value": "***"}, "a": [{"secret": "***", "token": "***", "name": "n"}]}
    masked = Masks(None).body
    assert masked(json.dumps(body).encode()) == hidden
    assert masked(b'{"password": {}}') == {"password": {}}
    assert masked(b'{"password": "p"}') == {"password": "***"}
    assert masked(b"password=p") == "<10 bytes, not JSON>"


def test_faults_count_matching_calls() -> None:
    """From the n-th matching call on, `count` times; 0 is for ever; others do not match."""
    faults = Faults()
    faults.add(FaultRequest(operation="vm.*", nth=2, count=2))
    hits = [faults.hit("GET", "/vm", name) is not None for name in ("vm.list", "ip.list", "vm.list", "vm.show", "vm.a")]
    assert hits == [False, False, True, True, False]
    faults.clear()
    faults.add(FaultRequest(method="delete", path="/v1/vm/*/hdd/*", count=0))
    assert all(faults.hit("DELETE", "/vm/x/hdd/y", "") for _ in range(5))
    assert faults.hit("GET", "/vm/x/hdd/y", "") is None


def test_body_variants_mean_the_same() -> None:
    """An ip as text or list, a network as id or object, tags without values, a bare password, `{}`."""
    assert NewNetadp(service="s", ip="1.2.3.4").ip == NewNetadp(service="s", ip=["1.2.3.4"]).ip
    assert NewNetadp.model_validate({"service": "s", "network": {"_id": "n"}}).network == "n"
    vm = VmCreate.model_validate({"service": "s", "tag": {"a": None}, "password": "p", "nonsense": 1})
    assert vm.tag == {"a": ""}
    assert vm.password is not None
    assert (vm.password.type, vm.password.value) == ("plain", "p")
    assert VmCreate.model_validate({"service": "s", "password": {}}).password.value is None
    assert [one.service for one in vm.adapters()] == [catalog.PUBLIC_ADAPTER_SERVICE]
    assert VmCreate.model_validate({"service": "s", "netadp": []}).adapters() == []


def test_password_hash_is_sha512_crypt() -> None:
    """The `$6$` form, with a salt of its own each time."""
    first, second = password_hash(Password(value="secret")), password_hash(Password(value="secret"))
    assert first.startswith("$6$")
    assert first != second


def test_folder_without_permissions_is_removed(tmp_path: Path) -> None:
    """A tree whose folders are closed to their owner goes all the same."""
    inner = tmp_path / "tree" / "closed"
    inner.mkdir(parents=True)
    (inner / "file").write_text("x")
    inner.chmod(0o000)
    remove_tree(tmp_path / "tree")
    assert not (tmp_path / "tree").exists()


@pytest.mark.parametrize("text", ["0", "65536", "x", "-1", "1.5"])
def test_bad_ports_are_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """The message names the variable."""
    monkeypatch.setenv("HYPERONE_LOCAL_PORT", text)
    with pytest.raises(ValueError, match="HYPERONE_LOCAL_PORT"):
        port_from_environment("HYPERONE_LOCAL_PORT")
