"""`python -m pulumi_hyperone COMMAND`, the same as `hyperone COMMAND`."""

import sys

from pulumi_hyperone.command.main import main

if __name__ == "__main__":
    sys.exit(main())
