"""Rendering in two phases: what is not known yet stays in the text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_hyperone.settings.template import Rendered, TemplateContext, TemplateError, time_ordered_uuid
from pulumi_hyperone.settings.template.check import check
from pulumi_hyperone.settings.template.renderer import render

VARIABLES = {"fs": "ext4", "odd": 'a{{b`"{', "brace": "{"}
RUN_TIME = {"Device": "/dev/sdb", "MountPath": "/mnt/x"}


@pytest.mark.parametrize(
    ("template", "kept", "final"),
    [
        ("mkfs.{{user `fs`}} {{ .Device }}1", "mkfs.ext4 {{.Device}}1", "mkfs.ext4 /dev/sdb1"),
        ("{{.Device | upper}}", "{{upper .Device}}", "/DEV/SDB"),
        ("{{replace_all `/` (user `fs`) .Device}}", "{{replace_all `/` `ext4` .Device}}", "ext4devext4sdb"),
        ("{{user `odd`}}", 'a{{"{{"}}b`"{', 'a{{b`"{'),
        ("{{user `brace`}}{{.Device}}", '{{"{"}}{{.Device}}', "{/dev/sdb"),
        ("{{if .Device}}a{{user `brace`}}{{else}}b{{end}}", '{{if .Device}}a{{"{"}}{{else}}b{{end}}', "a{"),
        ("{{if eq (user `fs`) `xfs`}}a{{else if .Device}}b{{end}}", "{{if .Device}}b{{end}}", "b"),
        ("{{.Device}} {{- .MountPath}}", "{{.Device}}{{.MountPath}}", "/dev/sdb/mnt/x"),
        ("{{printf `%q` .Device}}", "{{printf `%q` .Device}}", '"/dev/sdb"'),
    ],
)
def test_data_fields_are_kept_for_run_time(template: str, kept: str, final: str) -> None:
    """The first phase fills in what it knows; the second gives what one phase would have given."""
    first = render(template, TemplateContext(variables=VARIABLES), keep_data=True)
    assert first.text == kept
    assert render(first.text, TemplateContext(data=RUN_TIME)).text == final
    assert render(template, TemplateContext(variables=VARIABLES, data=RUN_TIME)).text == final


def test_a_time_is_kept_and_volatile_through_variables() -> None:
    """A variable that holds the timestamp makes what uses it volatile, also through functions."""
    stamp = render("v-{{timestamp}}", TemplateContext(), keep_data=True)
    assert stamp == Rendered("v-{{timestamp}}", volatile=True, deferred=True)
    name = render("{{user `s` | upper}}-{{user `s`}}", TemplateContext(variables={"s": stamp}), keep_data=True)
    assert name.text == "{{upper (print `v-` timestamp)}}-v-{{timestamp}}"
    assert name.volatile
    assert name.uses == {"s"}
    assert render(name.text, TemplateContext(timestamp=7)).text == "V-7-v-7"


def test_without_keeping_an_unknown_value_is_a_fault() -> None:
    """A timestamp that is not known cannot be rendered away."""
    with pytest.raises(TemplateError, match="timestamp of the build is not known"):
        render("{{timestamp}}", TemplateContext())


def test_only_fields_that_will_exist_are_kept() -> None:
    """A field that nothing will fill is a fault in the first phase already, with the nearest name."""
    context = TemplateContext(data_fields=frozenset({"Device", "MountPath"}))
    with pytest.raises(TemplateError, match=r"no \.Devise here; did you mean Device\?"):
        render("{{.Devise}}", context, keep_data=True)


def test_uses_and_env_name_what_a_value_rests_on() -> None:
    """A secret can be followed through the variables it went through."""
    token = render("{{env `TOKEN`}}", TemplateContext(env_allowed=True, environ={"TOKEN": "s3cret"}))
    assert token.env == {"TOKEN"}
    url = render("https://x/?t={{user `token`}}", TemplateContext(variables={"token": token}))
    again = render("{{user `url`}}", TemplateContext(variables={"url": url}))
    assert again.text == "https://x/?t=s3cret"
    assert again.uses == {"url", "token"}
    assert again.env == {"TOKEN"}


def test_a_value_that_leads_back_to_itself_is_a_fault() -> None:
    """Variables cannot make the renderer run for ever."""
    loop = Rendered("{{user `a`}}", deferred=True)
    with pytest.raises(TemplateError, match='variable "a"'):
        render("{{user `a`}}", TemplateContext(variables={"a": loop}), keep_data=True)


def test_check_finds_faults_without_values() -> None:
    """Names and numbers of arguments are checked before any value is known."""
    text = "{{usr}} {{.Devise}} {{user `fss`}} {{split 1 2 3}} {{env `X`}} {{build `id`}} {{user `a` `b`}}"
    faults = check(text, fields={"Device"}, variables={"fs"})
    assert [fault.column for fault in faults] == [3, 11, 23, 38, 54, 66, 81]
    assert check("{{timestamp}}-{{.Device}}-{{user `x`}}") == []
    assert check("{{user `x`") != []


def test_the_uuid_begins_with_the_time() -> None:
    """As Packer's: eight hex digits of Unix seconds, then random ones."""
    assert time_ordered_uuid(1767359045)[:9] == "6957c245-"
    assert time_ordered_uuid(1) != time_ordered_uuid(1)


@pytest.mark.parametrize(
    "template",
    [
        "{{" * 20_000,
        "{{(" * 5_000 + "}}",
        "{{" + "(" * 5_000 + "}}",
        "{{`a`" + "|upper" * 5_000 + "}}",
        "{{if true}}" * 5_000,
        "{{" + "upper " * 5_000 + "}}",
        "{{print " + "(user `big`) " * 5_000 + "}}",
        "{{user `big`}}" * 9_000,
        "{{len (user `big`)}}" * 9_000,
        "{{replace_all `` (user `big`) (user `big`)}}",
        "{{sed `s/(a+)+$/b/` (user `evil`)}}",
        "{{/*" * 10_000,
        '{{"' + "\\" * 100_001,
    ],
)
def test_nothing_makes_it_hang(template: str) -> None:
    """Nesting, repetition and evil expressions end soon, in a result or a fault."""
    context = TemplateContext(variables={"big": "x" * 1_000_000, "evil": "a" * 100_000 + "b"})
    for keep in (False, True):
        try:
            render(template, context, keep_data=keep)
        except TemplateError as error:
            if not error.faults:
                pytest.fail("an error without a fault")


_ACTIONS = st.sampled_from(
    [
        *(
            "{{",
            "}}",
            "{{-",
            "-}}",
            "{{.Device}}",
            "{{user`fs`}}",
            "{{user`brace`}}",
            "{{timestamp}}",
            "{{if",
            ".Device}}",
        ),
        *("{{else}}", "{{end}}", "|", "upper", "(", ")", "`", '"', ".MountPath", "print", "split", "1", "-1", "{{/*"),
        *("*/}}", "{{replace_all`a`(user`odd`).Device}}", "{", "}", "{{`{{`}}", "\\", "\n"),
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(_ACTIONS, st.just(" "), st.text(max_size=4)), max_size=14).map("".join))
def test_any_text_renders_or_gives_a_fault_and_rendering_twice_is_rendering_once(template: str) -> None:
    """Never a traceback; keeping is idempotent; two phases give what one phase gives."""
    context = TemplateContext(variables=VARIABLES)
    try:
        kept = render(template, context, keep_data=True)
    except TemplateError as error:
        if not all(fault.line >= 1 and fault.column >= 1 for fault in error.faults):
            pytest.fail("a fault without a place")
        return
    assert render(kept.text, context, keep_data=True).text == kept.text
    at_once = TemplateContext(variables=VARIABLES, data=RUN_TIME, timestamp=5)
    later = TemplateContext(data=RUN_TIME, timestamp=5)
    try:
        expected = render(template, at_once).text
    except TemplateError:
        return
    assert render(kept.text, later).text == expected
