"""Names of options become those of settings, and only those."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pulumi
import pytest

from pulumi_hyperone.components.typed_options import ImageOptions
from pulumi_hyperone.plugin.spelling import camel, respelled, snake


@pytest.mark.parametrize(
    ("given", "options"),
    [
        ({"vmType": "a1.nano"}, {"vm_type": "a1.nano"}),
        ({"imageTags": {"someKey": "v"}}, {"image_tags": {"someKey": "v"}}),
        ({"vmTag": [{"name": "someKey"}]}, {"vm_tag": [{"name": "someKey"}]}),
        ({"sourceImageFilter": {"tags": {"aB": "c"}}}, {"source_image_filter": {"tags": {"aB": "c"}}}),
        (
            {"provisioners": [{"type": "shell", "environmentVars": ["aB=1"], "env": {"aB": "1"}}]},
            {"provisioners": [{"type": "shell", "environment_vars": ["aB=1"], "env": {"aB": "1"}}]},
        ),
        ({"provisioners": [{"type": "unheard-of", "aB": 1}]}, {"provisioners": [{"type": "unheard-of", "a_b": 1}]}),
        ({"diskSize": 10.0, "vmTyp": 1.5}, {"disk_size": 10, "vm_typ": 1.5}),
        ({"provisioners": {"type": "shell"}, "imageTags": [1]}, {"provisioners": {"type": "shell"}, "image_tags": [1]}),
    ],
)
def test_options_are_respelled_and_keys_of_maps_are_not(given, options):
    """Records at any depth have options; tags and variables keep the names that somebody gave them."""
    assert respelled(snake, ImageOptions, given) == options
    assert respelled(snake, Mapping[str, ImageOptions], {"myImage": given}) == {"myImage": options}


def test_outputs_are_respelled_when_they_are_known():
    """An output stays one, with the options in it respelled."""

    async def made():
        steps = pulumi.Output.from_input([{"type": "shell", "maxRetries": 3.0}])
        return await respelled(snake, ImageOptions, {"provisioners": steps})["provisioners"].future()

    assert asyncio.run(made()) == [{"type": "shell", "max_retries": 3}]


def test_a_spelling_is_undone_by_the_other():
    """What a program gets back is spelled as it writes it."""
    given = {"vmType": "x", "imageTags": {"someKey": "v"}, "provisioners": [{"type": "sleep", "pauseBefore": "1s"}]}
    assert respelled(camel, ImageOptions, respelled(snake, ImageOptions, given)) == given
