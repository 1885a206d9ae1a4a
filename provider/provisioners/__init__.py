"""What runs on the machine: typed provisioners as Packer has them, their content for the fingerprint, and the run."""

from provider.provisioners.base import Provisioner
from provider.provisioners.build_log import BuildLog
from provider.provisioners.catalog import parse, parts
from provider.provisioners.context import RunContext, packer_environment
from provider.provisioners.run import run_all, run_locally
from provider.provisioners.shell_local import ShellLocal

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
