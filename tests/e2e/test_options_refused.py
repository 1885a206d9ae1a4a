"""Bad input for every option, all of it in one stack: one report names each fault, and nothing is created."""

from __future__ import annotations

import pytest

from pulumi_hyperone.settings import ImageSettings, ProjectSettings
from pulumi_hyperone.settings.chroot_options import CHROOT_ONLY
from tests.support.cloud import Cloud
from tests.support.options import E2E, covered, documented
from tests.support.stacks import Run, image, new_stack

ROWS = documented()
ACCOUNT = {
    "token": ("two\nlines", "hyperone:token: must be one line that is not blank"),
    "project": ("  ", "hyperone:project: must be one line that is not blank"),
    "api_url": ("api.hyperone.com", "hyperone:api_url: must be a URL such as https://api.hyperone.com/v1"),
    "token_login": ("  ", "hyperone:token_login: must be one line that is not blank"),
    "token_login_host_key": ("abc", "hyperone:token_login_host_key: must be a host key: SHA256:..."),
    "api_version": ("v3", "hyperone:api_version: must be v1 or v2, not 'v3'"),
    "location": ("two\nlines", "hyperone:location: must be one line that is not blank"),
    "passport_file": ("two\nlines", "hyperone:passport_file: must be one line that is not blank"),
    "audience": ("two\nlines", "hyperone:audience: must be one line that is not blank"),
    "state_timeout": ("0s", "hyperone:state_timeout: must be a duration such as 5m, longer than 0 and at most 24h"),
}
"""Account settings come as texts from stack config, so that a wrong type cannot be written."""
SHOWN_ELSEWHERE = {"token_login_host"}
"""Wrong without its key or when a login is due: see tests/cloud/api/test_ways_in.py."""

SHOWN_IN = {
    "test_chroot_image.py": {
        "chroot_disk",
        "chroot_disk_size",
        "chroot_command_wrapper",
        "mount_options",
        "pre_mount_commands",
        "post_mount_commands",
    },
    "test_provisioning.py": {"error_cleanup_provisioner"},
    "test_packer.py": {"post_processors"},
}
"""Other e2e tests that show options in effect."""


@pytest.fixture(scope="module")
def cloud(session_cloud):
    """One empty cloud for the module."""
    session_cloud.reset()
    return Cloud(session_cloud)


@pytest.fixture(scope="module")
def refused(cloud, engine_path, tmp_path_factory) -> Run:
    """`up` of a stack with one image for each documented example of bad input, each with that fault alone."""
    stack = new_stack(tmp_path_factory.mktemp("refused"), engine_path, cloud, "test")
    images = {}
    for row in ROWS:
        chroot = {"chroot_disk": True, "pre_mount_commands": ["true"]} if row.option in CHROOT_ONLY else {}
        images[row.option] = image() | chroot | {row.option: row.value}
    stack.configure(images, hyperone={name: value for name, (value, _) in ACCOUNT.items()})
    done = stack.up().failed("faults in the settings:")
    done.text = done.text.replace(str(stack.folder), "/home/me/stack")
    return done


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.option)
def test_bad_input_of_an_image_is_reported_as_documented(refused, row):
    """The engine prints the documented line, with the path of the image that has the fault."""
    assert row.line.replace("images.base.", f"images.{row.option}.") in refused.text


@pytest.mark.parametrize("name", ACCOUNT)
def test_bad_input_of_the_account_is_reported_in_the_same_report(refused, name):
    """Faults of the `hyperone:` namespace stand beside those of the images."""
    assert ACCOUNT[name][1] in refused.text


def test_every_account_setting_has_an_example():
    """A new account setting without an example of bad input fails here; those of images come from the page."""
    assert set(ACCOUNT) | SHOWN_ELSEWHERE == set(ProjectSettings.model_fields)


def test_each_fault_is_said_once_and_nothing_else_is(refused):
    """There are as many lines as faults: no fault is repeated, none is invented for the other options."""
    lines = [line for line in refused.text.splitlines() if line.strip().startswith(("images.", "hyperone:"))]
    assert len(lines) == len(set(lines))
    said = {line.strip().split(":")[0].split("[")[0] for line in lines if line.strip().startswith("images.")}
    assert said == {f"images.{row.option}.{row.option}".split("[", maxsplit=1)[0] for row in ROWS}


def test_no_secret_is_shown(refused):
    """A refused token is not repeated in the report."""
    assert "two" not in next(line for line in refused.text.splitlines() if "hyperone:token:" in line)


def test_nothing_was_created(refused, cloud):
    """The cloud saw no call that changes something."""
    assert cloud.mutations() == []


def test_every_option_of_an_image_is_shown_in_effect():
    """An option that no e2e test shows in effect fails here; `covers` names the test that does."""
    elsewhere = {option for options in SHOWN_IN.values() for option in options}
    assert covered() | elsewhere == set(ImageSettings.model_fields)


@pytest.mark.parametrize("name", SHOWN_IN)
def test_the_other_tests_that_are_counted_on_set_their_options(name):
    """An e2e test that no longer sets an option cannot show it."""
    text = (E2E / name).read_text()
    assert [option for option in SHOWN_IN[name] if option not in text] == []
