"""Rules between options: which need each other, which exclude each other (API facts 3.1)."""

from __future__ import annotations

from collections.abc import Iterator, Set

from pulumi_hyperone.provider.foundation.faults import Fault, join_path
from pulumi_hyperone.provider.foundation.option import those
from pulumi_hyperone.provider.foundation.weak_types import Note
from pulumi_hyperone.settings.chroot_options import CHROOT_ONLY
from pulumi_hyperone.settings.image_settings import FACTS, ImageSettings


def rule_faults(settings: ImageSettings, given: Set[str], path: str) -> list[Fault]:
    """Find broken rules; `given` are the options that the user wrote, the faulty ones included."""
    kinds = (_chroot_faults, _source_faults, _protected_faults, _missing_image_faults, _missing_machine_faults)
    return [Fault(join_path(path, option), message) for find in kinds for option, message in find(settings, given)]


_Found = Iterator[tuple[str, str]]
"""Broken rules, each as option and message."""


def _source_faults(settings: ImageSettings, given: Set[str]) -> _Found:
    if {"user_data", "user_data_file"} <= set(given):
        yield "user_data_file", "cannot be set together with user_data; remove one of them"
    wanted = settings.source_image_filter
    if wanted and "source_image" in given:
        yield "source_image_filter", "cannot be set together with source_image; remove one of them"
    elif wanted and not wanted.tags and not wanted.name:
        yield "source_image_filter", "needs tags or a name, else every image would match"


def _protected_faults(settings: ImageSettings, _given: Set[str]) -> _Found:
    if "protected" in {*settings.vm_tags, *(block.name for block in settings.vm_tag)}:
        yield "vm_tags", "must not have the tag protected: it keeps HyperOne from deleting the temporary VM"
    image_tags = {*settings.image_tags, *(block.key for block in settings.image_tag)}
    if "protected" in image_tags and not settings.keep_image:
        yield "keep_image", "cannot be false with the image tag protected, which keeps it from being deleted"


def _missing_image_faults(settings: ImageSettings, _given: Set[str]) -> _Found:
    if not settings.skip_create_image:
        return
    if wanting := sorted(option for option in those(FACTS, lambda fact: fact.of_image) if getattr(settings, option)):
        yield "skip_create_image", f"cannot be true with {', '.join(wanting)}: there is no image; leave them out"
    if settings.on_failure == "cleanup":
        yield "on_failure", "cannot be cleanup with skip_create_image: its machine is what shows that the build failed"


def _missing_machine_faults(settings: ImageSettings, _given: Set[str]) -> _Found:
    wanted = {"verify": settings.verify, "record": settings.record, "residue": settings.searches}
    if settings.communicator == "none":
        for option in (option for option, value in wanted.items() if value):
            yield option, "needs a communicator: nothing can be run on a machine with communicator: none"


def _chroot_faults(settings: ImageSettings, given: Set[str]) -> _Found:
    if not settings.chroot_disk:
        # Nobody knows what was meant where the switch itself is unreadable.
        if "chroot_disk" not in (given - settings.model_fields_set):
            yield from ((option, "needs chroot_disk: true") for option in CHROOT_ONLY if option in given)
        return
    if "pre_mount_commands" not in given:
        yield "pre_mount_commands", "is required with chroot_disk: the commands that partition {{.Device}}"
    elif settings.pre_mount_commands == [] and "pre_mount_commands" in settings.model_fields_set:
        yield "pre_mount_commands", "must hold at least one command with chroot_disk"
    if settings.communicator == "none":
        yield "communicator", "cannot be none with chroot_disk: the disk is partitioned, mounted and filled over SSH"


def rule_notes(settings: ImageSettings) -> list[Note]:
    """Name options that have no effect beside the others, as in Packer's builder (API facts 3.1 and 3.4)."""
    given = settings.model_fields_set
    notes = []
    if settings.private_ip and not settings.network:
        notes.append(Note("private_ip", "has no effect without network"))
    if settings.network and "public_netadp_service" in given:
        notes.append(Note("public_netadp_service", "has no effect with network: the adapter is a private one"))
    if settings.chroot_disk and "chroot_mounts" in given and not settings.chroot_mounts:
        notes.append(Note("chroot_mounts", "is empty, which means the five defaults, as in Packer"))
    if "on_verify_failure" in given and not settings.verify:
        notes.append(Note("on_verify_failure", "has no effect without verify"))
    if settings.record_dir and not (settings.record or settings.searches or settings.provenance_key):
        notes.append(Note("record_dir", "has no effect without record, residue or provenance_key"))
    if settings.keep_last and settings.image_access_rights:
        notes.append(Note("keep_last", "has no effect with image_access_rights: an image that is shared stays"))
    if settings.keep_last and not settings.keep_image:
        notes.append(Note("keep_last", "has no effect with keep_image: false, which keeps only the current image"))
    return notes
