"""How long stages took."""

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_json


def last_seconds(stage: str) -> float | None:
    """Seconds that `stage` took when it last ran here, without DVC's part; None if it never did."""
    try:
        return float(read_json(layout.timing(stage))["seconds"])
    except (HourglassError, KeyError, TypeError, ValueError):
        return None
