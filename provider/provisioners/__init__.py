"""What runs on the machine: typed provisioners as Packer has them, their content for the fingerprint, and the run."""

from pulumi_hyperone.provider.provisioners.base import Provisioner
from pulumi_hyperone.provider.provisioners.build_log import BuildLog
from pulumi_hyperone.provider.provisioners.catalog import parse, parts
from pulumi_hyperone.provider.provisioners.context import RunContext, packer_environment
from pulumi_hyperone.provider.provisioners.run import run_all, run_locally
from pulumi_hyperone.provider.provisioners.shell_local import ShellLocal

__all__ = [
    "BuildLog",
    "Provisioner",
    "RunContext",
    "ShellLocal",
    "packer_environment",
    "parse",
    "parts",
    "run_all",
    "run_locally",
]
