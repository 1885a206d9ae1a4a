"""A secret inside a command: the rest of the command stays readable, and nothing of the secret does."""

import json
import re
import shlex
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulumi_hyperone.packer.redaction import PLACEHOLDER
from pulumi_hyperone.packer.result import Findings, ImportResult, Place
from pulumi_hyperone.packer.writer import secret_commands, stack_config
from pulumi_hyperone.provider.foundation.masking import MASK
from pulumi_hyperone.settings.template.check import check

Importer = Callable[..., ImportResult]
BUILDER = {"type": "hyperone", "source_image": "debian", "vm_type": "a1.nano", "disk_size": 10}


def json_command(imported_text: Importer, command: str, secret: str) -> tuple[str, ImportResult]:
    """The command as the stack file has it, from a JSON template with the sensitive variable `pw`."""
    template = {
        "variables": {"pw": None, "address": "https://x:{{user `pw`}}@mirror.test"},
        "sensitive-variables": ["pw"],
        "builders": [BUILDER],
        "provisioners": [{"type": "shell", "inline": ["true", command]}],
    }
    result = imported_text(json.dumps(template), variables={"pw": secret})
    return written(result)["provisioners"][0]["inline"][1], result


def written(result: ImportResult) -> dict[str, Any]:
    """The options of the only image as the stack file has them."""
    assert result.faults == ()
    (options,) = yaml.safe_load(stack_config(result, "x"))["config"]["hyperone-image:images"].values()
    return dict(options)


@pytest.mark.parametrize("secret", ["hunter22", "a"])
@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("login -p {{user `pw`}} --all", f"login -p {PLACEHOLDER} --all"),
        ("curl {{user `address`}}/x", f"curl https://x:{PLACEHOLDER}@mirror.test/x"),
        ("a {{user `pw`}} {{user `pw` | upper}} b", f"a {PLACEHOLDER} {PLACEHOLDER} b"),
        ("x {{if eq (user `pw`) `hunter22`}}right{{end}}", PLACEHOLDER),
        ("x {{len (user `pw`)}}", PLACEHOLDER),
        ("x {{printf `%s {{.Vars}}` (user `pw`)}}", f'x {PLACEHOLDER} {{{{"{{{{"}}}}.Vars}}}}'),
        ("{{user `pw`}}", PLACEHOLDER),
    ],
)
def test_the_rest_of_a_command_stays(imported_text: Importer, command: str, expected: str, secret: str) -> None:
    """However short the secret is; where it only shows in what became of it, the whole text goes."""
    text, result = json_command(imported_text, command, secret)
    assert text == expected
    assert check(text)
    assert "hunter22" not in stack_config(result, "x").lower() + repr(result.report).lower()


@given(
    st.text(st.sampled_from("aB{}`\"\\ \n$'%é"), min_size=1, max_size=12).filter(lambda text: "{{" not in text),
    st.sampled_from(["", " | upper", " | printf `<%q>`"]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_secret_makes_a_difference(imported_text: Importer, secret: str, function: str) -> None:
    """The stack file of a template is the same whatever its secret is, and no build accepts it."""
    command = "run {{user `pw`" + function + "}} now"
    text, result = json_command(imported_text, command, secret)
    other, plain = json_command(imported_text, command, "another")
    assert (text, stack_config(result, "x")) == (other, stack_config(plain, "x"))
    assert check(text)


def test_only_what_tells_something_is_looked_for(imported_text: Importer) -> None:
    """A command is no secret of its own, whose words would vanish from every log, unless its secret is hard to find."""
    for command, secret, whole in (
        ("login -p {{user `pw`}} --all", "hunter22", False),
        ("login -p {{user `pw`}} --all", "abc", True),
        ("login -p {{user `pw` | upper}} --all", "hunter22", True),
        ("login -p {{user `pw`}}{{user `pw` | upper}} --all", "hunter22", True),
    ):
        _, result = json_command(imported_text, command, secret)
        (text,) = (one for one in result.images["template"].options["provisioners"][0]["inline"] if "login" in one)
        assert (text in result.secrets) is whole, command
        assert secret in result.secrets


def test_the_same_in_hcl(imported_text: Importer) -> None:
    """Through locals, functions, loops and dynamic blocks; a key, too, must not hold a secret."""
    text = """
      variable "pw" {
        default   = "hunter22"
        sensitive = true
      }
      locals { login = "-u me -p ${var.pw}" }
      source "hyperone" "web" { source_image = "debian" }
      build {
        sources = ["hyperone.web"]
        provisioner "shell" {
          inline = ["a ${local.login} b", "c ${base64encode(var.pw)}", "d ${upper(var.pw)} ${timestamp()} e", "f"]
        }
        dynamic "provisioner" {
          for_each = [var.pw]
          labels   = ["shell"]
          content { inline = ["g ${provisioner.value} h"] }
        }
        provisioner "shell" {
          inline = [for part in split("r", var.pw) : "i ${part}"]
        }
      }
    """
    result = imported_text(text, "a.pkr.hcl")
    steps = [step["inline"] for step in written(result)["provisioners"]]
    assert steps == [
        [f"a -u me -p {PLACEHOLDER} b", PLACEHOLDER, f"d {PLACEHOLDER} {{{{isotime `2006-01-02T15:04:05Z`}}}} e", "f"],
        [f"g {PLACEHOLDER} h"],
        [PLACEHOLDER, PLACEHOLDER],
    ]
    assert "hunte" not in repr(result.report).lower()
    keyed = text.replace('source_image = "debian"', 'vm_tags = { "${var.pw}" = 1 }')
    assert "a key must not hold a secret" in imported_text(keyed, "a.pkr.hcl").faults[0].message


def test_commands_to_set_secrets_can_be_pasted(imported_text: Importer) -> None:
    """A key of a stranger's template cannot end the quotes of the path, and Pulumi reads the path as it is meant."""
    key = "x'; touch owned; '\"\\ y.z"
    template = {
        "variables": {"pw": "hunter22"},
        "sensitive-variables": ["pw"],
        "builders": [{**BUILDER, "vm_tags": {key: "{{user `pw`}}", "a\nb": "c"}}],
    }
    result = imported_text(json.dumps(template))
    assert "must be one line without control characters" in result.faults[0].message
    template["builders"] = [{**BUILDER, "vm_tags": {key: "{{user `pw`}}"}}]
    (command,) = secret_commands(imported_text(json.dumps(template)))
    path = 'hyperone-image:images.template.vm_tags["' + key.replace("\\", "\\\\").replace('"', '\\"') + '"]'
    assert shlex.split(command)[-1] == path


@pytest.mark.parametrize("form", ["hunter%2022%2F", "aHVudGVyIDIyLw==", "'hunter 22/'", "hunter\\ 22/", "x hunter 2…"])
def test_the_report_hides_a_secret_in_every_form(form: str) -> None:
    """As a URL, base64, a shell or the end of a line show it."""
    findings = Findings(secrets={"hunter 22/"})
    findings.row("read", "a", form, Place("t.json", 1, 1))
    (row,) = findings.masked_rows()
    assert MASK in row.value
    assert not {"hunter", "aHVu"} & set(re.split(r"\W", row.value))
