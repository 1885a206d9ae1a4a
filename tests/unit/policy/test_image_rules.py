"""Rules about sources and about the images that come out."""

import pytest
from rules import images, sources

ID = "5d8f0c3a2b1e4f6a7c9d0e1f"
BY_NAME = {"source_image": "debian-12", "source_image_id": ID, "depends_on_image": None}
BY_ID = {**BY_NAME, "source_image": ID}
FROM_STACK = {**BY_NAME, "source_image": "other", "depends_on_image": "base"}
TAGS = {"required": ["environment", "owner"], "values": {"environment": ["prod", "staging"]}}


@pytest.mark.parametrize("build", [BY_NAME, FROM_STACK])
def test_an_allowed_source_passes(judge, build):
    """By pattern of its name, or because the same stack makes it."""
    assert judge(sources.source_image_allowed, "Build", {"allowed": ["debian-*"]}, **build) == []


def test_a_source_is_allowed_by_its_id_too(judge):
    """What the name stands for now counts as well."""
    assert judge(sources.source_image_allowed, "Build", {"allowed": [ID]}, **BY_NAME) == []


def test_another_source_is_refused_with_the_allowed_ones(judge):
    """The message names option, value and what is allowed."""
    found = judge(sources.source_image_allowed, "Build", {"allowed": ["ubuntu*", "alpine"]}, **BY_NAME)
    assert found == ["images.web.source_image: debian-12 is not allowed here; use one of ubuntu*, alpine"]


@pytest.mark.parametrize("build", [BY_ID, FROM_STACK])
def test_a_source_by_id_or_from_the_stack_is_pinned(judge, build):
    """An id never means another image."""
    assert judge(sources.source_image_pinned, "Build", **build) == []


def test_a_source_by_name_is_refused_with_its_id(judge):
    """The message holds the id to write."""
    found = judge(sources.source_image_pinned, "Build", **BY_NAME)
    assert found == [f"images.web.source_image: debian-12 is a name, whose image may change; write its id {ID}"]


def test_a_source_that_is_not_known_yet_is_left_out(judge, unknown):
    """An image that another program makes has no id in a preview."""
    build = {**BY_NAME, "source_image": unknown, "source_image_id": unknown}
    assert judge(sources.source_image_pinned, "Build", **build) is None
    assert judge(sources.source_image_allowed, "Build", {"allowed": ["x"]}, **build) is None


def test_names_are_matched_as_a_whole(judge):
    """A name that only holds a match is refused."""
    config = {"pattern": r"[a-z]+-\d{10}"}
    assert judge(images.image_name_pattern, "Image", config, name="web-1700000000") == []
    found = judge(images.image_name_pattern, "Image", config, name="my web-1700000000")
    assert found == [r"images.web.image_name: 'my web-1700000000' does not match [a-z]+-\d{10}; change the name"]


def test_a_broken_pattern_is_said(judge):
    """A pattern that cannot be used is a fault of the configuration, not a traceback."""
    found = judge(images.image_name_pattern, "Image", {"pattern": "(("}, name="web")
    assert len(found) == 1
    assert "'((' of rule image-name-pattern is not a regular expression" in found[0]


def test_all_required_tags_with_allowed_values_pass(judge):
    """Other tags do not matter."""
    tags = {"environment": "prod", "owner": "web team", "x": "y"}
    assert judge(images.image_tags_required, "Image", TAGS, tags=tags) == []


def test_every_missing_empty_or_wrong_tag_is_said(judge):
    """All faults of one image together; an empty tag counts as missing."""
    found = judge(images.image_tags_required, "Image", TAGS, tags={"environment": "dev", "owner": ""})
    assert found == [
        "images.web.image_tags: tag owner is missing; add it",
        "images.web.image_tags.environment: 'dev' is not allowed here; use prod or staging",
    ]
    found = judge(images.image_tags_required, "Image", TAGS, tags=None)
    assert [message.split(": ")[1] for message in found] == [
        "tag environment is missing; add it",
        "tag owner is missing; add it",
    ]


@pytest.mark.parametrize("props", [{"keep_image": True}, {}])
def test_an_image_that_stays_passes(judge, props):
    """keep_image is true by default."""
    assert judge(images.image_retained, "Build", **props) == []


def test_an_image_that_goes_with_its_stack_is_refused(judge):
    """keep_image: false is named."""
    found = judge(images.image_retained, "Build", keep_image=False)
    assert [message.split(":")[0] for message in found] == ["images.web.keep_image"]


@pytest.mark.parametrize("props", [{"verified": False}, {}])
def test_an_image_without_a_boot_test_is_refused(judge, props):
    """Judged at the Build, before anything is made; verify is named."""
    assert judge(images.image_verified, "Build", verified=True) == []
    assert judge(images.image_verified, "Build", skip_create_image=True) == [], "there is no image to verify"
    found = judge(images.image_verified, "Build", **props)
    assert found == ["images.web.verify: the image is not tried before it is used; add commands that test it"]


@pytest.mark.parametrize("props", [{"residue": "report"}, {}])
def test_an_image_that_may_hold_traces_of_its_build_is_refused(judge, props):
    """Fail and clean both refuse what is left; report, or nothing, does not."""
    assert judge(images.residue_refused, "Build", residue="fail") == []
    assert judge(images.residue_refused, "Build", residue="clean") == []
    found = judge(images.residue_refused, "Build", **props)
    assert found == ["images.web.residue: the image may hold traces of its build; set it to fail or clean"]
