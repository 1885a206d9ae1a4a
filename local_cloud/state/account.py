"""The account that every new cloud has: one project, one user, one service token, one service account."""

from __future__ import annotations

import secrets

from pulumi_hyperone.local_cloud.access.auth import password_digest
from pulumi_hyperone.local_cloud.state.catalog import fixed_id
from pulumi_hyperone.local_cloud.state.records import AccessRule, Project, ServiceAccount, Token, User
from pulumi_hyperone.local_cloud.state.store import Store

LOGIN = "user@hyperone.local"
PROJECT_NAME = "local"
ORGANISATION_NAME = "local"
ORGANISATION = fixed_id(f"organisation:{ORGANISATION_NAME}")
SERVICE_ACCOUNT = fixed_id("sa:local-cloud")
SETTING = "account"


def seed(store: Store) -> dict[str, str]:
    """Make the account in a new store; returns its token, project id, login and password, the same ever after."""
    known = store.setting(SETTING)
    if isinstance(known, dict):
        return known
    password, salt = secrets.token_urlsafe(18), secrets.token_hex(8)
    user = User(login=LOGIN, password_salt=salt, password_digest=password_digest(password, salt))
    project = Project(name=PROJECT_NAME, organisation=ORGANISATION, created_by=LOGIN, members=[user.id])
    token = Token(
        name="local-cloud",
        secret=secrets.token_hex(24),
        project=project.id,
        access=[AccessRule()],
        created_by=LOGIN,
    )
    service_account = ServiceAccount(id=SERVICE_ACCOUNT, name="local-cloud", project=project.id, created_by=LOGIN)
    store.save(user, project, token, service_account)
    account = {"token": token.secret, "project": project.id, "login": LOGIN, "password": password}
    store.set_setting(SETTING, account)
    return account
