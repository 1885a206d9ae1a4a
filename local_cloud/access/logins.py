"""Access tokens of v2: given for a password, renewed, exchanged, looked at (v2 facts 2.3)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pulumi_hyperone.local_cloud.access import bearer
from pulumi_hyperone.local_cloud.access.auth import check_password, secret_digest
from pulumi_hyperone.local_cloud.access.bearer import Actor
from pulumi_hyperone.local_cloud.state.records import AccessToken, Project, ServiceAccount, date_text
from pulumi_hyperone.local_cloud.state.refusals import ApiError, bad_request
from pulumi_hyperone.local_cloud.state.store import Store

LIFETIME = timedelta(hours=1)


@dataclass(frozen=True)
class Logins:
    """The logins of one cloud, as seen under the base URL of a request."""

    store: Store
    base: str

    def by_password(self, login: str, password: str) -> dict[str, Any]:
        """A new login. Raises a 401."""
        try:
            user = check_password(self.store, login, password)
        except ApiError:
            raise ApiError(401, "unknown user or wrong password") from None
        return self._issue(Actor(user).uri, self.base, refreshable=True)

    def by_refresh_token(self, refresh_token: str) -> dict[str, Any]:
        """The login anew; its earlier tokens are not valid any more. Raises a 401."""
        digest = secret_digest(refresh_token)
        found = next((one for one in self.store.all(AccessToken) if one.refresh_digest == digest), None)
        if found is None:
            raise ApiError(401, "the refresh token is not valid: log in again")
        self.store.remove(found)
        return self._issue(found.subject, found.audience, refreshable=True)

    def exchanged(self, subject_token: str, resource: str | None, audience: str | None) -> dict[str, Any]:
        """A token that speaks for the account `resource`, or to another audience. Raises 401 and 403."""
        actor = bearer.authenticate(self.store, f"Bearer {subject_token}", self.base)
        if resource and resource != actor.uri:
            return self._issue(self._acted(actor, resource).uri, self.base)
        return self._issue(actor.uri, audience or self.base)

    def _acted(self, actor: Actor, resource: str) -> Actor:
        other = next((one for one in self.store.all(ServiceAccount) if Actor(one).uri == resource), None)
        project = self.store.get(Project, other.project) if other else None
        if other is None or project is None or actor.user is None or not actor.may_use(project):
            raise ApiError(403, f"'{actor.uri}' may not act as '{resource[:100]}'")
        return Actor(other)

    def introspected(self, token: str) -> dict[str, Any]:
        """What a token is good for."""
        known = bearer.live_token(self.store, token)
        if known is not None:
            return {"active": True, "aud": known.audience, "iss": self.base, "sub": known.subject}
        try:
            actor = bearer.authenticate(self.store, f"Bearer {token}", self.base)
        except ApiError:
            return {"active": False}
        return {"active": True, "aud": self.base, "iss": self.base + actor.uri, "sub": actor.uri}

    def _issue(self, subject: str, audience: str, *, refreshable: bool = False) -> dict[str, Any]:
        now = datetime.now(UTC)
        stale = [one for one in self.store.all(AccessToken) if not one.refresh_digest and one.expiry <= date_text(now)]
        self.store.remove(*stale)
        access, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32) if refreshable else ""
        self.store.save(
            AccessToken(
                subject=subject,
                audience=audience,
                digest=secret_digest(access),
                refresh_digest=secret_digest(refresh) if refresh else "",
                expiry=date_text(now + LIFETIME),
            )
        )
        reply = {"access_token": access, "token_type": "Bearer", "expires_in": int(LIFETIME.total_seconds())}
        return {**reply, "refresh_token": refresh} if refresh else reply


def required(fields: dict[str, str | None], name: str) -> str:
    """A field of a token request. Raises a 400."""
    value = fields.get(name)
    if not value:
        raise bad_request(f"{name} is missing", **{name: "required"})
    return value
