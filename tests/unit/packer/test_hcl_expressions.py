"""HCL2 expressions and functions give what Packer gives."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pulumi_hyperone.packer.result import ImportResult

Importer = Callable[..., ImportResult]


@pytest.fixture
def evaluated(imported_text: Importer, tmp_path: Path) -> Callable[[str], Any]:
    """Evaluate an expression as an option of a source."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.txt").write_text("from file\n")
    (tmp_path / "data" / "b.md").write_text("x")
    (tmp_path / "loop.tpl").write_text('${templatefile("loop.tpl", {})}')

    def run(expression: str) -> Any:
        text = f"""
          variable "list" {{ default = [3, 1, 2] }}
          variable "map" {{ default = {{ b = "2", a = "1" }} }}
          variable "objects" {{ default = [{{ id = "x", tags = ["p"] }}, {{ id = "y", tags = ["q", "r"] }}] }}
          variable "nothing" {{ default = null }}
          locals {{ result = {expression}
          }}
          source "hyperone" "web" {{ image_description = jsonencode({{ r = local.result }}) }}
          build {{ sources = ["hyperone.web"] }}
        """
        result = imported_text(text, "a.pkr.hcl", environ={"HOME": "/home/ann"})
        if result.faults:
            return "fault: " + " | ".join(fault.message for fault in result.faults)
        import json

        return json.loads(result.images["web"].options["image_description"])["r"]

    return run


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 + 2 * 3 - 4 / 2", 5),
        ("7 % 3", 1),
        ("-(2 + 3)", -5),
        ("1 / 4", 0.25),
        ("1e3", 1000),
        ("3 > 2 && !(1 == 2) || false", True),
        ('"a" == "a" ? "yes" : "no"', "yes"),
        ('1 == "1"', False),
        ("null == var.nothing", True),
        ('"${1}${true}x"', "1truex"),
        ('"${[1, 2]}"', [1, 2]),
        ('"tab\\tnew\\nquote\\"\\u0041 $${x} %%{y}"', 'tab\tnew\nquote"A ${x} %{y}'),
        ('"%{ if 1 < 2 }a%{ else }b%{ endif }"', "a"),
        ('"%{ if 1 > 2 }a%{ endif }"', ""),
        ('"<%{ for k, v in var.map }${k}=${v};%{ endfor }>"', "<a=1;b=2;>"),
        ('"x  %{~ if true ~}  y  %{~ endif ~}  z"', "xyz"),
        ("<<EOT\nline ${1 + 1}\n  two\nEOT", "line 2\n  two\n"),
        ("<<-EOT\n    line\n\n      two %{ if true ~}\n    x\n    %{ endif ~}\n  EOT", "line\n\n  two x\n"),
        ("[for v in var.list : v * 2 if v != 1]", [6, 4]),
        ("{for k, v in var.map : v => k}", {"1": "a", "2": "b"}),
        ('{for o in var.objects : "k" => o.id...}', {"k": ["x", "y"]}),
        ("var.objects[*].id", ["x", "y"]),
        ("var.objects.*.id", ["x", "y"]),
        ("var.objects[1].tags[0]", "q"),
        ("var.objects[*].tags[0]", ["p", "q"]),
        ('var.map["b"]', "2"),
        ("var.list.0", 3),
        ("max(var.list...)", 3),
        ('{ a = 1, "b" : 2, (upper("c")) = 3 }', {"a": 1, "b": 2, "C": 3}),
        ("min(3, 1) + abs(-2) + ceil(1.2) + floor(1.8) + signum(-9)", 5),
        ("pow(2, 10) + log(8, 2)", 1027),
        ('parseint("ff", 16)', 255),
        (
            'format("%s-%03d-%5.2f|%-4s|%q|%v|%x|%t|%%", "a", 7, 1.5, "b", "c", [1], 255, true)',
            'a-007- 1.50|b   |"c"|[1]|ff|true|%',
        ),
        ('formatlist("%s/%s", ["a", "b"], "x")', ["a/x", "b/x"]),
        ('join("-", ["a", "b"], ["c"])', "a-b-c"),
        ('split(",", "a,b,,c")', ["a", "b", "", "c"]),
        ('replace("a.b.c", ".", "-")', "a-b-c"),
        ('replace("web-01", "/[0-9]+/", "<$0>")', "web-<01>"),
        ('regex_replace("ab12", "([a-z]+)(?P<n>[0-9]+)", "${2}" == "" ? "" : "$${n}$1")', "12ab"),
        ('regex("[a-z]+([0-9])", "xx7")', ["7"]),
        ('regex("(?P<y>[0-9]{4})-(?P<m>[0-9]{2})", "on 2026-11-23")', {"y": "2026", "m": "11"}),
        ('regexall("[0-9]", "a1b2")', ["1", "2"]),
        ('[upper("aä"), lower("AÄ"), title("one two")]', ["AÄ", "aä", "One Two"]),
        (
            '[trim("--a-", "-"), trimprefix("abc", "ab"), trimsuffix("abc", "bc"), trimspace(" a"), chomp("a\\n")]',
            ["a", "c", "a", "a", "a"],
        ),
        (
            '[substr("hello", 1, 3), substr("hello", -3, -1), strrev("abc"), indent(2, "a\\nb")]',
            ["ell", "llo", "cba", "a\n  b"],
        ),
        ('[startswith("abc", "ab"), endswith("abc", "bc"), strcontains("abc", "x")]', [True, True, False]),
        ("concat([1], [2, 3])", [1, 2, 3]),
        ("flatten([1, [2, [3, []]]])", [1, 2, 3]),
        ('distinct(["b", "a", "b"])', ["b", "a"]),
        ('compact(["a", "", null, "b"])', ["a", "b"]),
        ('[coalesce("", null, "x"), coalescelist([], [1])]', ["x", [1]]),
        ('[length(var.list), length(var.map), length("äb")]', [3, 2, 2]),
        ('[contains(var.list, 2), contains(["2"], 2)]', [True, False]),
        ("[element(var.list, 4), index(var.list, 2), slice(var.list, 1, 3)]", [1, 2, [1, 2]]),
        ('[keys(var.map), values(var.map), lookup(var.map, "z", "none")]', [["a", "b"], ["1", "2"], "none"]),
        ("merge({ a = 1 }, { a = 2, b = 3 })", {"a": 2, "b": 3}),
        ("[range(3), range(1, 7, 2), range(2, 0)]", [[0, 1, 2], [1, 3, 5], [2, 1]]),
        ('[reverse([1, 2]), sort(["b", "a"]), sum([1, 2.5])]', [[2, 1], ["a", "b"], 3.5]),
        ('zipmap(["a", "b"], [1, 2])', {"a": 1, "b": 2}),
        ("chunklist([1, 2, 3], 2)", [[1, 2], [3]]),
        ("setproduct([1, 2], [3])", [[1, 3], [2, 3]]),
        ("[setunion([1], [1, 2]), setintersection([1, 2], [2]), setsubtract([1, 2], [2])]", [[1, 2], [2], [1]]),
        ("[alltrue([true, true]), anytrue([false])]", [True, False]),
        ('jsondecode("{\\"a\\": [1, null]}")', {"a": [1, None]}),
        ('jsonencode({ b = 1, a = "<" })', '{"a":"\\u003c","b":1}'),
        ('yamldecode("a: 1\\nb: [x, true]")', {"a": 1, "b": ["x", True]}),
        ('yamldecode(yamlencode({ a = "no", b = 2 }))', {"a": "no", "b": 2}),
        ('csvdecode("a,b\\n1,2\\n")', [{"a": "1", "b": "2"}]),
        ('base64decode(base64encode("ä"))', "ä"),
        ('urlencode("a b&c")', "a+b%26c"),
        ('[md5("a"), sha1("a")]', ["0cc175b9c0f1b6a831c399e269772661", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"]),
        ('substr(sha256("a"), 0, 8)', "ca978112"),
        ('substr(sha512("a"), 0, 8)', "1f40fc92"),
        ('uuidv5("dns", "example.com")', "cfbff0d1-9375-5685-968c-48ce8b15ae17"),
        ('file("data/a.txt")', "from file\n"),
        ('filebase64("data/b.md")', "eA=="),
        ('[fileexists("data/b.md"), fileexists("data/c.md")]', [True, False]),
        (
            '[fileset(".", "data/*.txt"), fileset("data", "**"), fileset("data", "{a,b}.*")]',
            [["data/a.txt"], ["a.txt", "b.md"], ["a.txt", "b.md"]],
        ),
        ('[basename("/a/b.c"), dirname("/a/b.c"), pathexpand("~/x")]', ["b.c", "/a", "/home/ann/x"]),
        ('formatdate("DD MMM YYYY hh:mm ZZZ, EEEE", "2026-01-02T13:04:05Z")', "02 Jan 2026 13:04 UTC, Friday"),
        ("formatdate(\"h'o''clock' HH aa\", \"2026-01-02T03:04:05+01:00\")", "3o'clock 03 am"),
        ('timeadd("2026-01-02T13:04:05Z", "-1h30m")', "2026-01-02T11:34:05Z"),
        ('[can(regex("x", "y")), try(var.map.zz, "default"), can(1)]', [False, "default", True]),
        ('convert(["1", "2"], list(number))', [1, 2]),
        ('[tostring(1), tonumber("2"), tobool("true")]', ["1", 2, True]),
        (
            '[cidrhost("10.0.0.0/16", 5), cidrnetmask("10.0.0.0/20"), cidrsubnet("10.0.0.0/16", 8, 3)]',
            ["10.0.0.5", "255.255.240.0", "10.0.3.0/24"],
        ),
        ('cidrsubnets("10.0.0.0/16", 4, 8, 2)', ["10.0.0.0/20", "10.0.16.0/24", "10.0.64.0/18"]),
        ('[path.root != "", packer.version]', [True, "1.7.10"]),
    ],
)
def test_an_expression_has_its_value(expression: str, expected: object, evaluated: Callable[[str], Any]) -> None:
    """The value is the one Packer's own evaluator gives."""
    assert evaluated(expression) == expected


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("1 / 0", "division by zero"),
        ('cidrsubnets("10.0.0.0/16", 1, 1, 1)', "the network has no room for so many subnets"),
        ('cidrsubnets("10.0.0.0/16", 20)', "the network has no such subnet"),
        ('1 + "a"', "expected a number, not a string"),
        ('"x${null}"', "expected a string, not null"),
        ("var.map.c", 'there is no "c" in this object'),
        ("var.list[9]", "there is no element 9: the list has 3"),
        ("var.nothing.x", 'a null has no ".x"'),
        ("unquoted", 'there is no "unquoted" here (strings need quotes'),
        ('{for v in var.list : "same" => v}', 'the key "same" appears twice'),
        ("[for v in 5 : v]", "for takes a list or a map, not number"),
        ('upper("a", "b")', '"upper" takes 1 argument, not 2'),
        ('upper(["a"])', "upper: expected a string, not a list"),
        ('env("HOME")', "env is only available in the default of a variable"),
        ('vault("a", "b")', "pulumi config set --secret"),
        ('aws_secretsmanager("a")', "pulumi config set --secret"),
        ('bcrypt("a")', "its hash is different every time"),
        ('regex("(", "a")', "the expression is not understood"),
        ('regex("x", "a")', "does not match"),
        ('file("nowhere")', "No such file"),
        ('file("/dev/zero")', "is not an ordinary file"),
        ('file("a\\u0000b")', "null character"),
        ('templatefile("loop.tpl", {})', "cannot call templatefile itself"),
        ('jsondecode("{")', "not valid JSON"),
        ('yamldecode("a: &x 1\\nb: *x")', "YAML with aliases"),
        ("range(100000000)", "endless or too long"),
        ("range(1, 2, 0)", "endless or too long"),
        (
            "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : 1]]]",
            "too much work",
        ),
        ('format("%d", "x")', "expected a number"),
        ('format("%s")', "there is no value for %s"),
        ("setproduct(range(1000), range(1000))", "the product is too large"),
        ('formatdate("QQ", "2026-01-02T13:04:05Z")', "'QQ' is not part of a layout"),
        ("build.Hots", '"build" has no "Hots"; did you mean Host?'),
        ('timestamp() == "x"', "a value that is only known during the build cannot be used here"),
        ("var", "cannot be encoded as JSON"),
        ("pow(9e99, 9e99)", "too large"),
        ("<<EOT\nx\n", "the heredoc is not closed with EOT"),
        ('"abc', "unterminated string"),
        ("(1", "not closed"),
        ("[1 2]", "this is not HCL"),
        ('"\\q"', "not an escape sequence of HCL"),
    ],
)
def test_a_wrong_expression_is_a_fault(expression: str, message: str, evaluated: Callable[[str], Any]) -> None:
    """The message says what is wrong, whatever the mistake."""
    assert message in str(evaluated(expression))
