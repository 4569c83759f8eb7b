"""What the nodes get of this machine when they run its code."""

from pathlib import Path
from typing import Any

from hourglass.core.origin import ENVIRONMENT
from hourglass.core.params import Common

# This code, here and on the nodes.
PACKAGE = Path(__file__).parents[1]


def environment(settings: Common) -> dict[str, Any]:
    """Ray's runtime environment with this code, and the vector instructions that are used here."""
    return {"py_modules": [str(PACKAGE)], "env_vars": dict(ENVIRONMENT[settings.instruction_set])}
