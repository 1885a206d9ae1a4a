"""Where the token, the project and the address come from: stack config, environment, the CLI's file, SSH login."""

from pulumi_hyperone.provider.credentials.resolution import renewed, resolve

__all__ = ["renewed", "resolve"]
