"""How the provider reaches a machine: SSH sessions, commands, transfers, and the same inside a chroot."""

import logging

from provider.ssh.chroot import ChrootMachine
from provider.ssh.keys import KeyPair, generate
from provider.ssh.machine import CommandResult, Machine
from provider.ssh.options import CommunicatorOptions
from provider.ssh.ssh_machine import SshMachine

__all__ = ["ChrootMachine", "CommandResult", "CommunicatorOptions", "KeyPair", "Machine", "SshMachine", "generate"]

# Nothing but our own progress is printed: paramiko would write tracebacks of refused connections to stderr.
logging.getLogger("paramiko").addHandler(logging.NullHandler())
logging.getLogger("paramiko").propagate = False
