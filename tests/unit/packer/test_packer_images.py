"""The key `packer` of an image's stack config: which images there are, what goes over what, what is said."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulumi_hyperone.components.packer_images import PackerImages, image_name, packer_images
from pulumi_hyperone.settings import ImageSettings, load_images

BUILDER = {"type": "hyperone", "source_image": "debian", "vm_type": "a1.nano", "disk_size": "10"}
Expander = Callable[..., PackerImages]


@pytest.fixture
def expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Expander:
    """Expand `images`; templates are given as keyword arguments and written as JSON files before."""
    for name in ("HYPERONE_TOKEN", "HYPERONE_API_URL", "HYPERONE_API_VERSION", "HYPERONE_PASSPORT_FILE"):
        monkeypatch.delenv(name, raising=False)

    def run(images: object, account: dict[str, Any] | None = None, **templates: Any) -> PackerImages:
        for name, template in templates.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(template, indent=1))
        return packer_images(images, tmp_path, account or {})

    return run


def loaded(found: PackerImages, folder: Path) -> tuple[dict[str, ImageSettings], list[str]]:
    """What the settings model makes of the images, and all faults as the report has them."""
    images, faults = load_images({"images": found.images}, folder)
    return images, [str(fault) for fault in [*found.faults, *found.located(faults)]]


def test_options_of_the_entry_go_over_those_of_the_template(expanded: Expander, tmp_path: Path) -> None:
    """Values and lists are replaced, tags put together, null takes an option back to its default."""
    template = {
        "builders": [{**BUILDER, "image_tags": {"a": "1", "b": "1"}, "disk_name": "os"}],
        "provisioners": [{"type": "shell", "inline": ["one"]}],
    }
    own = {"vm_type": "a1.large", "image_tags": {"b": "2"}, "disk_name": None, "provisioners": []}
    found = expanded({"web": {"packer": "t.json", **own}}, t=template)
    images, faults = loaded(found, tmp_path)
    assert faults == []
    web = images["web"]
    assert (web.vm_type, web.disk_size, web.disk_name, web.provisioners) == ("a1.large", 10, None, [])
    assert web.image_tags == {"a": "1", "b": "2"}


def test_a_template_for_the_second_generation_is_warned_about(expanded: Expander) -> None:
    """Unless the stack says which generation to use: read straight from the template, nothing is set by itself."""
    template = {"builders": [{**BUILDER, "network": "public"}]}
    images = {"web": {"packer": "t.json"}}
    warned = (
        "images.web: the template is for the second generation of the API: `pulumi config set hyperone:api_version v2`"
    )
    assert warned in expanded(images, t=template).warnings
    assert warned not in expanded(images, {"api_version": "v1"}, t=template).warnings


def test_defaults_go_below_the_template(expanded: Expander, tmp_path: Path) -> None:
    """What the stack says for all images is only for those that say nothing themselves."""
    found = expanded({"web": {"packer": "t.json"}}, t={"builders": [BUILDER]})
    config = {"images": found.images, "defaults": {"vm_type": "a1.large", "disk_type": "hissd"}}
    images, faults = load_images(config, tmp_path)
    assert faults == []
    assert (images["web"].vm_type, images["web"].disk_type) == ("a1.nano", "hissd")


def test_several_builders_get_their_names_appended(expanded: Expander) -> None:
    """One that is left takes the entry's name; a name that another entry has is a fault."""
    template = {"builders": [{**BUILDER, "name": "small"}, {**BUILDER, "name": "large"}]}
    assert list(expanded({"web": {"packer": "t.json"}}, t=template).images) == ["web-small", "web-large"]
    assert list(expanded({"web": {"packer": "t.json", "only": "large"}}, t=template).images) == ["web"]
    assert list(expanded({"web": {"packer": "t.json", "except": ["large"]}}, t=template).images) == ["web"]
    clash = expanded({"web": {"packer": "t.json"}, "web-small": {}}, t=template)
    assert [str(fault) for fault in clash.faults] == ["images.web: there is another image named web-small"]


def test_variables_and_files_are_packer_s(expanded: Expander, tmp_path: Path) -> None:
    """A given variable wins over a file, a file over the default; paths start from the folder."""
    (tmp_path / "vars.json").write_text('{"a": "file", "b": "file"}')
    template = {
        "variables": {"a": "default", "b": "default", "c": "default"},
        "builders": [{**BUILDER, "image_name": "{{user `a`}}-{{user `b`}}-{{user `c`}}"}],
    }
    entry = {"packer": "t.json", "variables": {"a": 7}, "var_files": "vars.json"}
    found = expanded({"web": entry}, t=template)
    assert found.images["web"]["image_name"] == "7-file-default"  # type: ignore[index]


def test_entries_without_a_template_are_left_alone(expanded: Expander) -> None:
    """Whatever they are: the settings model judges them."""
    for images in ({"a": None, "b": {"vm_type": 1}, "c": 7}, None, [], "text"):
        found = expanded(images)
        assert (found.images, found.faults, found.warnings) == (images, [], [])


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ({"packer": ""}, "images.web.packer: must be the path of a template, not ''"),
        ({"packer": ["a"]}, "images.web.packer: must be the path of a template, not a list"),
        ({"packer": "t.json", "variables": ["a"]}, "images.web.variables: must be a mapping of variables to values"),
        ({"packer": "t.json", "only": [1]}, "images.web.only: must be a list of strings, not a list"),
        ({"packer": "t.json", "var_files": {"a": 1}}, "images.web.var_files: must be a list of strings, not a mapping"),
        ({"packer": "nowhere.json"}, "images.web.packer: nowhere.json:1:1: cannot read"),
        ({"packer": "t\0.json"}, "images.web.packer: must be the path of a template, not 't\\x00.json'"),
        ({"packer": "t.json", "oops": 1}, "images.web.oops: unknown option 'oops'"),
        ({"variables": {}}, "images.web.variables: unknown option 'variables'"),
    ],
)
def test_wrong_arguments_are_faults_at_their_place(
    entry: dict[str, Any], fault: str, expanded: Expander, tmp_path: Path
) -> None:
    """Said once, and nothing else about that image beside."""
    _, faults = loaded(expanded({"web": entry}, t={"builders": [BUILDER]}), tmp_path)
    assert any(one.startswith(fault) for one in faults), faults


def test_faults_of_values_name_the_template_s_line(expanded: Expander, tmp_path: Path) -> None:
    """What the settings model refuses stands where the template wrote it, in lists and provisioners too."""
    template = {
        "builders": [{**BUILDER, "disk_size": "much", "image_tags": {"a": ["b"]}, "ssh_keys": ["a", ""]}],
        "provisioners": [{"type": "shell", "inline": ["a"], "environment_vars": ["no equals sign"]}],
    }
    found = expanded({"web": {"packer": "t.json"}}, t=template)
    _, faults = loaded(found, tmp_path)
    lines = (tmp_path / "t.json").read_text().splitlines()
    for needle, path in (
        ('"much"', "disk_size"),
        ('"a": [', "image_tags"),
        ('""', "ssh_keys[1]"),
        ('"environment_vars"', "provisioners[0].environment_vars"),
    ):
        number = next(at for at, line in enumerate(lines, 1) if needle in line)
        assert any(one.startswith(f"images.web.{path}") and f": t.json:{number}:" in one for one in faults), faults


def test_no_fault_shows_a_secret(expanded: Expander, tmp_path: Path) -> None:
    """A refused value is quoted unless the template calls it sensitive; cut off quotes hide it as well."""
    secret = "s3cret-" + "x" * 70
    template = {
        "variables": {"key": secret, "pin": "7x"},
        "sensitive-variables": ["key", "pin"],
        "builders": [{**BUILDER, "disk_size": "{{user `key`}}", "chroot_disk_size": "{{user `pin`}}"}],
        "provisioners": [{"type": "file", "source": "/nowhere/{{user `key`}}", "destination": "/a"}],
    }
    found = expanded({"web": {"packer": "t.json"}}, t=template)
    _, faults = loaded(found, tmp_path)
    said = "\n".join(faults)
    assert "images.web.disk_size" in said
    assert "s3cret" not in said
    assert "7x" not in said


def test_secret_options_are_those_that_the_template_still_decides(expanded: Expander) -> None:
    """Options that the entry overrides are no secrets of the template; the texts are kept for masking."""
    template = {
        "variables": {"key": "hush-hush"},
        "sensitive-variables": ["key"],
        "builders": [{**BUILDER, "image_name": "{{user `key`}}", "vm_tags": {"a": "{{user `key`}}"}}],
    }
    found = expanded({"web": {"packer": "t.json", "image_name": "public"}}, t=template)
    origin = found.origins["web"]
    assert (origin.build_name, origin.secret_options) == ("hyperone", {"vm_tags"})
    assert "hush-hush" in origin.secrets
    assert "hush-hush" not in repr(origin)


def test_options_of_the_account_are_warned_about_unless_set(expanded: Expander) -> None:
    """A project in a template has no effect: it holds for the whole stack."""
    template = {"builders": [{**BUILDER, "project": "p1", "token": "hush-token"}], "post-processors": ["compress"]}
    warnings = "\n".join(expanded({"web": {"packer": "t.json"}}, t=template).warnings)
    assert "builders[0].project: holds for the whole stack here: pulumi config set hyperone:project" in warnings
    assert "pulumi config set --secret hyperone:token" in warnings
    assert "post-processors[0]: has no effect: " in warnings
    assert "hush" not in warnings
    rest = expanded({"web": {"packer": "t.json"}}, {"project": "p1", "token": "x"}, t=template).warnings
    assert len(rest) == 1


@pytest.mark.parametrize(
    ("path", "name"),
    [("a/web.json", "web"), ("b.pkr.hcl", "b"), ("c.d.pkr.json", "c-d"), ("folder", "folder"), ("..json", "image")],
)
def test_a_template_s_file_gives_an_image_its_name(path: str, name: str) -> None:
    """Without the endings of Packer's files."""
    assert image_name(Path(path)) == name


_SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=6)
_VALUES = st.recursive(
    _SCALARS | st.sampled_from(["t.json", "{{timestamp}}", "hyperone", "{{build `ID`}}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)
_ENTRIES = st.dictionaries(
    st.sampled_from(["packer", "variables", "var_files", "only", "except", "vm_type", "disk_size", "provisioners"]),
    _VALUES,
    max_size=6,
)
_BUILDERS = st.dictionaries(
    st.sampled_from(["type", "source_image", "vm_type", "disk_size", "image_name", "image_tags", "ssh_keys", "name"]),
    _VALUES,
    max_size=6,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_ENTRIES, _BUILDERS, st.lists(_VALUES, max_size=2))
def test_arbitrary_entries_and_templates_give_images_or_faults(
    tmp_path: Path, entry: dict[str, Any], builder: dict[str, Any], provisioners: list[Any]
) -> None:
    """Never a traceback, and never neither."""
    template = {"builders": [{"type": "hyperone", **builder}], "provisioners": provisioners}
    (tmp_path / "t.json").write_text(json.dumps(template))
    found = packer_images({"web": {"packer": "t.json", **entry}}, tmp_path, {})
    images, faults = loaded(found, tmp_path)
    assert images or faults
