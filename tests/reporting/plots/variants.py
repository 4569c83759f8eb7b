"""Results of made-up variants."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from hourglass.core.metrics import Metrics
from hourglass.reporting.results import Arrays, Result


def variant(
    name: str = "x",
    *,
    evaluate: Mapping[str, Any] | None = None,
    detect: Mapping[str, Any] | None = None,
    history: Mapping[str, pd.DataFrame] | None = None,
    scores: pd.DataFrame | None = None,
    roc: pd.DataFrame | None = None,
    examples: Arrays | None = None,
    maps: Arrays | None = None,
) -> Result:
    """A variant that has these results and no others."""
    return Result(
        name,
        Metrics({"evaluate": evaluate or {}, "detect": detect or {}}),
        history or {},
        pd.DataFrame() if scores is None else scores,
        pd.DataFrame() if roc is None else roc,
        examples or {},
        maps or {},
    )


def around(name: str, value: float, width: float) -> dict[str, Any]:
    """A metric with its interval beside it, as JSON has it."""
    return {name: value, f"{name}_ci": [value - width, value + width]}


def x_of(line: Line2D) -> list[float]:
    return [float(x) for x in np.asarray(line.get_xdata())]


def y_of(line: Line2D) -> list[float]:
    return [float(y) for y in np.asarray(line.get_ydata())]
