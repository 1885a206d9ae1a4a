"""Who calls v2: signed tokens of service accounts and users, and the access tokens of logins (v2 facts 2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from pulumi_hyperone.local_cloud.access.auth import secret_digest
from pulumi_hyperone.local_cloud.state import catalog, uris
from pulumi_hyperone.local_cloud.state.records import AccessToken, Project, ServiceAccount, SshKey, User, date_text
from pulumi_hyperone.local_cloud.state.refusals import ApiError
from pulumi_hyperone.local_cloud.state.store import Store

#: Tokens for the real cloud's base URL are taken too: a client may have been told that audience.
OFFICIAL_AUDIENCE = "https://api.hyperone.com/v2"
CLOCK_SKEW = 30  # seconds
CLAIMS = ["exp", "iat", "aud", "iss", "sub"]


@dataclass(frozen=True)
class Actor:
    """A user or a service account that has shown who it is."""

    account: User | ServiceAccount

    @property
    def user(self) -> User | None:
        """The user; None for a service account."""
        return self.account if isinstance(self.account, User) else None

    @property
    def uri(self) -> str:
        """The path of the account."""
        return uris.user_uri(self.account.id) if isinstance(self.account, User) else uris.account_uri(self.account)

    @property
    def login(self) -> str:
        """What is kept as the author of what the account does."""
        return self.account.login if isinstance(self.account, User) else self.uri

    @property
    def own_project(self) -> str | None:
        """The id of the one project of a service account."""
        return self.account.project if isinstance(self.account, ServiceAccount) else None

    def may_use(self, project: Project) -> bool:
        """Whether the project is the account's."""
        if isinstance(self.account, User):
            return self.account.id in project.members
        return self.account.project == project.id


def authenticate(store: Store, authorization: str | None, base: str) -> Actor:
    """The account whose bearer token this is; `base` is the URL under which the server was called. Raises a 401."""
    scheme, _, token = (authorization or "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise ApiError(401, "no token: send it as Authorization: Bearer")
    known = live_token(store, token)
    if known is not None:
        if known.audience not in (base, OFFICIAL_AUDIENCE):
            raise ApiError(401, f"the token is for '{known.audience[:100]}', not for '{base}'")
        return actor_of(store, known.subject)
    return _signed_by(store, token, base)


def live_token(store: Store, token: str) -> AccessToken | None:
    """The login whose access token this is, while it lasts."""
    digest = secret_digest(token)
    found = next((one for one in store.all(AccessToken) if one.digest == digest), None)
    return found if found is not None and found.expiry > date_text(datetime.now(UTC)) else None


def actor_of(store: Store, subject: str) -> Actor:
    """The account with this path. Raises a 401 when there is none."""
    for user in store.all(User):
        if subject in (uris.user_uri(user.id), uris.user_uri(user.login)):
            return Actor(user)
    for account in store.all(ServiceAccount):
        if subject == uris.account_uri(account):
            return Actor(account)
    raise ApiError(401, f"the token's subject '{subject[:100]}' does not exist")


def _signed_by(store: Store, token: str, base: str) -> Actor:
    """The account that signed a JWT with one of its keys (v2 facts 2.2). Raises a 401."""
    try:
        header = jwt.get_unverified_header(token)
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        raise ApiError(401, "the token is not valid") from None
    if header.get("alg") != "RS256":
        raise ApiError(401, "the token must be signed with RS256")
    subject = claims.get("sub")
    actor = actor_of(store, subject if isinstance(subject, str) else "")
    key = _public_key(store, actor, header.get("kid"))
    _check(token, key, base)
    if str(claims.get("iss")) not in (audience + actor.uri for audience in _audiences(base)):
        raise ApiError(401, "the token's issuer is not its subject under the API's base URL")
    return actor


def _public_key(store: Store, actor: Actor, key_id: Any) -> RSAPublicKey:
    credential = store.get(SshKey, key_id) if isinstance(key_id, str) else None
    if credential is None or credential.owner != actor.account.id:
        raise ApiError(401, f"'{actor.uri}' has no credential with the id that the token names as kid")
    try:
        key = load_ssh_public_key(credential.value.encode())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPublicKey):
        raise ApiError(401, f"credential '{credential.id}' is not an RSA key, so it cannot sign tokens")
    return key


def _check(token: str, key: RSAPublicKey, base: str) -> None:
    try:
        jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=_audiences(base),
            leeway=CLOCK_SKEW,
            options={"require": CLAIMS},
        )
    except jwt.ExpiredSignatureError:
        raise ApiError(401, "the token has expired: the caller's clock may be behind") from None
    except jwt.ImmatureSignatureError:
        raise ApiError(401, "the token is from the future: the caller's clock may be ahead") from None
    except jwt.InvalidAudienceError:
        raise ApiError(401, f"the token's audience is not '{base}'") from None
    except jwt.InvalidSignatureError:
        raise ApiError(401, "the token was not signed by the credential that it names") from None
    except jwt.InvalidTokenError as error:
        raise ApiError(401, f"the token is not valid: {str(error)[:100]}") from None


def _audiences(base: str) -> list[str]:
    return [base, OFFICIAL_AUDIENCE]


def project_for(store: Store, actor: Actor, project_id: str | None, method: str) -> Project | None:
    """The project of a path, if there is one in it; everybody may read the platform's. Raises a 403."""
    if project_id is None:
        return None
    if project_id in (catalog.CATALOG_PROJECT, "platform") and method in ("GET", "HEAD"):
        return Project(id=catalog.CATALOG_PROJECT, name="platform", organisation="")
    project = store.get(Project, project_id)
    if project is None or not actor.may_use(project):
        raise ApiError(403, f"no access to a project '{project_id[:60]}'")
    return project
