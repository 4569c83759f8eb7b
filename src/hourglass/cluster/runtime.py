"""What the nodes get of this machine when they run its code."""

from pathlib import Path
from typing import Any

from hourglass.core import device, origin
from hourglass.core.params import Common

# This code, here and on the nodes.
PACKAGE = Path(__file__).parents[1]


def environment(settings: Common) -> dict[str, Any]:
    """Ray's runtime environment: this code, the vector instructions that are used here, and what a GPU needs."""
    variables = {**origin.ENVIRONMENT[settings.instruction_set], **device.ENVIRONMENT}
    return {"py_modules": [str(PACKAGE)], "env_vars": variables}
