"""Data of the build in provisioners' texts: kept by settings, filled in when they run, no part of the fingerprint."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_hyperone.provider.provisioners.build_data import NAMES, filled, stand_ins
from pulumi_hyperone.provider.schema.provisioning import ProvisioningInputs
from pulumi_hyperone.provider.ssh.keys import generate
from pulumi_hyperone.settings import ImageSettings, load_images
from pulumi_hyperone.settings.content import content_parts
from pulumi_hyperone.settings.rendered import values_of_build
from pulumi_hyperone.settings.template.functions import BUILD_FIELDS

PAIR = generate(comment="build-0123456789abcdef0123456789abcdef")
BUILD = ProvisioningInputs(
    image_key="web",
    stack="p/dev",
    stack_id="s1",
    state_timeout=300,
    vm_id="5f0000000000000000000001",
    address="192.0.2.7",
    build_id="0123456789abcdef0123456789abcdef",
    private_key=PAIR.packed,
    communicator={"ssh_port": 2222.0, "ssh_username": "builder"},
    provisioners=[],
)


def loaded(tmp_path: Path, *provisioners: dict[str, Any]) -> tuple[ImageSettings | None, list[str]]:
    """Settings of one image with these provisioners, and their faults."""
    options = {"source_image": "a", "vm_type": "b", "disk_size": 1, "provisioners": list(provisioners)}
    images, faults = load_images({"images": {"web": options}}, tmp_path)
    return images.get("web"), [str(fault) for fault in faults]


def run_time(settings: ImageSettings | None) -> Any:
    """The provisioners as they are run."""
    assert settings is not None
    return filled(values_of_build(settings, 1, "b").provisioners, BUILD.build_data)


def test_settings_and_provider_know_the_same_names() -> None:
    """What a template may ask for is what a build has."""
    assert set(NAMES) == BUILD_FIELDS == set(BUILD.build_data)


def test_every_value_is_that_of_the_build(tmp_path: Path) -> None:
    """ID is the builder's VM, as in Packer's builder; the rest is how to reach it."""
    settings, faults = loaded(tmp_path, {"type": "shell", "inline": [f"{{{{ build `{name}` }}}}" for name in NAMES]})
    assert faults == []
    assert run_time(settings)[0]["inline"] == [
        "5f0000000000000000000001",
        "192.0.2.7",
        "2222",
        "builder",
        "",
        "ssh",
        PAIR.public,
        PAIR.private,
        "01234567-89ab-cdef-0123-456789abcdef",
    ]


def test_it_works_in_every_option_beside_other_templates(tmp_path: Path) -> None:
    """Environment, execute_command with its own fields, content of files; quotes and spaces as people write them."""
    shell = {
        "type": "shell",
        "inline": ["true"],
        "environment_vars": ['WHERE={{ build "Host" }}:{{build `Port`}}', "AT={{timestamp}}-{{build `ID`}}"],
        "execute_command": "env VM={{build `ID`}} {{.Vars}} sh {{.Path}}",
    }
    settings, faults = loaded(tmp_path, shell, {"type": "file", "content": "{{build `User`}}\n", "destination": "/a"})
    assert faults == []
    first, second = run_time(settings)
    assert first["environment_vars"] == ["WHERE=192.0.2.7:2222", "AT=1-5f0000000000000000000001"]
    assert first["execute_command"] == "env VM=5f0000000000000000000001 {{.Vars}} sh {{.Path}}"
    assert second["content"] == "builder\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{{"{{"}}build `ID`}}', "{{build `ID`}}"),
        ("{{build `User`}} {{`{{build `}}`x`}}", "builder {{build `x`}}"),
        ('{{"{{"}}.Names}} {{build `User`}}', "{{.Names}} builder"),
        ('{{"{"}}{{build `User`}}}', "{builder}"),
    ],
)
def test_braces_that_a_template_writes_stay(text: str, expected: str, tmp_path: Path) -> None:
    """A text that only looks like data of the build is left alone."""
    settings, faults = loaded(tmp_path, {"type": "shell", "inline": [text]})
    assert faults == []
    assert run_time(settings)[0]["inline"] == [expected]


@given(st.text(st.sampled_from('{}` "buildID.x')), st.text())
def test_what_is_put_in_is_never_looked_at_again(text: str, value: str) -> None:
    """Whatever the data holds, it arrives as it is; texts without a call do not change."""
    data = dict.fromkeys(NAMES, value)
    assert filled(f"<{{{{build `ID`}}}}>{value}", {**data, "ID": "{{build `Host`}}"}).startswith("<{{build `Host`}}>")
    assert filled({"a": [text]}, data) == {"a": [text]} or "{{build `" in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{build `Hots`}}", "\"build\" has no 'Hots'; did you mean Host?"),
        ("{{build `PackerHTTPAddr`}}", "\"build\" has no 'PackerHTTPAddr' here"),
        ("{{upper (build `ID`)}}", "such as {{build `ID`}}, must stand alone, not in a function"),
        ("{{if eq (build `ID`) `x`}}a{{end}}", "must stand alone"),
    ],
)
def test_what_cannot_be_filled_in_is_a_fault(text: str, message: str, tmp_path: Path) -> None:
    """Said before anything is built."""
    _, faults = loaded(tmp_path, {"type": "shell", "inline": [text]})
    assert message in "\n".join(faults)


def test_it_stays_out_of_options_of_the_builder(tmp_path: Path) -> None:
    """Only provisioners run when the data is known."""
    options = {"source_image": "a", "vm_type": "b", "disk_size": 1, "image_name": "{{build `ID`}}"}
    _, faults = load_images({"images": {"web": options}}, tmp_path)
    assert "images.web.image_name" in str(faults[0])


def test_the_fingerprint_holds_the_template_and_no_build(tmp_path: Path) -> None:
    """Data of a build and times change nothing; the text around them does, in execute_command too."""

    def parts(**options: Any) -> dict[str, str]:
        settings, faults = loaded(tmp_path, {"type": "shell", "inline": ["{{build `ID`}}"], **options})
        assert faults == []
        assert settings is not None
        return content_parts(settings)

    assert parts() == parts() != parts(inline=["{{build `Host`}}"])
    command = "env AT={{timestamp}} VM={{build `ID`}} sh {{.Path}}"
    assert parts(execute_command=command) != parts(execute_command=f"{command} -x")
    assert "provisioners[0]: settings" in parts(execute_command=command)
    assert not set(stand_ins().values()) & set(parts().values())
