"""Brings Packer templates over: JSON and HCL2 in, images in Packer's own option names out."""

from pulumi_hyperone.packer.importer import import_template
from pulumi_hyperone.packer.result import ImportedImage, ImportFault, ImportResult, ReportRow

__all__ = ["ImportFault", "ImportResult", "ImportedImage", "ReportRow", "import_template"]
