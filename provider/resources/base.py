"""What all our dynamic providers share: configuring, honest diffs, taking back what a failed create made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from pulumi.dynamic import (
    CheckFailure,
    ConfigureRequest,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.foundation.errors import HyperOneError, Interrupted, LeftBehind, NotFound
from pulumi_hyperone.provider.foundation.known import is_known, same
from pulumi_hyperone.provider.process import host
from pulumi_hyperone.provider.process.session import open_session, session
from pulumi_hyperone.provider.schema.inputs import IDENTITY, SILENT, Inputs

Props = dict[str, Any]
GOES_ON = "what was provisioned is kept: `pulumi up` continues from here, `pulumi destroy` removes it"


class HyperOneProvider(ResourceProvider):
    """Base of the providers. It holds nothing: only its name is pickled into the state.

    `inputs` is the record of the resource's inputs, whose fields say what means another object and what no change is.
    Inputs are checked by components/settings and by Preflight, for all images at once.
    """

    serialize_as_secret_always = False
    inputs: ClassVar[type[Inputs]]

    def configure(self, req: ConfigureRequest) -> None:
        """Take over stack config (all namespaces, decrypted) and mend the host process."""
        # The SDK has no public way to ask for all keys.
        open_session(getattr(req.config, "_props", {}))

    @property
    def client(self) -> Cloud:
        """The API client of this process."""
        return session().client()

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """Replace on identities alone; values that are unknown in a preview count as unchanged."""
        changed = self.changed(olds, news)
        identities = self.inputs.names(IDENTITY)
        replaces = [key for key in identities if key in changed or not is_known(news.get(key))]
        return DiffResult(changes=bool(changed or replaces), replaces=replaces)

    def changed(self, olds: Props, news: Props) -> list[str]:
        """The inputs that are known and differ from what the state holds."""
        silent = self.inputs.names(SILENT)
        return [
            key
            for key in self.inputs.names()
            if key not in silent and is_known(news.get(key)) and not same(olds.get(key), news.get(key))
        ]

    def update(self, _id: str, olds: Props, news: Props) -> UpdateResult:
        """Keep what create computed, take the new inputs; one that is left out now is gone."""
        kept = {key: value for key, value in olds.items() if key not in self.inputs.names()}
        return UpdateResult({**kept, **news})


def secrets_marked(props: Props) -> list[str]:
    """The input `masked`: texts that a program or a Packer template keeps secret; none while it is unknown."""
    marked = props.get("masked") or []
    return list(marked) if is_known(marked) else []


def refused(text: str) -> CheckFailure:
    """The failure of a check; never with a property, whose refused value the engine would print in clear."""
    return CheckFailure("", host.engine.mask(host.shown(text)))


def gone(props: Props) -> ReadResult:
    """What `read` returns for an object that no longer exists."""
    return ReadResult("", props)


@contextmanager
def undone_on_failure(what: str, undo: Callable[[Cloud], None]) -> Iterator[None]:
    """Run `undo` with a client that works after interruptions when the block fails.

    Raises the block's own error; when the undo fails too, LeftBehind with both texts, naming `what`.
    """
    try:
        yield
    except BaseException as error:
        try:
            undo(session().client().for_cleanup())
        except HyperOneError as second:
            why = "for the same reason" if str(second) == str(error) else f"({second})"
            raise LeftBehind(
                f"{error}\n{what} could not be removed afterwards {why}; `pulumi destroy` removes it"
            ) from error
        raise


@contextmanager
def going_on() -> Iterator[None]:
    """Say in the message of a failure that nothing is lost; for steps after provisioning, which `up` tries again."""
    try:
        yield
    except (Interrupted, NotFound):
        raise
    except HyperOneError as error:
        error.args = (f"{error}; {GOES_ON}", *error.args[1:])
        raise
