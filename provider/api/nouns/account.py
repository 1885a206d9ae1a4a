"""Projects with their SSH keys, and the price list."""

from __future__ import annotations

import builtins
import contextlib
from abc import abstractmethod
from typing import ClassVar

from pulumi_hyperone.provider.api.http.collection import Readable
from pulumi_hyperone.provider.api.records import Project, Service, SshKey
from pulumi_hyperone.provider.foundation.errors import CredentialsError, NotFound, Refused


class Projects(Readable[Project]):
    """Projects that the caller can see."""

    noun: ClassVar[str] = "project"

    @abstractmethod
    def ssh_keys(self, project: str) -> list[SshKey]:
        """SSH keys in a project's credential store."""

    @abstractmethod
    def user_ssh_keys(self) -> list[SshKey]:
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
