"""The provider of Build: finds out whether to rebuild, makes the identity of a build, sweeps what it leaves."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi.dynamic import CheckResult, CreateResult, DiffResult
from pulumi.runtime.rpc import UNKNOWN

from pulumi_hyperone.provider.api.records import Image
from pulumi_hyperone.provider.checks.source_filter import find_source
from pulumi_hyperone.provider.foundation.errors import HyperOneError, NotFound, SettingsError
from pulumi_hyperone.provider.foundation.known import is_known, same
from pulumi_hyperone.provider.process.progress import tell
from pulumi_hyperone.provider.process.session import session
from pulumi_hyperone.provider.provenance.made_from import made_from
from pulumi_hyperone.provider.records.folder import of_build
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props, refused, secrets_marked
from pulumi_hyperone.provider.resources.content_changes import changes, ranked
from pulumi_hyperone.provider.schema.build import BuildInputs
from pulumi_hyperone.provider.tracking.begun import begin
from pulumi_hyperone.provider.tracking.identity import (
    BUILD_TAG,
    CARRIER,
    CHROOT_DISK,
    PROVISIONED_TAG,
    PROVISIONING_TAG,
    QUARANTINE_TAG,
    ROLE_TAG,
    VERIFIER,
    key_comment,
    role_tags,
)
from pulumi_hyperone.provider.tracking.sweep import sweep, tell_kept

SOURCE_PART, SOURCE_FILTER = "source_image", "source_image_filter"


class BuildProvider(HyperOneProvider):
    """Makes an id, a time and a key pair; no API call until it is deleted, when it sweeps what others missed."""

    inputs = BuildInputs

    def check(self, olds: Props, news: Props) -> CheckResult:
        """Resolve the source image and compute the fingerprint, so that previews know both."""
        session().masker.learn(secrets_marked(news))
        try:
            source_id, found = self._source(olds, news)
        except HyperOneError as error:
            option = SOURCE_FILTER if news.get(SOURCE_FILTER) else SOURCE_PART
            return CheckResult(news, [refused(f"images.{news['image_key']}.{option}: {error}")])
        inputs = {**news, **found, "source_image_id": source_id}
        inputs["fingerprint"] = fingerprint(inputs["parts"], source_id)
        return CheckResult(inputs, [])

    def _source(self, olds: Props, news: Props) -> tuple[str, Props]:
        """The source image's id and, where a filter stands for it, its name as an input."""
        wanted = news.get(SOURCE_FILTER)
        if pinned := pinned_source(olds, news):
            return pinned, {"source_image": pinned} if wanted else {}
        if wanted:
            image = find_source(self.client, wanted, stack=news["stack"], image_key=news["image_key"])
            _tell_found(news["image_key"], image)
            return image.id, {"source_image": image.name}
        source_image = news["source_image"]
        return (session().image(source_image).id if is_known(source_image) else UNKNOWN), {}

    def diff(self, id_: str, olds: Props, news: Props) -> DiffResult:
        """Replace when the content would differ or the builder cannot be used; say why on the row."""
        reasons = reasons_to_rebuild(olds, news) or self._broken(id_, olds, news)
        if reasons:
            self._check_pin(news)
            tell(f"rebuild: {'; '.join(reasons)}")
            return DiffResult(changes=True, replaces=["fingerprint"])
        if not is_known(news.get("fingerprint")):
            base = news.get("depends_on_image")
            tell(f"may rebuild: depends on {f'image {base}' if base else 'an image that is still to be made'}")
            return DiffResult(changes=True, replaces=["source_image"])
        return DiffResult(changes=bool(self.changed(olds, news)), replaces=[])

    def _check_pin(self, news: Props) -> None:
        """A rebuild needs the source image: a pinned one that is gone is said before anything is spent."""
        source_id = news.get("source_image_id")
        if not news.get("pin_source") or not is_known(source_id):
            return
        try:
            self.client.images.get(str(source_id))
        except NotFound:
            raise SettingsError(
                f"images.{news['image_key']}.pin_source: the pinned source image {source_id} is gone; set it to false "
                "to build from what source_image names now"
            ) from None

    def _broken(self, build_id: str, olds: Props, news: Props) -> list[str]:
        """Why a build without an image cannot go on with its builder; empty when it can, or when it has its image.

        A build that is to have none has ended when its builder is gone. If it had one before, the state forgot that.
        """
        client = self.client
        images = client.images.list(tags={BUILD_TAG: build_id})
        forgotten = bool(images and olds.get("skip_create_image") and not news.get("skip_create_image"))
        if images and not forgotten:
            failed = [image for image in images if QUARANTINE_TAG in image.tags]
            names = ", ".join(f"{image.name} ({image.id})" for image in failed)
            return [f"image {names} failed its boot test"] if len(failed) == len(images) else []
        vms = [vm for vm in client.vms.list(tags={BUILD_TAG: build_id}) if vm.tags.get(ROLE_TAG) != VERIFIER]
        if any(vm.tags.get(ROLE_TAG) == CARRIER for vm in vms):
            return []
        if not vms:
            done = news.get("skip_create_image")
            none = "is no builder" if forgotten else "is neither an image nor a builder"
            return [] if done else [f"there {none} of the last build"]
        half_done = [vm for vm in vms if PROVISIONING_TAG in vm.tags and PROVISIONED_TAG not in vm.tags]
        if half_done:
            return [f"builder {vm.name} ({vm.id}) was left half provisioned" for vm in half_done]
        chroot = olds.get("chroot_disk")
        if chroot and PROVISIONED_TAG in vms[0].tags and not client.disks.list(tags=role_tags(build_id, CHROOT_DISK)):
            return ["the chroot disk of the last build is gone"]
        return []

    def create(self, props: Props) -> CreateResult:
        """Id, Unix timestamp (seconds) and temporary key pair of a new build; what it is made from, if it is stated."""
        from pulumi_hyperone.provider.ssh.keys import generate  # noqa: PLC0415 - loads paramiko

        inputs, build_id = BuildInputs.of(props), uuid.uuid4().hex
        begin(build_id)
        pair = generate(inputs.key_type, int(inputs.key_bits), comment=key_comment(build_id))
        made: Props = {"timestamp": int(time.time()), "private_key": pair.packed, "public_key": pair.public}
        if inputs.local_files is not None:
            made["made_from"] = made_from(inputs.local_files, Path.cwd())
        return CreateResult(build_id, {**props, **made})

    def delete(self, id_: str, props: Props) -> None:
        """Remove all that carries this build's id; the images too when keep_image is false, else say which stay.

        Raises LeftBehind.
        """
        keep = props.get("keep_image", True)
        of_build(id_).remove()
        sweep(self.client, id_, images=not keep)
        if keep:
            tell_kept(self.client, id_)


_told: set[tuple[str, str]] = set()


def _tell_found(image_key: str, image: Image) -> None:
    """Say once what a filter found; for a replacement the engine checks a second time."""
    if (image_key, image.id) not in _told:
        _told.add((image_key, image.id))
        tell(f"source_image: {image.name} ({image.id}) by filter")


_pinned: dict[tuple[str, str], str] = {}


def pinned_source(olds: Mapping[str, Any], news: Mapping[str, Any]) -> str | None:
    """The source image id of the last build when `pin_source` is set and the setting still names the same thing.

    For a replacement the engine checks again without the old inputs, so what the check before it found is remembered.
    """
    key = (str(news["stack_id"]), str(news["image_key"]))
    if not news.get("pin_source"):
        _pinned.pop(key, None)
        return None
    old_id = olds.get("source_image_id") if olds else None
    if old_id and is_known(old_id):
        base = news.get("depends_on_image")
        named = "depends_on_image" if base else SOURCE_FILTER if news.get(SOURCE_FILTER) else SOURCE_PART
        if same(olds.get(named), news[named]):
            _pinned[key] = str(old_id)
        else:
            _pinned.pop(key, None)
    return _pinned.get(key)


def fingerprint(parts: Mapping[str, str], source_image_id: str) -> str:
    """SHA-256 (hex) over everything that decides the image's content; unknown while a part is."""
    if not is_known(parts) or not is_known(source_image_id):
        return UNKNOWN
    text = json.dumps({**ranked(parts), SOURCE_PART: source_image_id}, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def reasons_to_rebuild(olds: Mapping[str, Any], news: Mapping[str, Any]) -> list[str]:
    """What differs between two builds' contents, for people; empty when nothing known does."""
    reasons = changes(olds.get("parts") or {}, news.get("parts") or {})
    old_id, new_id = olds.get("source_image_id"), news.get("source_image_id")
    if is_known(new_id) and old_id != new_id:
        named = f"{news['source_image']} by filter," if news.get(SOURCE_FILTER) else news["source_image"]
        reasons.append(f"source_image: {named} moved {old_id} → {new_id}")
    return reasons
