"""Projects with their SSH keys, and the price list."""

from __future__ import annotations

import builtins
import contextlib
from abc import abstractmethod
from typing import ClassVar

from pulumi_hyperone.provider.api.decoding import Json
from pulumi_hyperone.provider.api.http.calls import Reply
from pulumi_hyperone.provider.api.http.collection import Readable
from pulumi_hyperone.provider.api.records import Project, Service, SshKey
from pulumi_hyperone.provider.foundation.errors import CredentialsError, NotFound, Refused


class Projects(Readable[Project]):
    """Projects that the caller can see."""

    noun: ClassVar[str] = "project"

    @abstractmethod
    def _ssh_key(self, raw: Json) -> SshKey:
        """Read one key of a reply."""

    def _keys(self, reply: Reply) -> builtins.list[SshKey]:
        return [self._ssh_key(raw) for raw in reply.mappings()]

    def ssh_keys(self, project: str) -> builtins.list[SshKey]:
        """SSH keys in a project's credential store."""
        call = self._call("GET", project, "/credentialStore", operation=f"list the ssh keys of project {project}")
        return self._read(call, self._keys)

    @abstractmethod
    def user_ssh_keys(self) -> builtins.list[SshKey]:
        """SSH keys of the calling user; refused where the caller is not a user."""

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


class Services(Readable[Service]):
    """The price list, which names the types of VMs, disks, adapters and images."""

    noun: ClassVar[str] = "service"

    @abstractmethod
    def types(self, resource: str) -> builtins.list[Service]:
        """The types that there are of `resource`: vm, disk, netadp or image. Empty where the cloud lists none."""
