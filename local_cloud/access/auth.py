"""Who is calling: both token headers, sessions and service tokens, projects, access rules (API facts 1.1, 1.6)."""

from __future__ import annotations

import fnmatch
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pulumi_hyperone.local_cloud.state.catalog import Service
from pulumi_hyperone.local_cloud.state.records import AccessRule, Project, Token, User, date_text
from pulumi_hyperone.local_cloud.state.refusals import ApiError, bad_request, not_found
from pulumi_hyperone.local_cloud.state.store import Store

SESSION_LIFETIME = timedelta(hours=1)
#: Routes that a session may call without naming a project.
PROJECT_FREE = ("project", "service", "user")


@dataclass(frozen=True)
class Caller:
    """The account behind a request: `login` stands in `createdBy`; `chosen` is the project, if one was named."""

    login: str
    user: User | None
    chosen: Project | None

    @property
    def project(self) -> str:
        """The id of the project that the call is about. Raises a 400 when the session named none."""
        return self.require_project()

    def require_project(self) -> str:
        """As `project`."""
        if self.chosen is None:
            raise bad_request("a session token needs the header x-project with a project's id or name")
        return self.chosen.id

    def made(self, service: Service) -> dict[str, Any]:
        """The fields of what this caller makes: whose it is, and which service it is."""
        return {
            "project": self.project,
            "service": service.id,
            "flavour": service.name,
            "created_by": self.login,
            "modified_by": self.login,
        }


@dataclass(frozen=True)
class TokenCaller(Caller):
    """A caller of v1, with the session or service token that was sent."""

    token: Token


def password_digest(password: str, salt: str) -> str:
    """The stored form of a password."""
    digest = hashlib.scrypt(password.encode("utf-8", "replace"), salt=salt.encode(), n=2**14, r=8, p=1)
    return digest.hex()


def token_secret(x_auth_token: str | None, authorization: str | None) -> str | None:
    """The token in the request's headers: `x-auth-token` first, then the bearer (API facts 5, row 1)."""
    if x_auth_token:
        return x_auth_token.strip()
    scheme, _, value = (authorization or "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" and value.strip() else None


def is_secret_of(token: Token, secret: str) -> bool:
    """Whether `secret` is what the token's owner was given."""
    return hmac.compare_digest(token.digest or secret_digest(token.secret), secret_digest(secret))


def secret_digest(secret: str) -> str:
    """The stored form of a secret of a session or login, which is random and long: no salt is needed."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def authenticate(store: Store, secret: str | None, project: str | None) -> TokenCaller:
    """Find the caller; a session is prolonged by use. Raises 401, or 403 for a project that is not the caller's."""
    if not secret:
        raise ApiError(401, "no token: send it as x-auth-token or as Authorization: Bearer")
    token = next((one for one in store.all(Token) if is_secret_of(one, secret)), None)
    if token is None:
        raise ApiError(401, "the token is not valid")
    if token.expiry is not None:
        if token.expiry <= date_text(datetime.now(UTC)):
            store.remove(token)
            raise ApiError(401, "the token has expired")
        token.expiry = session_expiry()
        store.save(token)
    if token.project:
        return TokenCaller(token.name, None, store.get(Project, token.project), token)
    user = store.get(User, token.user or "")
    if user is None:
        raise ApiError(401, "the token is not valid")
    chosen = member_project(store, user, project) if project else None
    return TokenCaller(user.login, user, chosen, token)


def member_project(store: Store, user: User, reference: str) -> Project:
    """The user's project with this id or name, else a 403."""
    mine = [one for one in store.all(Project) if user.id in one.members]
    for project in reversed(mine):
        if project.id == reference:
            return project
    for project in reversed(mine):
        if project.name == reference:
            return project
    raise ApiError(403, f"x-project: no access to a project '{reference[:60]}'")


def check_access(caller: TokenCaller, method: str, full_path: str) -> None:
    """Refuse what the token's rules do not allow, and a session that names no project where one is needed.

    Raises 403 and 400.
    """
    path = full_path.removeprefix("/v1")
    if full_path.startswith("/v1/") and path.split("/")[1] not in PROJECT_FREE:
        caller.require_project()
    if caller.token.user or any(_allows(rule, method, path) for rule in caller.token.access):
        return
    raise ApiError(403, f"the token's access rules do not allow {method} {path}")


def _allows(rule: AccessRule, method: str, path: str) -> bool:
    asked = "PATCH" if method == "PUT" else "GET" if method == "HEAD" else method
    if rule.method not in ("ALL", asked):
        return False
    wanted = "/" + rule.path.removeprefix("/v1").strip("/")
    return wanted in ("/", path) or path.startswith(wanted + "/") or fnmatch.fnmatchcase(path, wanted)


def session_expiry() -> str:
    """When a session that is used now ends: about an hour later (API facts 1.6)."""
    return date_text(datetime.now(UTC) + SESSION_LIFETIME)


def open_session(store: Store, user: User, client_ip: str, user_agent: str) -> tuple[Token, str]:
    """A new session of the user, and its secret, which nobody learns later. Those that have expired are removed."""
    now, secret = date_text(datetime.now(UTC)), secrets.token_hex(24)
    store.remove(*[one for one in store.all(Token) if one.expiry is not None and one.expiry <= now])
    token = Token(
        name="session",
        digest=secret_digest(secret),
        user=user.id,
        expiry=session_expiry(),
        client_ip=client_ip,
        user_agent=user_agent,
        created_by=user.login,
        access=[AccessRule()],
    )
    store.save(token)
    return token, secret


def find_login(store: Store, login: str) -> User | None:
    """The user with this e-mail or id."""
    return next((one for one in store.all(User) if login in (one.login, one.id)), None)


def check_password(store: Store, login: str, password: str) -> User:
    """The user whose password this is. Raises 404 for an unknown login, 401 for a wrong password."""
    user = find_login(store, login)
    if user is None:
        raise not_found("user", login)
    if not hmac.compare_digest(password_digest(password, user.password_salt), user.password_digest):
        raise ApiError(401, "wrong password")
    return user
