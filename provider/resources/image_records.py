"""What a build keeps about its image: taken on the machine, handed over to the image, compared with the one before."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from pulumi_hyperone.provider.api.records import Image
from pulumi_hyperone.provider.foundation.counting import counted
from pulumi_hyperone.provider.foundation.errors import HyperOneError, Refused, SettingsError
from pulumi_hyperone.provider.process.progress import say, tell
from pulumi_hyperone.provider.process.session import session
from pulumi_hyperone.provider.provisioners.build_log import BuildLog
from pulumi_hyperone.provider.records.access import with_own_key
from pulumi_hyperone.provider.records.cyclonedx_file import stock_in, to_cyclonedx
from pulumi_hyperone.provider.records.difference import difference, one_line
from pulumi_hyperone.provider.records.folder import (
    DIFFERENCE,
    RECORD,
    RESIDUE,
    RecordFolder,
    hand_over,
    of_build,
    of_image,
)
from pulumi_hyperone.provider.records.residue import as_json, search
from pulumi_hyperone.provider.records.stock import Stock
from pulumi_hyperone.provider.records.taking import take_stock
from pulumi_hyperone.provider.schema.image import ImageInputs
from pulumi_hyperone.provider.schema.provisioning import ProvisioningInputs
from pulumi_hyperone.provider.ssh.machine import Machine
from pulumi_hyperone.provider.tracking.identity import QUARANTINE_TAG
from pulumi_hyperone.provider.tracking.retention import images_of

NAMED = 5
"""How many findings a message names; the build's log has all of them."""


def take_record(machine: Machine, inputs: ProvisioningInputs, log: BuildLog) -> None:
    """Keep what is in the machine, under the build's id until there is an image. Raises SshError, Refused."""
    log.note("taking stock of what is in the image")
    stock = take_stock(machine, log.mask)
    stock = replace(stock, keys=with_own_key(stock.keys, inputs.key_pair.public))
    _write(inputs, RECORD, to_cyclonedx(stock, image=inputs.image_key, build_id=inputs.build_id))


def settle_residue(machine: Machine, inputs: ProvisioningInputs, log: BuildLog, secrets: Collection[str]) -> None:
    """Find what should not be in the image, clean it away where that is asked for, keep what was found.

    Raises Refused, naming it, when the image must not be made; SshError when the machine does not answer.
    """
    log.note("searching for what should not be in the image")
    found = search(
        machine,
        clean=inputs.residue == "clean",
        public_key=inputs.key_pair.public,
        began=inputs.timestamp,
        secrets=secrets,
        mask=log.mask,
    )
    _write(inputs, RESIDUE, (json.dumps(as_json(found), indent=1) + "\n").encode())
    for one in found:
        log.note(f"residue: {one}")
    left = [one for one in found if not one.is_harmless]
    if not left:
        return
    some = ", ".join(map(str, left[:NAMED])) + (f" and {len(left) - NAMED} more" if len(left) > NAMED else "")
    things = counted(len(left), "thing")
    if inputs.residue == "report":
        tell(f"{inputs.image_key}: {things} that should not be in the image: {some}", warning=True)
        return
    other = ", or set residue: clean" if inputs.residue == "fail" else ""
    raise Refused(
        f"images.{inputs.image_key}.residue: the image is not made, {things} would be left in it: {some}; "
        f"remove them in the last provisioner{other}"
    )


def _write(inputs: ProvisioningInputs, name: str, content: bytes) -> None:
    try:
        of_build(inputs.build_id).write(name, content)
    except OSError as error:
        raise Refused(f"{name} of {inputs.image_key} cannot be written: {error.strerror}: {error.filename}") from None


def keep_records(inputs: ImageInputs, image_id: str) -> None:
    """Make what was kept about the build the image's, and say what changed since the image before.

    The image is there: trouble with the files is told, not raised.
    """
    try:
        folder = hand_over(inputs.build_id, image_id)
        if folder.has(RECORD):
            _compare(inputs, image_id, folder)
        if inputs.record_dir:
            folder.copy_to(of_image(image_id, Path(inputs.record_dir)))
    except (OSError, HyperOneError) as error:
        tell(f"{inputs.image_key}: the record of image {image_id} could not be kept: {error}", warning=True)


def _compare(inputs: ImageInputs, image_id: str, folder: RecordFolder) -> None:
    say("comparing with the previous image")
    after = stock_in(folder)
    before = _image_before(inputs, image_id)
    if before is None:
        packages = counted(len(after.packages), "package")
        tell(f"{inputs.image_key}: the record has {packages}; there is no record of a previous image")
        return
    image, its_stock = before
    found = difference(its_stock, after)
    folder.write_json(DIFFERENCE, {"before": image.id, "after": image_id, **found})
    tell(f"{inputs.image_key}: {one_line(found)} (since image {image.id})")


def _image_before(inputs: ImageInputs, image_id: str) -> tuple[Image, Stock] | None:
    """The newest good image of this stack and name that there is a readable record of, here or in `record_dir`."""
    for image in images_of(session().client(), inputs.owner):
        if image.id == image_id or QUARANTINE_TAG in image.tags:
            continue
        folders = [of_image(image.id)] + ([of_image(image.id, Path(inputs.record_dir))] if inputs.record_dir else [])
        for folder in folders:
            if folder.has(RECORD):
                try:
                    return image, stock_in(folder)
                except SettingsError as error:
                    tell(f"{inputs.image_key}: not compared with image {image.id}: {error}", warning=True)
    return None
