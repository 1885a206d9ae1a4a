"""Loading a stack's images: names, defaults, references, everything in one list."""

import pytest

from pulumi_hyperone.provider.foundation.faults import report
from pulumi_hyperone.settings import build_order, load_images

BASE = {"source_image": "debian-12", "vm_type": "a1.nano", "disk_size": 10}


def load(tmp_path, **config):
    """Load a config and give (images, {path: message})."""
    images, faults = load_images(config, tmp_path)
    return images, {fault.path: fault.message for fault in faults}


def test_faults_of_all_images_come_together(tmp_path):
    """Two images with faults: both are in one report, sorted by path."""
    images, faults = load_images(
        {"images": {"web": BASE | {"disk_size": 0}, "base": BASE | {"vm_flavour": "x", "ssh_port": "x"}}},
        tmp_path,
    )
    assert images == {}
    assert report(faults).splitlines() == [
        "3 faults in the settings:",
        "  images.base.ssh_port: must be a whole number, not 'x'",
        "  images.base.vm_flavour: unknown option 'vm_flavour'; did you mean vm_type?",
        "  images.web.disk_size: must be a number of GiB greater than 0 and at most 65536, not 0",
    ]


def test_required_options_are_all_named(tmp_path):
    """An empty image lacks three options."""
    _, faults = load(tmp_path, images={"base": {}})
    assert set(faults) == {f"images.base.{name}" for name in ("source_image", "vm_type", "disk_size")}
    assert all(message.startswith("is required") for message in faults.values())


def test_defaults_go_under_the_options(tmp_path):
    """Options win over defaults, tags are put together, null goes back to the built-in default."""
    defaults = BASE | {"disk_type": "volume", "image_tags": {"a": 1, "b": 1}, "network": "n", "ssh_keys": "k"}
    options = {"disk_size": 20, "image_tags": {"b": 2}, "network": None, "ssh_keys": None, "disk_type": None}
    images, faults = load(tmp_path, defaults=defaults, images={"base": options, "plain": None})
    assert faults == {}
    base, plain = images["base"], images["plain"]
    assert (base.disk_size, base.disk_type, base.network, base.ssh_keys) == (20.0, "ssd", None, [])
    assert base.image_tags == {"a": "1", "b": "2"}
    assert (plain.disk_size, plain.disk_type, plain.network, plain.ssh_keys) == (10.0, "volume", "n", ["k"])


def test_fault_in_the_defaults_is_reported_once_and_there(tmp_path):
    """A fault that comes from the defaults is not repeated for each image."""
    _, faults = load(tmp_path, defaults={"disk_size": 0}, images={name: BASE | {"disk_size": None} for name in "ab"})
    assert set(faults) == {"images.a.disk_size", "images.b.disk_size"}
    without = {name: value for name, value in BASE.items() if name != "disk_size"}
    _, faults = load(tmp_path, defaults={"disk_size": 0}, images={"a": without, "b": without})
    assert set(faults) == {"defaults.disk_size"}
    machine = {"vm_type": "a1.nano", "disk_size": 10}
    _, faults = load(tmp_path, defaults={"source_image": "${images.bse}"}, images={"a": machine, "base": BASE})
    assert faults == {"defaults.source_image": "refers to image 'bse', which is not in images; did you mean base?"}


def test_state_timeout_of_the_project_is_the_default(tmp_path):
    """The project's time-out holds for images without their own."""
    config = {"images": {"a": BASE, "b": BASE | {"state_timeout": "1m"}}}
    images, _ = load_images(config, tmp_path, state_timeout=42.5)
    assert {name: image.state_timeout for name, image in images.items()} == {"a": 42.5, "b": 60.0}


@pytest.mark.parametrize("name", ["", "a b", "a/b", "-a", "a.b", "ä", "x" * 64, "a\n", "${x}", 5, None])
def test_bad_image_name_is_a_fault(tmp_path, name):
    """Names must fit resource names and references."""
    images, faults = load(tmp_path, images={name: BASE, "good-1_A": BASE})
    assert list(images) == ["good-1_A"]
    assert len(faults) == 1
    assert "cannot be an image's name" in next(iter(faults.values()))


@pytest.mark.parametrize(
    "config", [{}, {"images": None}, {"images": {}}, {"images": []}, {"images": "x"}, {"images": 3}]
)
def test_config_without_images_is_a_fault(tmp_path, config):
    """No images, or something else in their place, is said plainly."""
    images, faults = load(tmp_path, **config)
    assert images == {}
    assert list(faults) == ["images"]


def test_unknown_key_of_the_namespace_is_a_fault(tmp_path):
    """A misspelt `images` or `defaults` is noticed."""
    _, faults = load(tmp_path, images={"a": BASE}, default={})
    assert faults == {"default": "unknown option 'default'; did you mean defaults?"}


@pytest.mark.parametrize("defaults", [[], "x", 4])
def test_defaults_must_be_a_mapping(tmp_path, defaults):
    """Anything but a mapping in place of the defaults is a fault."""
    _, faults = load(tmp_path, images={"a": BASE}, defaults=defaults)
    assert list(faults) == ["defaults"]


def test_images_come_after_the_ones_they_build_on(tmp_path):
    """References give the order, however the images are written down."""
    chain = {"c": "${images.b}", "a": "debian-12", "b": "${images.a}"}
    images, faults = load(tmp_path, images={name: BASE | {"source_image": source} for name, source in chain.items()})
    assert faults == {}
    assert list(images) == build_order(images) == ["a", "b", "c"]
    assert images["c"].source_reference.name == "b"


def test_unknown_reference_names_the_nearest(tmp_path):
    """A misspelt reference is a fault that suggests a name."""
    _, faults = load(tmp_path, images={"base": BASE, "web": BASE | {"source_image": "${images.bace}"}})
    assert faults == {"images.web.source_image": "refers to image 'bace', which is not in images; did you mean base?"}


def test_circle_is_said_once_with_its_way(tmp_path):
    """Each circle of references is one fault that shows the way round; others are still found."""
    sources = {"a": "b", "b": "c", "c": "a", "d": "d", "e": "a", "f": "zz"}
    images = {name: BASE | {"source_image": f"${{images.{source}}}"} for name, source in sources.items()}
    _, faults = load(tmp_path, images=images)
    assert faults["images.a.source_image"] == "images build on each other in a circle: a → b → c → a"
    assert faults["images.d.source_image"] == "images build on each other in a circle: d → d"
    assert set(faults) == {"images.a.source_image", "images.d.source_image", "images.f.source_image"}


def test_reference_to_a_faulty_image_is_no_second_fault(tmp_path):
    """An image that builds on a faulty one is not blamed, whether its options are wrong or its name."""
    sources = {"base": BASE | {"disk_size": 0}, "web": BASE | {"source_image": "${images.base}"}}
    images, faults = load(tmp_path, images=sources)
    assert list(images) == ["web"]
    assert set(faults) == {"images.base.disk_size"}
    _, faults = load(tmp_path, images={"base.1": BASE, "web": BASE | {"source_image": "${images.base.1}"}})
    assert set(faults) == {"images.base.1"}


def test_a_blank_command_tests_nothing(tmp_path):
    """It would succeed on any machine, so the image would pass for tested."""
    _, faults = load(tmp_path, images={"base": {**BASE, "verify": ["true", " "]}})
    assert faults == {"images.base.verify[1]": "must be a command, not blank"}


def test_everything_but_the_image_excludes_what_needs_one(tmp_path):
    """One line for all such options, one for a failed build that nobody could tell, one for an image built on it."""
    base = {**BASE, "skip_create_image": True, "verify": ["true"], "keep_last": 2}
    more = {"image_access_rights": ["*"], "tag_current": True, "manifest": "m.json", "on_failure": "cleanup"}
    _, faults = load(tmp_path, images={"base": {**base, **more}, "web": {**BASE, "source_image": "${images.base}"}})
    wanting = "image_access_rights, keep_last, manifest, tag_current, verify"
    assert faults == {
        "images.base.skip_create_image": f"cannot be true with {wanting}: there is no image; leave them out",
        "images.base.on_failure": (
            "cannot be cleanup with skip_create_image: its machine is what shows that the build failed"
        ),
        "images.web.source_image": "refers to image 'base', which skip_create_image leaves out",
    }


def test_everything_but_the_image_is_built_where_all_images_are_released(tmp_path):
    """`make build` sets `release: after-image` for every image; such a one leaves nothing anyway."""
    _, faults = load(tmp_path, images={"base": {**BASE, "skip_create_image": True, "release": "after-image"}})
    assert faults == {}


def test_a_filter_stands_for_the_source_image(tmp_path):
    """One of the two is required, both are refused; what is wrong in the filter is said with its place."""
    machine = {"vm_type": "a1.nano", "disk_size": 10}
    by_name = {**machine, "source_image_filter": {"name": "base-*", "newest": "true"}}
    images, faults = load(tmp_path, defaults={"source_image": "x"}, images={"web": {**by_name, "source_image": None}})
    assert faults == {}
    assert images["web"].source_image_filter.newest is True
    wrong = {"none": machine, "both": BASE | by_name, "kind": {**machine, "source_image_filter": {"nam": "x"}}}
    wrong["any"] = {**machine, "source_image_filter": {"newest": True}}
    _, faults = load(tmp_path, images=wrong)
    assert faults == {
        "images.none.source_image": "is required: the id or name of an image, or ${images.NAME}",
        "images.both.source_image_filter": "cannot be set together with source_image; remove one of them",
        "images.any.source_image_filter": "needs tags or a name, else every image would match",
        "images.kind.source_image_filter.nam": "unknown option 'nam'; did you mean name?",
    }
