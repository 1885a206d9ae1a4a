"""Whatever a template holds, it is rendered, kept for later, or refused by our own error at a place in the text."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from pulumi_hyperone.settings.template import TemplateContext, TemplateError
from pulumi_hyperone.settings.template.check import check
from pulumi_hyperone.settings.template.renderer import render

FUNCTIONS = ["user", "env", "build", "timestamp", "isotime", "replace", "split", "printf", "print", "upper", "eq", "or"]
PIECES = st.one_of(
    st.sampled_from(
        ["{{", "}}", "{{-", "-}}", "`", '"', "|", "(", ")", ".", "$x := ", "if ", "end", "\\", "\x00", " "]
    ),
    st.sampled_from([f"{{{{{name} " for name in FUNCTIONS]),
    st.sampled_from(FUNCTIONS),
    st.integers().map(str),
    st.text(max_size=6),
    st.sampled_from(["`name`", '"2006-01-02"', '"%s %d %[9]*.*f"', ".Device", "`(((`", '"\\u12"']),
)
TEMPLATES = st.lists(PIECES, max_size=14).map("".join)


def context(**fields: object) -> TemplateContext:
    """What a build knows before it starts."""
    return TemplateContext(timestamp=1767359045, variables={"name": "web"}, environ={}, env_allowed=True, **fields)


@given(TEMPLATES)
@example("{{" * 500)
@example("{{print (" + "print (" * 400)
@example("{{user `name` | " * 300)
def test_any_text_is_rendered_or_refused(source):
    """No text makes rendering fail in any other way than by TemplateError, which is one readable message."""
    try:
        said = render(source, context()).text
    except TemplateError as error:
        said = f"refused: {error}"
        refusal = str(error).strip()
    else:
        refusal = "none"
    assert refusal
    assert "Traceback" not in said


@given(TEMPLATES)
@example("{{" * 500)
def test_any_text_can_be_checked_without_values(source):
    """Checking finds faults, each with a message; it never raises."""
    for fault in check(source):
        assert str(fault).strip()


@given(st.text().filter(lambda text: "{{" not in text))
def test_a_text_without_actions_is_kept_as_it_is(source):
    """What holds no action comes out as it went in."""
    assert render(source, context()).text == source
