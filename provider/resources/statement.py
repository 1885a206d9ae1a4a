"""The provider of Statement: signs how an image was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from pulumi.dynamic import CreateResult

from pulumi_hyperone.provider.foundation.errors import NotFound, SettingsError
from pulumi_hyperone.provider.foundation.local_files import local_file
from pulumi_hyperone.provider.process.progress import done, say, tell
from pulumi_hyperone.provider.process.session import session
from pulumi_hyperone.provider.process.timing import timed
from pulumi_hyperone.provider.provenance.envelope import sealed
from pulumi_hyperone.provider.provenance.public_keys import fingerprint, openssh_line
from pulumi_hyperone.provider.provenance.signing_key import signer
from pulumi_hyperone.provider.provenance.statement import Facts, statement
from pulumi_hyperone.provider.provenance.verification import digest, recorded
from pulumi_hyperone.provider.records.folder import RECORD, STATEMENT, STATEMENT_KEY, RecordFolder, of_image
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props, going_on, secrets_marked
from pulumi_hyperone.provider.schema.statement import StatementInputs
from pulumi_hyperone.provider.tracking.identity import RECORD_TAG, STATEMENT_TAG


class StatementProvider(HyperOneProvider):
    """Signs a statement, keeps it beside the image's record, tags the image with the digests of both.

    Outputs: statement_file, signed_by (the key's fingerprint), and its times. Another key is for the next image.
    """

    inputs = StatementInputs

    @timed
    @going_on()
    def create(self, props: Props) -> CreateResult:
        """Make and sign the statement. Raises SettingsError: the key, or the file that it goes to."""
        session().masker.learn(secrets_marked(props))
        inputs = StatementInputs.of(props)
        say(f"signing the statement of image {inputs.image_id}")
        folder = of_image(inputs.image_id)
        files = recorded(folder)
        by, public = signer(local_file(inputs.key, Path.cwd()))
        envelope = sealed(_masked(statement(self._facts(inputs, files))), by)
        file = _keep(folder, {STATEMENT_KEY: f"{openssh_line(public)}\n".encode(), STATEMENT: envelope})
        tags = {STATEMENT_TAG: digest(envelope)}
        if RECORD in files:
            tags[RECORD_TAG] = digest(files[RECORD])
        if inputs.record_dir:
            _copy(folder, of_image(inputs.image_id, Path(inputs.record_dir)), inputs.image_key)
        self.client.images.add_tags(inputs.image_id, tags)
        if inputs.made_from is None:
            tell("the statement names no files, commit and versions: its build began without provenance_key")
        done(f"signed by {fingerprint(public)}; the statement: {file}")
        made = {"statement_file": str(file), "signed_by": fingerprint(public)}
        return CreateResult(f"{inputs.image_id}-stated", {**props, **made})

    def _facts(self, inputs: StatementInputs, files: Mapping[str, bytes]) -> Facts:
        image = self.client.images.get(inputs.image_id)
        try:
            source = self.client.images.get(inputs.source_image_id).name
        except NotFound:
            source = ""
        told = {one.name: getattr(inputs, one.name) for one in fields(Facts) if hasattr(inputs, one.name)}
        return Facts(
            **told,
            image_name=image.name,
            api_url=session().credentials().api_url,
            source_image_name=source,
            started=inputs.timestamp,
            finished=image.created_on,
            records=files,
        )


def _keep(folder: RecordFolder, files: Mapping[str, bytes]) -> Path:
    """Write the files; returns the path of the last one."""
    try:
        return [folder.write(name, content) for name, content in files.items()][-1]
    except OSError as error:
        raise SettingsError(f"the statement cannot be written to {folder.path}: {error.strerror}") from None


def _copy(folder: RecordFolder, other: RecordFolder, image_key: str) -> None:
    """Copy to the user's folder. The statement is there: trouble with the copy is told, not raised."""
    try:
        folder.copy_to(other)
    except OSError as error:
        tell(f"{image_key}: the statement was not copied to {other.path}: {error.strerror}", warning=True)


def _masked(value: Any) -> Any:
    """The same without the secrets of stack and build, which paths and names may hold."""
    if isinstance(value, Mapping):
        return {session().masker.text(str(key)): _masked(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_masked(part) for part in value]
    return session().masker.text(value) if isinstance(value, str) else value
