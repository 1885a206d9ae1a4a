"""Options as a program hands them over: mappings with outputs in them."""

from __future__ import annotations

import asyncio

import pulumi
import pytest
from pulumi.runtime.rpc import UNKNOWN

from pulumi_hyperone.components.arguments import SHAPING, arguments_of, holds_output
from pulumi_hyperone.settings import ImageSettings

PLAIN = {"source_image": "debian", "vm_type": "a1.nano", "disk_size": 10}


@pytest.fixture(autouse=True)
def loop():
    """Outputs are futures of a running event loop."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    loop.close()
    asyncio.set_event_loop(None)


def test_plain_options_are_known_at_once():
    """Without outputs there is nothing to wait for."""
    arguments = arguments_of("web", PLAIN)
    assert (arguments.settings.disk_size, arguments.resolved, arguments.deferred) == (10, None, frozenset())


def test_an_output_for_an_image_is_an_input_of_a_resource():
    """source_image and existing_id go past the settings; nothing else is deferred for them."""
    source = pulumi.Output.from_input("id-of-base")
    arguments = arguments_of("web", {**PLAIN, "source_image": source})
    assert set(arguments.images) == {"source_image"}
    assert arguments.resolved is None


def test_other_outputs_defer_what_depends_on_them():
    """The settings are complete once the outputs are known; relatives of an option are deferred with it."""
    tags = {"team": pulumi.Output.from_input("web")}
    arguments = arguments_of("web", {**PLAIN, "image_tags": tags})
    assert arguments.deferred == {"image_tags", "image_tag"}
    assert arguments.settings.image_tags == {}


def known(output):
    """What an output holds."""
    return asyncio.get_event_loop().run_until_complete(output.future(with_unknowns=True))


def unknown():
    """An output as a preview has it: its value comes with the build."""

    async def data():
        return pulumi.output._OutputData(resources=set(), value=None, is_known=False, is_secret=False)

    return pulumi.Output._from_data(data())


def test_the_api_is_asked_about_what_is_known_of_outputs():
    """Unknown options are marked, with what follows from them; known outputs are asked about like others."""
    late = {"source_image": unknown(), "disk_type": unknown(), "network": pulumi.Output.from_input("lan")}
    asked = known(arguments_of("web", {**PLAIN, **late, "image_tags": {"built-from": unknown()}}).asked)
    assert asked["vm_type"] == "a1.nano"
    assert asked["network"] == "lan"
    assert {option for option, value in asked.items() if value == UNKNOWN} == {
        "source_image",
        "disk_type",
        "chroot_disk_type",
    }


def test_a_known_output_is_checked_although_another_is_unknown():
    """A fault in an option that is an output is said in the preview already, whatever else is still to be made."""
    late = {"disk_name": unknown(), "vm_type": pulumi.Output.from_input("two\nlines")}
    with pytest.raises(pulumi.RunError, match=r"images\.web\.vm_type: must be one line"):
        known(arguments_of("web", {**PLAIN, **late}).asked)


def test_options_that_others_need_may_be_outputs():
    """What is required beside another option is there, though its value comes later; so is what is judged with it."""
    late = {"pre_mount_commands": [unknown()], "ssh_private_key_file": unknown(), "user_data": unknown()}
    plain = {"chroot_disk": True, "ssh_certificate_file": "id-cert.pub", "post_mount_commands": ["true"]}
    settings = arguments_of("web", {**PLAIN, **plain, **late}).settings
    assert (settings.post_mount_commands, settings.pre_mount_commands) == (["true"], [])


def test_a_source_image_beside_the_settings_is_the_one_that_is_asked_about():
    """It stands in for the one in settings that are loaded already, and for one that a mapping leaves out."""
    loaded = arguments_of("web", PLAIN).settings
    for given in (loaded, {"vm_type": "a1.nano", "disk_size": 10}):
        assert known(arguments_of("web", given, "base-id").asked)["source_image"] == "base-id"
        assert known(arguments_of("web", given, unknown()).asked)["source_image"] == UNKNOWN


def test_an_adopted_image_may_be_an_output():
    """Nothing but its id is asked, and that only when it is known."""
    assert known(arguments_of("web", {"existing_id": unknown()}).asked) == {"existing_id": UNKNOWN}
    assert known(arguments_of("web", {"existing_id": pulumi.Output.from_input("one")}).asked) == {"existing_id": "one"}


def test_an_output_cannot_decide_which_resources_there_are():
    """Every such option is named, together with the other faults, in one error."""
    wrong = {"chroot_disk": pulumi.Output.from_input(True), "release": pulumi.Output.from_input("x"), "disk_size": 0}
    with pytest.raises(pulumi.RunError) as caught:
        arguments_of("web", {**PLAIN, **wrong})
    said = str(caught.value)
    assert "images.web.chroot_disk: must be known when the program runs" in said
    assert "images.web.release: must be known" in said
    assert "images.web.disk_size: must be a number of GiB greater than 0 and at most 65536, not 0" in said


def test_outputs_are_found_anywhere_in_a_value():
    """In lists and mappings too."""
    output = pulumi.Output.from_input(1)
    assert holds_output([{"inline": [output]}])
    assert not holds_output({"a": [1, "x"], "b": None})


def test_shaping_options_exist():
    """A renamed option fails here."""
    assert set(ImageSettings.model_fields) >= SHAPING
