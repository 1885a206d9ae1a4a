"""Errors of the provider, written for the person who reads them.

Every message is one line where possible: what failed, on which object, why, what to do next. No message holds a secret.
"""

from __future__ import annotations

from pulumi_hyperone.provider.foundation.outside_text import one_line

_LONGEST = 2000
"""Characters of a message that may repeat what a server said."""


class HyperOneError(Exception):
    """Root of all errors that are meant for the user; never raised itself."""


class SettingsError(HyperOneError):
    """Settings are wrong; nothing was created."""


class CredentialsError(SettingsError):
    """No usable token was found, or the cloud refused it."""


class LoginUnanswered(CredentialsError):
    """Who renews a login gives no usable answer; later it may."""


class ApiError(HyperOneError):
    """The cloud answered with an error or not at all.

    The message may hold what the cloud said: it is made one line, of bounded length.
    """

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message, _LONGEST))


class NotFound(ApiError):
    """The object is unknown to the cloud."""


class Busy(ApiError):
    """The object is being worked on; the same call may succeed later."""


class Refused(ApiError):
    """The cloud will not do it; repeating the call changes nothing."""


class RateLimited(ApiError):
    """Too many calls; `retry_after` is in seconds when the cloud said so."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(ApiError):
    """The cloud could not be reached or gave no usable answer.

    `is_foreign` tells that an answer came whole and was not one of HyperOne's API: the next will hardly be another.
    """

    is_foreign = False


class OutcomeUnknown(Unavailable):
    """The reply to a mutating call was lost: the effect may have happened."""


class DeadlineExceeded(HyperOneError):
    """A wait ran out of time; the message may hold what the cloud said, as that of an ApiError."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message, _LONGEST))


class Interrupted(HyperOneError):
    """The engine asked us to stop, or it is gone."""


class SshError(HyperOneError):
    """Something about the SSH session to a machine failed."""


class ConnectFailed(SshError):
    """No usable SSH session before the deadline."""


class HostKeyChanged(SshError):
    """The machine shows another host key than at first contact."""


class ConnectionLost(SshError):
    """The session broke in the middle of a command or transfer."""


class CommandFailed(SshError):
    """A command ended with an exit code that is not accepted; the message holds its last output lines, masked."""


class TransferFailed(SshError):
    """An upload or download failed."""


class ProvisionerFailed(HyperOneError):
    """A provisioner failed; the message names its place and type, and holds its last output lines, masked."""


class BootTestFailed(HyperOneError):
    """An image failed its boot test; the message may hold the last output lines of a command, masked."""


class LeftBehind(HyperOneError):
    """A clean-up could not remove everything; the message names each object and why."""


def reason(error: BaseException) -> str:
    """What went wrong outside, in the system's words where it has some."""
    words = getattr(error, "strerror", None)
    return str(words).lower() if words else str(error) or type(error).__name__
