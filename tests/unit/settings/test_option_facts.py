"""What is said beside the options themselves."""

from pulumi_hyperone.provider.foundation.option import those
from pulumi_hyperone.settings import ImageSettings
from pulumi_hyperone.settings.image_settings import FACTS, with_relatives


def test_required_options_have_something_to_look_at_the_others_with():
    """A stand-in is there for each required option and for no other one."""
    required = [name for name, field in ImageSettings.model_fields.items() if field.is_required()]
    assert sorted(required) == sorted(those(FACTS, lambda fact: fact.stand_in is not None))


def test_facts_name_options_that_exist():
    """A renamed option fails here."""
    assert {fact.judged_with for fact in FACTS.values()} - {""} <= FACTS.keys()


def test_options_and_those_judged_together_with_them():
    """In both directions, so that an output in either place defers both."""
    assert with_relatives({"disk_size"}) == with_relatives({"chroot_disk_size"}) == {"disk_size", "chroot_disk_size"}
    assert with_relatives({"image_name"}) == {"image_name"}


def test_what_decides_the_content_is_stated_beside_the_option():
    """The list as a whole, so that a fact that is lost by mistake is noticed: rebuilds depend on it."""
    shown = those(FACTS, lambda fact: fact.content == "shown")
    hashed = those(FACTS, lambda fact: fact.content == "hashed")
    assert {*shown} == {
        "chroot_disk",
        "chroot_disk_size",
        "chroot_disk_type",
        "disk_size",
        "disk_type",
        "image_service",
        "mount_options",
        "mount_partition",
        "ssh_clear_authorized_keys",
        "ssh_username",
        "vm_type",
    }
    assert {*hashed} == {
        "chroot_command_wrapper",
        "chroot_copy_files",
        "chroot_device",
        "chroot_mount_path",
        "chroot_mounts",
        "post_mount_commands",
        "pre_mount_commands",
        "ssh_keys",
    }
