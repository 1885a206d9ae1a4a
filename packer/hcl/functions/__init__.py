"""The functions of Packer's HCL2."""

from pulumi_hyperone.packer.hcl.functions import collections, encoding, files, formatting, numbers, sets, strings, times
from pulumi_hyperone.packer.hcl.functions.registry import FUNCTIONS, Function, Surroundings

__all__ = [
    "FUNCTIONS",
    "Function",
    "Surroundings",
    "collections",
    "encoding",
    "files",
    "formatting",
    "numbers",
    "sets",
    "strings",
    "times",
]
