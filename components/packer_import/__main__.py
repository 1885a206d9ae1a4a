"""`python -m components.packer_import TEMPLATE`: the command on its own."""

from components.packer_import.command import app

app(prog_name="import-packer")
