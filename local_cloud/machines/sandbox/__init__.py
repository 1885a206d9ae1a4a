"""Sandbox machines: an SSH server per machine whose sessions run in bubblewrap over the host's read-only userland.

What a sandbox is and is not:

- No kernel, no block devices, no services, no package installation. The cloud's process runs the SSH servers.
- Writable and part of the disk: /home, /root, /tmp, /var, /srv, /opt. Writable until the machine stops: /run and
  /dev/shm. Everything else is read-only; /etc is generated for the machine, so a build cannot change it.
- Each session has its own process namespace, so a background process ends with the session that started it. A command
  that dies from signal N is reported as exit status 128+N.
- `sudo` maps the same real user to uid 0: there is no protection between the user and root, `chown` to either
  of them changes nothing, to anyone else it fails, and mounting host folders is impossible. On the host the
  sessions are never root.
- The size of a disk is not enforced.
- The network is a loopback of each session's own, or the host's (see `host.NETWORK_SETTING`).
- Nothing of the cloud's environment reaches a session, and nothing that a client sends (commands, variables, user data)
  is on a command line by our doing, where other users of the host could read it.
"""

from pulumi_hyperone.local_cloud.machines.sandbox.machines import SandboxMachines

__all__ = ["SandboxMachines"]
