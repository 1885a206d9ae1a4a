"""What runs on the machine: typed provisioners as Packer has them, their content for the fingerprint, and the run."""

from provider.provisioners.base import Provisioner
from provider.provisioners.build_log import BuildLog
from provider.provisioners.catalog import parse, parts
from provider.provisioners.context import RunContext, packer_environment
from provider.provisioners.run import run_all

__all__ = ["BuildLog", "Provisioner", "RunContext", "packer_environment", "parse", "parts", "run_all"]
