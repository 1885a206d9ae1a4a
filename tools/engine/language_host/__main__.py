"""Start the language host: `python PATH/language_host [--tracing ENDPOINT] ENGINE_ADDRESS`."""

import importlib
import sys
from pathlib import Path

# Started by its folder, so that nothing has to be set in an environment that the programs would inherit.
sys.path[0] = str(Path(__file__).resolve().parents[1])

importlib.import_module("language_host.server").serve()
