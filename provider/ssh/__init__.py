"""How the provider reaches a machine: SSH sessions, commands, transfers, and the same inside a chroot."""

import logging

from pulumi_hyperone.provider.ssh.chroot import ChrootMachine
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions, communicator_faults
from pulumi_hyperone.provider.ssh.image_steps import forget_key, wait_for_cloud_init
from pulumi_hyperone.provider.ssh.keys import KeyPair, generate
from pulumi_hyperone.provider.ssh.machine import Machine
from pulumi_hyperone.provider.ssh.remote_shell import CommandResult
from pulumi_hyperone.provider.ssh.ssh_machine import SshMachine

__all__ = [
    "ChrootMachine",
    "CommandResult",
    "CommunicatorOptions",
    "KeyPair",
    "Machine",
    "SshMachine",
    "communicator_faults",
    "forget_key",
    "generate",
    "wait_for_cloud_init",
]

# Nothing but our own progress is printed: paramiko would write tracebacks of refused connections to stderr.
logging.getLogger("paramiko").addHandler(logging.NullHandler())
logging.getLogger("paramiko").propagate = False
