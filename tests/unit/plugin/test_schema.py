"""The package's schema: what programs in every language may write is what settings read."""

from __future__ import annotations

import re

import pytest

from pulumi_hyperone.components.arguments import SHAPING
from pulumi_hyperone.components.hyperone_image import OUTPUTS
from pulumi_hyperone.plugin.schema import Schema
from pulumi_hyperone.plugin.spelling import camel, snake
from pulumi_hyperone.provider.foundation.option import is_secret
from pulumi_hyperone.provider.provisioners.catalog import TYPES
from pulumi_hyperone.settings import ImageSettings, ProjectSettings
from tests.support.stacks import ROOT

IMAGE = "hyperone:index:HyperOneImage"
PROVISIONERS = {
    one["properties"]["type"]["const"]: one["properties"]
    for one in Schema().package("1.2.3")["types"].values()
    if "const" in one["properties"].get("type", {})
}


@pytest.fixture(scope="module")
def schema():
    """The schema of some version."""
    return Schema().package("1.2.3")


def test_the_options_of_an_image_are_those_of_its_settings(schema):
    """No option is missing, none is more, secrets are marked, and what shapes a build takes no output."""
    options = schema["resources"][IMAGE]["inputProperties"]
    assert options.keys() == {camel(name) for name in ImageSettings.model_fields}
    secret = {camel(name) for name, field in ImageSettings.model_fields.items() if is_secret(field)}
    assert {name for name, one in options.items() if one.get("secret")} == secret
    assert {name for name, one in options.items() if one.get("plain")} == {camel(name) for name in SHAPING}
    assert schema["types"]["hyperone:index:ImageOptions"]["properties"] == options


def test_every_option_of_the_settings_page_is_in_the_schema(schema):
    """What docs/settings.md has a row for can be written in every language."""
    page = (ROOT / "docs" / "settings.md").read_text()
    named = {
        name for row in re.findall(r"^\| (`[^|]*`) \|", page, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    records = [*schema["types"].values(), {"properties": schema["config"]["variables"]}]
    known = {snake(name) for one in records for name in one["properties"]}
    assert {"vm_type", "token", "source_image"} <= named
    assert named - known == set()


def test_provisioners_are_told_apart_by_their_type(schema):
    """Each type has the options that it reads, and a list of provisioners may hold each of them."""
    assert PROVISIONERS.keys() == TYPES.keys()
    for kind, model in TYPES.items():
        assert PROVISIONERS[kind].keys() == {camel(name) for name in model.model_fields}, kind
    listed = schema["resources"][IMAGE]["inputProperties"]["provisioners"]["items"]
    assert listed["discriminator"]["mapping"].keys() == TYPES.keys()


def test_the_account_is_the_configuration(schema):
    """The settings of the account are the provider's, the token a secret."""
    variables = schema["config"]["variables"]
    assert variables.keys() == {camel(name) for name in ProjectSettings.model_fields}
    assert [name for name, one in variables.items() if one.get("secret")] == ["token"]


def test_images_of_a_set_have_the_outputs_of_a_single_one(schema):
    """One map of the same outputs, by the names of the images."""
    built = schema["types"]["hyperone:index:BuiltImage"]["properties"]
    assert built == schema["resources"][IMAGE]["properties"]
    assert built.keys() == {camel(name) for name in OUTPUTS}


def test_names_can_be_spelled_there_and_back(schema):
    """No two options become the same in other languages."""
    names = [*ImageSettings.model_fields, *ProjectSettings.model_fields]
    names += [name for model in TYPES.values() for name in model.model_fields]
    assert [snake(camel(name)) for name in names] == names


def test_every_option_says_what_it_does(schema):
    """What editors of other languages show is what docs/settings.md and docs/provisioners.md say."""
    blocks = {"SourceImageFilterOptions", "VmTagOptions", "ImageTagOptions"}
    records = [
        one for name, one in schema["types"].items() if name.endswith("Options") and name.split(":")[2] not in blocks
    ]
    records.append({"properties": schema["config"]["variables"]})
    assert [
        name
        for one in records
        for name, said in one["properties"].items()
        if not said.get("description") and name != "type"
    ] == []
    page = (ROOT / "docs" / "settings.md").read_text()
    assert f"| {schema['resources'][IMAGE]['inputProperties']['vmName']['description']} |" in page
