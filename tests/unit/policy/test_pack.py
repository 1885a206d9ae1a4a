"""The pack as a whole: its rules, the example configurations, and docs/policy.md say the same."""

import ast
import importlib
import json
import re

import jsonschema_rs
import pytest
from pulumi_policy import EnforcementLevel, ResourceValidationPolicy
from rules import RULES

NAMES = [policy.name for policy in RULES]
BY_NAME = {policy.name: policy for policy in RULES}
ID = "5d8f0c3a2b1e4f6a7c9d0e1f"
BUILDER = {"role": "builder", "service": "m2.huge", "disks": [{"size": 80.0}], "state_timeout": 10.0}
COMMAND = {"provisioners": [{"inline": ["scp -o StrictHostKeyChecking=no -o x x:; PASSWORD=hunter2Hunter x"]}]}
FAILING = {
    "vm-type-allowed": ("TemporaryVm", {"allowed": ["a1.*"]}, BUILDER),
    "disk-size-limited": ("TemporaryVm", {"max_gib": 20}, BUILDER),
    "no-public-address": ("TemporaryVm", {}, BUILDER),
    "state-timeout-bounded": ("TemporaryVm", {}, BUILDER),
    "source-image-allowed": ("Build", {"allowed": ["debian*"]}, {"source_image": "alpine", "source_image_id": ID}),
    "source-image-pinned": ("Build", {}, {"source_image": "debian", "source_image_id": ID}),
    "image-name-pattern": ("Image", {"pattern": "[a-z-]+"}, {"name": "Web"}),
    "image-tags-required": ("Image", {"required": ["owner"]}, {"tags": {}}),
    "image-retained": ("Build", {}, {"keep_image": False}),
    "image-verified": ("Build", {}, {"verified": False}),
    "residue-refused": ("Build", {}, {"residue": "report"}),
    "no-secret-literals": ("Provisioning", {}, COMMAND),
    "no-ssh-agent": ("Provisioning", {}, {"communicator": {"ssh_agent_auth": True}}),
    "no-private-key-files": ("Provisioning", {}, {"communicator": {"ssh_private_key_file": "id"}}),
    "host-keys-checked": ("Provisioning", {}, COMMAND),
    "authorized-keys-cleared": ("Provisioning", {}, {"communicator": {}}),
}


@pytest.fixture(scope="module")
def table(pack):
    """Cells of the table in the page, by rule."""
    text = (pack.parent / "docs" / "policy.md").read_text()
    rows = [line.strip("|").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return {row[0].strip(" `"): [cell.strip() for cell in row] for row in rows}


def test_every_rule_has_one_row(table):
    """In the order of the pack."""
    assert list(table) == NAMES
    assert all(len(row) == 6 for row in table.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_page_names_every_configuration_value(table, name):
    """Nothing is missing and nothing is made up."""
    schema = BY_NAME[name].config_schema.properties
    told = set(re.findall(r"`(\w+)`(?=[:,;]|$)", table[name][1].partition(": of ")[0] + ":")) - {"*"}
    assert told == set(schema)
    if not schema:
        assert table[name][1] == "none"


@pytest.mark.parametrize("name", FAILING)
def test_the_page_shows_the_message(table, judge, name):
    """Word for word, made by the rule itself."""
    cls, config, props = FAILING[name]
    assert judge(BY_NAME[name], cls, config, **props) == [table[name][2].strip("`")]


def test_the_message_of_every_rule_is_compared():
    """A rule without an example here would escape the test above."""
    assert list(FAILING) == NAMES


def level(entry):
    """The level in one entry of a configuration."""
    return entry if isinstance(entry, str) else entry["enforcementLevel"]


@pytest.mark.parametrize("name", NAMES)
def test_the_page_shows_the_levels(table, pack, name):
    """Of the code, dev.json and prod.json."""
    levels = [BY_NAME[name].enforcement_level.value]
    levels += [level(json.loads((pack / file).read_text())[name]) for file in ("dev.json", "prod.json")]
    assert table[name][3:] == levels


@pytest.mark.parametrize("file", ["dev.json", "prod.json"])
def test_configurations_are_complete(pack, file):
    """Every rule is there, with values that fit its schema and all that it needs."""
    config = json.loads((pack / file).read_text())
    assert list(config) == NAMES
    for name, entry in config.items():
        values = {} if isinstance(entry, str) else {key: entry[key] for key in entry if key != "enforcementLevel"}
        properties = BY_NAME[name].config_schema.properties
        needed = [key for key, value in properties.items() if "default" not in value]
        schema = {"properties": properties, "additionalProperties": False}
        if level(entry) != "disabled":
            schema["required"] = needed
        jsonschema_rs.validate(schema, values)


def test_dev_only_warns(pack):
    """In dev nothing is stopped."""
    assert "mandatory" not in (pack / "dev.json").read_text()


def test_rules_that_need_values_are_off_without_them():
    """An unconfigured pack says nothing about rules that cannot judge anything."""
    for policy in RULES:
        properties = policy.config_schema.properties
        if any("default" not in value for value in properties.values()):
            assert policy.enforcement_level is EnforcementLevel.DISABLED


def test_a_rule_that_is_on_without_its_values_says_so(judge):
    """A mandatory rule that silently judged nothing would be worse than none."""
    found = judge(BY_NAME["vm-type-allowed"], "TemporaryVm", None, **BUILDER)
    said = "rule vm-type-allowed is on but lacks allowed; give it in the policy configuration, or disable the rule"
    assert found == [said]


def test_every_rule_in_the_modules_is_listed(pack):
    """A rule that is written but not listed would never run."""
    written = []
    for path in sorted((pack / "rules").glob("*.py")):
        module = importlib.import_module(f"rules.{path.stem}")
        names = [node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
        policies = [getattr(module, name) for name in names]
        written += [policy.name for policy in policies if isinstance(policy, ResourceValidationPolicy)]
    assert sorted(written) == sorted(NAMES)


@pytest.mark.parametrize("name", FAILING)
def test_resources_of_others_are_left_alone(judge, name):
    """A rule looks at its own classes only, whatever the inputs of others are called."""
    _, config, props = FAILING[name]
    assert judge(BY_NAME[name], "Bucket", config, **props) == []


@pytest.mark.parametrize("name", FAILING)
def test_unknown_inputs_are_left_for_the_update(judge, unknown, name):
    """No input has to be known: the rule is left out, without a traceback."""
    cls, config, props = FAILING[name]
    assert not judge(BY_NAME[name], cls, config, **{"role": "builder"} | dict.fromkeys(props, unknown))
