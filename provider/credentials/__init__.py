"""Where the token, the project and the address come from: stack config, environment, the CLI's file, SSH login."""
