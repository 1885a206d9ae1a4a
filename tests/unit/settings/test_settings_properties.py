"""Whatever is in the settings, the answer is settings or faults, never a traceback."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulumi_hyperone.provider.foundation.faults import report
from pulumi_hyperone.settings import ImageSettings, ProjectSettings, load_images, load_project
from pulumi_hyperone.settings.api_questions import api_facts
from pulumi_hyperone.settings.content import content_parts
from pulumi_hyperone.settings.rendered import values_of_build

BASE = {"source_image": "debian-12", "vm_type": "a1.nano", "disk_size": 10}
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.text(alphabet="{}.$` timesapCommandv|\"'", max_size=16)
    | st.sampled_from(
        ["{{timestamp}}", "${images.a}", "${images.", "5m", "/", "/x", "{{.Device}}", "\ud800", "\0", "a,b"]
    )
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3),
    max_leaves=6,
)
OPTIONS = st.dictionaries(
    st.sampled_from(sorted(ImageSettings.model_fields)) | st.text(max_size=6), ANYTHING, max_size=6
)
BOUNDED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check(images, faults):
    """Every fault has a path and stays on one line; a report can be made; good images can be rendered."""
    for fault in faults:
        assert fault.path
        assert fault.message
        assert "\n" not in str(fault)
    report(faults)
    for image in images.values():
        values_of_build(image, 1_700_000_000, "b1")
        assert all(isinstance(part, str) for part in content_parts(image).values())
        api_facts(image)


@BOUNDED
@given(ANYTHING)
def test_any_config_gives_faults_or_images(config):
    """Arbitrary structures in place of the whole config."""
    check(*load_images(config, Path("/nonexistent")))


@BOUNDED
@given(st.dictionaries(st.sampled_from(["a", "b", "a b", ""]), OPTIONS | ANYTHING, max_size=3), OPTIONS)
def test_any_options_give_faults_or_images(images, defaults):
    """Arbitrary values under real and made-up option names."""
    check(*load_images({"images": images, "defaults": defaults}, Path("/nonexistent")))


@BOUNDED
@given(OPTIONS)
def test_any_options_on_a_good_image(options):
    """The required options are there, so that later rules are reached."""
    check(*load_images({"images": {"a": BASE | options}}, Path("/nonexistent")))


@BOUNDED
@given(st.sampled_from(sorted(ImageSettings.model_fields)), ANYTHING)
def test_one_wild_option_is_blamed_alone(option, value):
    """A single wild value leads to faults at that option only (or at what it switches on)."""
    _, faults = load_images({"images": {"a": BASE | {option: value}}}, Path("/nonexistent"))
    paths = {fault.path for fault in faults}
    related = {"images.a", "images.a.pre_mount_commands"}
    assert all(path.startswith(f"images.a.{option}") or path in related for path in paths)


@BOUNDED
@given(ANYTHING | st.dictionaries(st.sampled_from(sorted(ProjectSettings.model_fields)), ANYTHING, max_size=4))
def test_any_account_settings_give_faults_or_settings(config):
    """Arbitrary structures in place of the account's settings."""
    loaded, faults, _ = load_project(config)
    assert (loaded is None) == bool(faults)
    report(faults)


PROVISIONER = st.fixed_dictionaries(
    {"type": st.sampled_from(["shell", "file", "shell-local", "ansible", "breakpoint", "sleep", "other"])},
    optional=dict.fromkeys(
        ("inline", "script", "scripts", "source", "sources", "destination", "content", "timeout", "execute_command"),
        ANYTHING,
    ),
)


@BOUNDED
@given(st.lists(PROVISIONER | ANYTHING, max_size=3))
def test_any_provisioners_give_faults_or_an_image(provisioners):
    """Arbitrary values in provisioners of every type."""
    options = BASE | {"provisioners": provisioners}
    check(*load_images({"images": {"a": options}}, Path("/nonexistent")))
