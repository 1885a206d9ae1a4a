"""The provider's configuration: the account, as the stack's `hyperone:` settings have it."""

from __future__ import annotations

from typing import Any

from pulumi.runtime import proto

from pulumi_hyperone.plugin.properties import opened, sealed
from pulumi_hyperone.plugin.spelling import snake
from pulumi_hyperone.provider.credentials.stack_config import PREFIX
from pulumi_hyperone.provider.foundation.faults import report
from pulumi_hyperone.provider.foundation.known import is_known
from pulumi_hyperone.provider.foundation.option import is_secret
from pulumi_hyperone.provider.process.session import open_session, session
from pulumi_hyperone.provider.schema import resource
from pulumi_hyperone.settings import ProjectSettings, load_project

SECRET = frozenset(name for name, field in ProjectSettings.model_fields.items() if is_secret(field))


def check(request: Any) -> Any:
    """Answer a CheckRequest: all faults in one report. The token is a secret of the state, whoever wrote it down."""
    given, secret = opened(request.news, unknowns=True)
    # What components are made of is registered with the provider that makes them, which the engine knows by this.
    resource.serve(given.get("version", ""))
    _, faults, _ = load_project(_own(given))
    marked = secret.union(name for name in given if snake(name) in SECRET)
    failures = [proto.CheckFailure(reason=report(faults))] if faults else []
    return proto.CheckResponse(inputs=sealed(given, marked), failures=failures)


def diff(request: Any) -> Any:
    """Answer a DiffRequest: another token, or even project, is no reason to build anything again."""
    changed = request.olds != request.news
    return proto.DiffResponse(changes=proto.DiffResponse.DIFF_SOME if changed else proto.DiffResponse.DIFF_NONE)


def configure(request: Any) -> Any:
    """Answer a ConfigureRequest."""
    given, _ = opened(request.args)
    open_session({f"{PREFIX}{name}": value for name, value in _own(given).items()})
    return proto.ConfigureResponse(acceptSecrets=True, acceptResources=True, acceptOutputs=True)


def join(request: Any) -> None:
    """Put the account into the config of a ConstructRequest, and take over what its stack keeps secret."""
    others = {key: value for key, value in request.config.items() if not key.startswith(PREFIX)}
    own = {f"{PREFIX}{name}": value for name, value in session().config.items()}
    request.config.clear()
    request.config.update({**others, **own})
    session().join(request.stack, request.config, request.configSecretKeys)


def _own(given: dict[str, Any]) -> dict[str, Any]:
    """The account's settings, without what the engine adds about this plugin and what is not known yet."""
    return {
        snake(name): value
        for name, value in given.items()
        if name not in ("version", "pluginDownloadURL") and not name.startswith("__") and is_known(value)
    }
