"""The functions of Packer's HCL2."""

from components.packer_import.hcl.functions import (
    collections,
    encoding,
    files,
    formatting,
    numbers,
    sets,
    strings,
    times,
)
from components.packer_import.hcl.functions.registry import FUNCTIONS, Function, Surroundings

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
