"""`python -m local_cloud`."""

from pulumi_hyperone.local_cloud.command.main import main

main()
