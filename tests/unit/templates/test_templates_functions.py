"""Every function of Packer's templates gives what Packer gives."""

import pytest

from pulumi_hyperone.settings.template import PACKER_VERSION, TemplateContext, TemplateError
from pulumi_hyperone.settings.template.renderer import render

# 2026-01-02 13:04:05 UTC was a Friday; 1767359045 is that second.
NOW = 1767359045
CONTEXT = TemplateContext(
    timestamp=NOW,
    variables={"name": "Web-1", "empty": "", "path": "a/b/c"},
    environ={"HOME": "/home/ann"},
    env_allowed=True,
    build={"ID": "vm1", "Host": "127.0.0.1"},
    build_name="web",
    build_type="hyperone",
    template_dir="/templates",
    cwd="/work-folder",
    uuid_factory=lambda: "11111111-2222-3333-4444-555555555555",
)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("plain", "plain"),
        ("", ""),
        ("{{user `name`}}", "Web-1"),
        ('{{user "name" }}', "Web-1"),
        ("{{ user `name` }}", "Web-1"),
        ("a{{user `empty`}}b", "ab"),
        ("{{env `HOME`}}", "/home/ann"),
        ("{{env `NOT_SET`}}", ""),
        ("packer-{{timestamp}}", f"packer-{NOW}"),
        ("{{isotime}}", "2026-01-02T13:04:05Z"),
        ('{{isotime "2006-01-02"}}', "2026-01-02"),
        ('{{isotime "20060102150405"}}', "20260102130405"),
        ('{{isotime "Jan _2, 2006 at 3:04pm (MST)"}}', "Jan  2, 2026 at 1:04pm (UTC)"),
        ('{{isotime "Monday January 06 PM 03"}}', "Friday January 26 PM 01"),
        ('{{isotime "Mon Mondas Jane 1 2 002 __2 4 5 05"}}', "Fri Mondas Jane 1 2 002   2 4 5 05"),
        ('{{isotime "15:04:05.000 -0700 -07:00 -07 Z0700"}}', "13:04:05.000 +0000 +00:00 +00 Z"),
        ('{{isotime "05.999 _2006"}}', "05 _2026"),
        ('{{strftime "%Y-%m-%dT%H:%M:%S%z %Z"}}', "2026-01-02T13:04:05+0000 UTC"),
        ('{{strftime "built %A %a %B %b %y %I %p"}}', "built Friday Fri January Jan 26 01 PM"),
        ("{{uuid}}", "11111111-2222-3333-4444-555555555555"),
        ("{{build_name}}/{{build_type}}", "web/hyperone"),
        ("{{template_dir}} {{pwd}}", "/templates /work-folder"),
        ("{{packer_version}}", PACKER_VERSION),
        ("{{build `ID`}}@{{build `Host`}}", "vm1@127.0.0.1"),
        ("{{user `name` | upper}}", "WEB-1"),
        ("{{upper (user `name` | lower)}}", "WEB-1"),
        ('{{replace "/" "-" 1 (user `path`)}}', "a-b/c"),
        ('{{replace "/" "-" -1 "a/b/c"}}', "a-b-c"),
        ('{{user `path` | replace_all "/" "-"}}', "a-b-c"),
        ('{{split "a/b/c" "/" 2}}', "c"),
        ('{{split (user `path`) "/" 0}}', "a"),
        ('{{sed "s/\\\\//_/g" (user `path`)}}', "a_b_c"),
        ('{{user `path` | sed "s|/\\\\(b\\\\)/|<&>|"}}', "a/b/c"),
        ('{{sed "s|/(b)/|[\\\\1]|;s/A/x/i" (user `path`)}}', "x[b]c"),
        ('{{sed "s/o/0/2" "foo"}}', "fo0"),
        ('{{clean_resource_name "web 1: (test)_v1.0"}}', "web-1---test-_v1.0"),
        ('{{print "a" "b" 1 2}}', "ab1 2"),
        ('{{printf "%s-%d%%" "x" 5}}', "x-5%"),
        ("{{len `äb`}}", "3"),
        ('{{if eq (user `name`) "x" "Web-1"}}yes{{else}}no{{end}}', "yes"),
        ("{{if user `empty`}}a{{else if not true}}b{{else}}c{{end}}", "c"),
        ("{{if and true (ne 1 2)}}{{or `` `z`}}{{end}}", "z"),
        ("a  {{- /* note */ -}}  b", "ab"),
        ("a {{- user `name` -}} b", "aWeb-1b"),
        ("a {{/* note */}} b", "a  b"),
        ('{{"quoted \\u00e4 \\x41 }} text"}}', "quoted ä A }} text"),
        ("} }} {", "} }} {"),
    ],
)
def test_a_function_gives_what_packer_gives(template: str, expected: str) -> None:
    """The rendered text is the one Packer's engine makes of it."""
    assert render(template, CONTEXT).text == expected


@pytest.mark.parametrize(
    ("template", "line", "column", "message"),
    [
        ("{{user `nmae`}}", 1, 3, 'no variable "nmae"; did you mean name?'),
        ("ab\n  {{usr `name`}}", 2, 5, 'no function "usr"; did you mean user?'),
        ("{{.Devise}}", 1, 3, "there is no .Devise here (known: none)"),
        ("{{user}}", 1, 3, '"user" takes 1 argument, not 0'),
        ("{{split `a` `b`}}", 1, 3, '"split" takes 3 arguments, not 2'),
        ("{{split `a` `b` `c`}}", 1, 3, 'argument 3 of "split" must be a whole number, not a string'),
        ("{{split `a` `b` 7}}", 1, 3, "there is no part 7"),
        ("{{upper 5}}", 1, 3, 'argument 1 of "upper" must be a string'),
        ("{{isotime `a` `b`}}", 1, 3, '"isotime" takes 0 to 1 arguments'),
        ("{{build `Hots`}}", 1, 3, "\"build\" has no 'Hots'; did you mean Host?"),
        ("{{consul_key `a`}}", 1, 3, "pulumi config set"),
        ("{{vault `a` `b`}}", 1, 3, "pulumi config set --secret"),
        ("{{aws_secretsmanager `a`}}", 1, 3, "pulumi config set --secret"),
        ("{{aws_secretsmanager_raw `a`}}", 1, 3, "pulumi config set --secret"),
        ("x {{user `name`", 1, 3, "the action is not closed with }}"),
        ("{{user `name}}", 1, 8, "the closing backtick is missing"),
        ('{{user "name}}', 1, 8, 'the closing quote (") is missing'),
        ("{{user 'name'}}", 1, 8, "single quotes hold a single character"),
        ("{{user `name`}", 1, 1, "an action closes with }}, not with }"),
        ("{{}}", 1, 1, "the action is empty"),
        ("{{{.Device}}", 1, 3, "unexpected '{'"),
        ("{{user `name` |}}", 1, 1, "a value or a function is missing"),
        ("{{`a` | `b`}}", 1, 9, "a pipe must lead into a function"),
        ("{{`a` `b`}}", 1, 3, "only a function can have arguments"),
        ("{{upper (user `name`}}", 1, 9, "the bracket is not closed"),
        ("{{if true}}a", 1, 1, "has no {{end}}"),
        ("a{{end}}", 1, 2, "{{end}} without an {{if}}"),
        ("{{range .x}}{{end}}", 1, 3, "{{range}} is not supported"),
        ("{{$x := 1}}", 1, 3, "template variables"),
        ("{{/* a }}", 1, 1, "not closed with */}}"),
        ('{{"\\q"}}', 1, 4, "not an escape sequence of Go"),
        ("{{sed `y/a/b/` `a`}}", 1, 3, "only the substitution"),
        ("{{sed `s/(/b/` `a`}}", 1, 3, "the expression is not understood: missing )"),
        ("{{sed `s/a/\\2/` `a`}}", 1, 3, "the replacement uses \\2"),
    ],
)
def test_a_fault_is_said_with_its_place(template: str, line: int, column: int, message: str) -> None:
    """The message says what is wrong, and line and column point at it."""
    with pytest.raises(TemplateError) as caught:
        render(template, CONTEXT)
    fault = caught.value.faults[0]
    assert message in fault.message
    assert (fault.line, fault.column) == (line, column)
    assert fault.text == "" or fault.text in template


def test_all_faults_of_a_text_are_reported_together() -> None:
    """Two wrong actions give two faults in one error."""
    with pytest.raises(TemplateError) as caught:
        render("{{usr}} {{user `name`}}\n{{.Nope}}", CONTEXT)
    assert [(fault.line, fault.column) for fault in caught.value.faults] == [(1, 3), (2, 3)]


def test_env_is_refused_outside_of_variables() -> None:
    """As in Packer, `env` works in the only available in the defaults of variables."""
    with pytest.raises(TemplateError, match="only available in the defaults of variables"):
        render("{{env `HOME`}}", TemplateContext(environ={"HOME": "/x"}))


def test_an_unknown_variable_is_empty_where_packer_has_it_empty() -> None:
    """With missing_variable="empty" the name is reported instead of raising."""
    rendered = render("a{{user `proxy`}}b", TemplateContext(missing_variable="empty"))
    assert (rendered.text, rendered.missing) == ("ab", frozenset({"proxy"}))
