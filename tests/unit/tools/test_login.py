"""Which builder `make ssh` logs in on, read from a stack's exported state."""

from __future__ import annotations

import pytest

from tools.stack.errors import StackError
from tools.stack.login import find_builder


def exported(*images, ssh_port=2222.0):
    """A state with a build and a builder for each image, as `pulumi stack export --show-secrets` prints it."""
    resources = []
    for image in images:
        urn = f"urn:pulumi:dev::hyperone-image::pulumi-python:dynamic/hyperone:X::{image}"
        key = {"private_key": {"plaintext": f'"key of {image}"'}}
        resources.append({"urn": f"{urn}-build", "id": "1", "outputs": key})
        given = {"username": "guru"} if ssh_port is None else {"username": "guru", "ssh_port": ssh_port}
        made = {"id": f"vm of {image}", "inputs": given, "outputs": {"address": "127.0.0.1"}}
        resources.append({"urn": f"{urn}-builder", **made})
    return {"deployment": {"resources": resources}}


def test_the_only_builder_needs_no_name():
    """With one builder its image need not be named."""
    assert find_builder(exported("web"), "") == ("127.0.0.1", 2222, "guru", "key of web")


def test_a_port_that_the_state_leaves_out_is_that_of_ssh():
    """Options at their defaults are not in the state."""
    assert find_builder(exported("web", ssh_port=None), "")[1] == 22


def test_one_of_several_builders_is_chosen_by_its_image():
    """The image's name chooses the builder and its key."""
    assert find_builder(exported("web", "db"), "db")[3] == "key of db"


@pytest.mark.parametrize(
    ("images", "asked", "message"),
    [
        (("web", "db"), "", r"several builders; name one: make ssh IMAGE=… \(it has: db, web\)"),
        (("web",), "db", r"no builder of image 'db'; name one: make ssh IMAGE=… \(it has: web\)"),
        ((), "", "no builder to log in to; a failed build leaves one"),
    ],
)
def test_what_there_is_no_builder_of_is_said_with_what_there_is(images, asked, message):
    """The message lists the images that have builders."""
    with pytest.raises(StackError, match=message):
        find_builder(exported(*images), asked)


def test_user_and_port_may_be_secrets():
    """As all other settings may; `--show-secrets` shows them like the key."""
    state = exported("web")
    given = {"username": {"plaintext": '"jan"'}, "ssh_port": {"plaintext": "2200"}}
    state["deployment"]["resources"][1]["inputs"] = given
    assert find_builder(state, "web") == ("127.0.0.1", 2200, "jan", "key of web")


def test_the_builder_of_a_failed_rebuild_is_chosen():
    """The state lists what the rebuild replaces after what replaces it."""
    state, before = exported("web"), exported("web", ssh_port=22)["deployment"]["resources"]
    before[0]["outputs"]["private_key"]["plaintext"] = '"an old key"'
    before[1]["id"] = "the vm before"
    done = {"urn": "urn:pulumi:dev::p::t::web-provisioning", "id": "2", "inputs": {"vm_id": "the vm before"}}
    state["deployment"]["resources"] += [*({**one, "delete": True} for one in before), done]
    assert find_builder(state, "web") == ("127.0.0.1", 2222, "guru", "key of web")


def test_an_image_may_be_named_like_a_builder():
    """The image `web-builder` is no builder of the image `web`."""
    state = exported("web")
    state["deployment"]["resources"].append({"urn": "urn:pulumi:dev::p::hyperone:index:HyperOneImage::web-builder"})
    assert find_builder(state, "")[3] == "key of web"


def test_a_builder_that_was_stopped_is_not_connected_to():
    """After a build that succeeded the message says why; a failed rebuild beside the old one's rest can be seen."""
    state = exported("web")
    done = {"urn": "urn:pulumi:dev::hyperone-image::pulumi-python:dynamic/hyperone:Provisioning::web-provisioning"}
    state["deployment"]["resources"].append({**done, "id": "2", "inputs": {"vm_id": "vm of web"}})
    with pytest.raises(StackError, match="the builder of image 'web' is stopped, since its provisioning succeeded"):
        find_builder(state, "web")
    state["deployment"]["resources"][-1]["inputs"] = {"vm_id": "an earlier vm"}
    assert find_builder(state, "web")[0] == "127.0.0.1"
