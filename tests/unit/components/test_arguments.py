"""Options as a program hands them over: mappings with outputs in them."""

from __future__ import annotations

import asyncio

import pulumi
import pytest

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


def test_an_output_cannot_decide_which_resources_there_are():
    """Every such option is named, together with the other faults, in one error."""
    wrong = {"chroot_disk": pulumi.Output.from_input(True), "release": pulumi.Output.from_input("x"), "disk_size": 0}
    with pytest.raises(pulumi.RunError) as caught:
        arguments_of("web", {**PLAIN, **wrong})
    said = str(caught.value)
    assert "images.web.chroot_disk: must be known when the program runs" in said
    assert "images.web.release: must be known" in said
    assert "images.web.disk_size: must be a number of GiB greater than 0, not 0" in said


def test_outputs_are_found_anywhere_in_a_value():
    """In lists and mappings too."""
    output = pulumi.Output.from_input(1)
    assert holds_output([{"inline": [output]}])
    assert not holds_output({"a": [1, "x"], "b": None})


def test_shaping_options_exist():
    """A renamed option fails here."""
    assert set(ImageSettings.model_fields) >= SHAPING
