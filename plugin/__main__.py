"""Start the plugin as the engine does: `python FOLDER ENGINE_ADDRESS`."""

import sys
from importlib import import_module
from pathlib import Path

# In a checkout the package lies beside this folder, else it is installed; the modules in this folder are its own.
checkout = Path(__file__).resolve().parents[1]
sys.path[0:1] = [str(checkout)] if (checkout / "pulumi_hyperone").is_dir() else []
import_module("pulumi_hyperone.plugin.server").serve()
