"""How the provider reaches a machine: SSH sessions, commands, transfers, and the same inside a chroot."""
