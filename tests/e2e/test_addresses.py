"""The address table of API facts 3.4: which adapter is asked for, which address SSH uses, what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.cloud import Cloud, tags_of
from tests.support.options import covers
from tests.support.stacks import Stack, image, new_stack

PUBLIC_ADAPTER = "561e7e30a8cfd461e469ad18"
FIXED = ("public", "net-public", "net-public-private", "net-private")


@dataclass
class Own:
    """What the user has in the cloud before the build: a network and addresses."""

    network: str
    free_public: list[dict[str, Any]]
    private: dict[str, Any]
    other_private: str

    @property
    def ids(self) -> set[str]:
        """Ids of the user's addresses."""
        return {ip["id"] for ip in (*self.free_public, self.private)}


@dataclass
class Story:
    """A stack with an image for each row of the table, built, rebuilt and destroyed: what was seen on the way."""

    own: Own
    api_version: str
    asked: dict[str, Any]
    addresses: dict[str, str]
    adapters: dict[str, dict[str, Any]]
    built_ips: dict[str, dict[str, Any]]
    rebuild: list[dict[str, Any]] = field(default_factory=list)
    old_vms: dict[str, str] = field(default_factory=dict)
    asked_again: dict[str, Any] = field(default_factory=dict)
    images_after: list[str] = field(default_factory=list)
    left_ips: list[dict[str, Any]] = field(default_factory=list)
    left: dict[str, Any] = field(default_factory=dict)

    def assert_adapter(self, name: str, service: str, /, *ips: str, **v1: Any) -> None:
        """A builder's only adapter is of the service and has the addresses; `v1` is how that generation asks for it."""
        adapter = self.adapters[name]
        assert adapter["flavour"] == service
        assert set(ips) <= {value for ip in adapter["ip"] for value in (ip["id"], ip["address"])}
        if self.api_version == "v1":
            assert self.asked[name] == [{"service": service, **v1}]

    def assert_associated(self, public: dict[str, Any], private: dict[str, Any]) -> None:
        """The public address leads to the private one."""
        found = self.built_ips[public["id"]]
        assert (found["state"], found["associated"]["ip"]) == ("Associated", private["id"])


@pytest.fixture(scope="module")
def cloud(session_cloud):
    """One cloud for the module."""
    session_cloud.reset()
    return Cloud(session_cloud)


@pytest.fixture(scope="module")
def own(cloud) -> Own:
    """A network that this host reaches, three public addresses, one private address of the user's own, one unused."""
    network = cloud.send("POST", "/v1/network", {"name": "inner"})
    private = cloud.send("POST", "/v1/ip", {"network": network["id"]})
    public = [cloud.send("POST", "/v1/ip", {}) for _ in range(3)]
    start = network["address"].rpartition(".")[0]
    return Own(network["id"], public, private, f"{start}.77")


def options(own: Own, marker: str) -> dict[str, dict[str, Any]]:
    """One image for each row; `marker` is what their provisioner writes."""
    rows: dict[str, dict[str, Any]] = {
        "plain": {"private_ip": "10.1.2.3", "public_netadp_service": PUBLIC_ADAPTER},
        "public": {"public_ip": own.free_public[0]["address"], "private_ip": "10.1.2.3"},
        "net": {"network": "inner"},
        "net-private": {"network": own.network, "private_ip": own.other_private},
        "net-public": {"network": "inner", "public_ip": own.free_public[1]["id"]},
        "net-public-private": {
            "network": own.network,
            "public_ip": own.free_public[2]["address"],
            "private_ip": own.private["id"],
        },
    }
    script = [{"type": "shell", "inline": [f"echo {marker} > /home/guru/marker"]}]
    return {name: image(image_name=name, provisioners=script, **row) for name, row in rows.items()}


def adapters_asked_for(calls: list[dict[str, Any]]) -> dict[str, Any]:
    """The adapters in the bodies that create builders, by image."""
    creates = [call["body"] for call in calls if call["operation"] == "vm.create"]
    return {tags_of(body)["pulumi-image"]: body["netadp"] for body in creates}


@pytest.fixture(scope="module")
def story(cloud, own, engine_path, api_version, tmp_path_factory) -> Story:
    """Build all rows side by side, rebuild them all after a change, destroy them."""
    stack = new_stack(tmp_path_factory.mktemp("addresses"), engine_path, cloud, "test", api_version)
    told = built(cloud, own, stack, api_version)
    rebuilt(cloud, own, stack, told)
    stack.destroy().ok()
    told.left_ips, told.left = cloud.get("/v1/ip"), cloud.inventory()
    return told


def built(cloud: Cloud, own: Own, stack: Stack, api_version: str) -> Story:
    """The first `up`."""
    stack.configure(options(own, "first"))
    stack.up().ok()
    vms = {vm["tag"]["pulumi-image"]: vm["id"] for vm in cloud.inventory()["vms"]}
    resources = stack.resources()
    return Story(
        own=own,
        api_version=api_version,
        asked=adapters_asked_for(cloud.mutations()),
        addresses={name: resources[f"{name}-builder"]["outputs"]["address"] for name in vms},
        adapters={name: cloud.get(f"/v1/vm/{vm}/netadp")[0] for name, vm in vms.items()},
        built_ips={ip["id"]: ip for ip in cloud.inventory()["ips"]},
        old_vms=vms,
    )


def rebuilt(cloud: Cloud, own: Own, stack: Stack, told: Story) -> None:
    """The second `up`: the provisioners changed, so every image is built anew."""
    before = len(cloud.mutations())
    stack.configure(options(own, "second"))
    stack.up().ok()
    told.rebuild = cloud.mutations()[before:]
    told.asked_again = adapters_asked_for(told.rebuild)
    told.images_after = [one["tag"]["pulumi-image"] for one in cloud.images()]


@covers("public_netadp_service")
def test_without_network_the_adapter_is_public_and_its_first_address_is_used(story):
    """Row 1: the adapter has the service and nothing else, private_ip is ignored; SSH uses its automatic address."""
    story.assert_adapter("plain", "public", story.addresses["plain"], service=PUBLIC_ADAPTER)
    assert story.addresses["plain"] == story.adapters["plain"]["ip"][0]["address"]
    assert story.addresses["plain"].startswith("127.77.")


@covers("public_ip")
def test_a_public_ip_goes_to_the_public_adapter(story):
    """Row 2: the adapter is asked for with the address, private_ip is ignored; SSH uses that address."""
    address = story.own.free_public[0]["address"]
    story.assert_adapter("public", "public", address, ip=[address])
    assert story.addresses["public"] == address


@covers("network")
def test_with_network_the_adapter_is_private(story):
    """Row 3: a private adapter in the network; SSH uses its automatic private address."""
    story.assert_adapter("net", "private", story.addresses["net"], network="inner")
    assert story.adapters["net"]["network"]["id"] == story.own.network
    assert story.addresses["net"] == story.adapters["net"]["ip"][0]["address"]


@covers("private_ip")
def test_a_private_ip_goes_to_the_private_adapter(story):
    """Row 4: the private adapter is asked for with the address; SSH uses it."""
    address = story.own.other_private
    story.assert_adapter("net-private", "private", address, network=story.own.network, ip=[address])
    assert story.addresses["net-private"] == address


def test_network_and_public_ip_associate_it_with_the_first_private_address(story):
    """Row 5: a private adapter, then the public address is associated with its address; SSH uses the public one."""
    public = story.own.free_public[1]
    story.assert_adapter("net-public", "private", network="inner")
    story.assert_associated(public, story.adapters["net-public"]["ip"][0])
    assert story.addresses["net-public"] == public["address"]


def test_network_public_and_private_ip_associate_the_two(story):
    """Row 6: the private adapter has the private address, the public one is associated with it."""
    public, private = story.own.free_public[2], story.own.private
    story.assert_adapter("net-public-private", "private", private["id"], network=story.own.network, ip=[private["id"]])
    story.assert_associated(public, private)
    assert story.addresses["net-public-private"] == public["address"]


@pytest.mark.parametrize("name", FIXED)
def test_a_rebuild_with_a_fixed_address_removes_the_old_builder_first(story, name):
    """The new builder needs the address of the old one, which is deleted before the new one is asked for."""
    delete = next(n for n, call in enumerate(story.rebuild) if call["path"].endswith(f"/vm/{story.old_vms[name]}"))
    create = next(n for n, call in enumerate(story.rebuild) if created_image(call) == name)
    assert story.rebuild[delete]["method"] == "DELETE"
    assert delete < create
    assert story.asked_again[name] == story.asked[name]


def test_a_rebuild_with_an_automatic_address_keeps_the_old_builder_until_the_new_image_is_there(story):
    """Without a fixed address old and new stand side by side, so that a failed rebuild loses nothing."""
    delete = next(n for n, call in enumerate(story.rebuild) if call["path"].endswith(f"/vm/{story.old_vms['plain']}"))
    image_made = next(
        n
        for n, call in enumerate(story.rebuild)
        if call["operation"] == "image.create" and tags_of(call["body"])["pulumi-image"] == "plain"
    )
    assert image_made < delete


def test_a_rebuild_keeps_the_old_images(story):
    """Also with delete-before-replace every image of the first build is still there beside that of the second."""
    assert sorted(story.images_after) == sorted([*story.asked, *story.asked])


def test_the_users_addresses_are_given_back_free_and_automatic_ones_vanish(story):
    """After destroy exactly the user's addresses are left, none of them in use."""
    assert {ip["id"] for ip in story.left["ips"]} == story.own.ids
    assert {ip["state"] for ip in story.left_ips} == {"Unallocated"}
    assert (story.left["vms"], story.left["disks"], story.left["netadps"]) == ([], [], [])


def created_image(call: dict[str, Any]) -> str | None:
    """The image whose builder a call creates."""
    return tags_of(call["body"])["pulumi-image"] if call["operation"] == "vm.create" else None
