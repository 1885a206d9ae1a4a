"""The account's settings."""

import pytest

from pulumi_hyperone.settings import load_project


def test_empty_namespace_gives_the_defaults():
    """Nothing is required here: the rest comes from environment and files."""
    settings, faults, notes = load_project({})
    assert (faults, notes) == ([], [])
    assert (settings.token, settings.project, settings.api_url, settings.state_timeout) == (None, None, None, 300.0)


def test_all_faults_come_together():
    """Every wrong value and unknown key, each under its stack config key."""
    settings, faults, _ = load_project(
        {
            "token": "a\nb",
            "api_url": "ftp://x",
            "state_timeout": "5",
            "tokn": "x",
            "token_login_host": "h",
            "project": [],
        }
    )
    assert settings is None
    assert {fault.path for fault in faults} == {
        f"hyperone:{name}" for name in ("token", "api_url", "state_timeout", "tokn", "token_login_host", "project")
    }


@pytest.mark.parametrize("token", ["hunter2\nx", ["hunter2"], {"hunter2": 1}, " \t"])
def test_token_is_never_shown(token):
    """A bad token is refused without showing it."""
    _, faults, _ = load_project({"token": token})
    assert [fault.path for fault in faults] == ["hyperone:token"]
    assert "hunter2" not in str(faults)


def test_token_is_not_in_the_representation():
    """Printing the settings does not print the token."""
    settings, _, _ = load_project({"token": "hunter2"})
    assert settings.token == "hunter2"
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    "url",
    [
        "api.hyperone.com",
        "https://",
        "https:///v1",
        "https://u:p@x/v1",
        "https://x/v1?a=b",
        "https://x:99999",
        "https://x y",
    ],
)
def test_bad_url_is_refused(url):
    """Only a plain http or https address will do."""
    _, faults, _ = load_project({"api_url": url})
    assert [fault.path for fault in faults] == ["hyperone:api_url"]


def test_url_loses_its_last_slash():
    """The base is the same with and without a slash at the end."""
    settings, _, _ = load_project({"api_url": "https://api.hyperone.com/v1/"})
    assert settings.api_url == "https://api.hyperone.com/v1"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:8080/v1", ""),
        ("http://localhost/v1", ""),
        ("http://x.localhost/v1", ""),
        ("http://[::1]/v2/", ""),
        ("https://x/prefix/v1", ""),
        ("http://10.0.0.1/v1", "must start with https: the token would travel unencrypted"),
        ("http://localhost.example.com/v1", "must start with https"),
        ("https://api.hyperone.com", "must end with the version of the API"),
        ("https://api.hyperone.com/v1/vm", "must end with the version of the API"),
        ("https://api.hyperone.com/version1", "must end with the version of the API"),
        ("https://-x-/v1", "must be a URL such as"),
    ],
)
def test_an_address_is_judged_as_the_provider_will_judge_it(url, said):
    """What the provider would refuse is a fault of the settings; loopback may have any of its names."""
    _, faults, notes = load_project({"api_url": url})
    assert notes == []
    assert [fault.message[: len(said)] for fault in faults] == ([said] if said else [])


@pytest.mark.parametrize(
    "key", ["SHA256:" + "A" * 43, "3e2aa423d42d7e8b14d50625512c8ac19db767ed", "ssh-ed25519 AAAAC3Nz comment"]
)
def test_host_and_key_of_the_login_belong_together(key):
    """Each form of host key is taken; one of the pair without the other is a fault."""
    _, faults, _ = load_project({"token_login_host": "h", "token_login_host_key": key})
    assert faults == []
    _, faults, _ = load_project({"token_login_host_key": key})
    assert [fault.path for fault in faults] == ["hyperone:token_login_host_key"]


@pytest.mark.parametrize("config", [None, [], "x", 4, {4: "x"}])
def test_anything_else_is_a_fault(config):
    """Something that is no mapping gives a fault, not a traceback."""
    settings, faults, _ = load_project(config)
    assert settings is None
    assert faults
