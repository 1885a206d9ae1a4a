"""Projects and the SSH keys stored with them and with the user (API facts 2.5)."""

from __future__ import annotations

import contextlib

from pulumi_hyperone.provider.api.http.calls import Call, Reply
from pulumi_hyperone.provider.api.models import Project, SshKey
from pulumi_hyperone.provider.api.v1.collection import Readable
from pulumi_hyperone.provider.foundation.errors import CredentialsError, NotFound, Refused


class Projects(Readable[Project]):
    """Projects that the token can see; asked without `x-project`."""

    noun = "project"
    path = "/project"
    model = Project
    scoped = False

    def ssh_keys(self, project: str) -> list[SshKey]:
        """SSH keys in a project's credential store."""
        call = self._call("GET", project, "/credentialStore", operation=f"list the ssh keys of project {project}")
        return self._read(call, _keys)

    def user_ssh_keys(self) -> list[SshKey]:
        """SSH keys of the token's user; service-account tokens have no user and are refused."""
        path = "/user/me/credential/certificate"
        call = Call(method="GET", path=path, kind=f"GET {path}", operation="list your ssh keys", scoped=False)
        return self._read(call, _keys)

    def find_ssh_key(self, reference: str, project: str | None = None) -> SshKey | None:
        """Find a stored key by id or name: the project's (default: the client's), then the user's; None if unknown."""
        project = project or self._transport.credentials.project
        sources = [self.user_ssh_keys] if not project else [lambda: self.ssh_keys(project), self.user_ssh_keys]
        for keys in sources:
            with contextlib.suppress(NotFound, Refused, CredentialsError):
                for key in keys():
                    if reference in {key.id, key.name}:
                        return key
        return None


def _keys(reply: Reply) -> list[SshKey]:
    return [SshKey.from_json(raw) for raw in reply.mappings()]
