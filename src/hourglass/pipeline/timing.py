"""How long stages took, and will take."""

import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_json
from hourglass.pipeline.graph import kind

YEAR = 365 * 86400.0


def last_seconds(stage: str) -> float | None:
    """Seconds that `stage` took when it last ran here, without DVC's part; None if it never did."""
    return _seconds(layout.timing(stage))


def known_seconds(stage: str) -> float | None:
    """Seconds of the last run of `stage` here, or else in the committed benchmark; None if it ran in neither."""
    last = last_seconds(stage)
    return _benchmark().get(stage) if last is None else last


def expected_seconds(stage: str) -> float | None:
    """What `known_seconds` returns, or else the mean over others of its kind, here or in the benchmark; or None."""
    own = known_seconds(stage)
    if own is not None:
        return own
    here = map(_seconds, Path().glob(str(layout.timing(f"{kind(stage)}@*"))))
    others = [seconds for seconds in here if seconds is not None]
    others = others or [seconds for name, seconds in _benchmark().items() if kind(name) == kind(stage)]
    return statistics.mean(others) if others else None


def sequential_seconds(waits_for: Mapping[str, Iterable[str]], seconds: Mapping[str, float]) -> float:
    """Seconds of the longest chain of stages that wait for each other.

    Args:
        waits_for: stage -> stages before it, in an order in which they can run.
    """
    ends: dict[str, float] = {}
    for stage, before in waits_for.items():
        ends[stage] = seconds.get(stage, 0.0) + max((ends[name] for name in before if name in ends), default=0.0)
    return max(ends.values(), default=0.0)


def duration(seconds: float) -> str:
    """`85 s` or `42 min`."""
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _seconds(file: Path) -> float | None:
    try:
        return _checked(read_json(file)["seconds"])
    except (HourglassError, KeyError, TypeError, ValueError):
        return None  # a note that holds nonsense is as good as none


def _checked(seconds: Any) -> float:
    """The seconds of a stage.

    Raises:
        TypeError, ValueError: they are no number from 0 to a year.
    """
    if not 0 <= seconds <= YEAR:  # false for NaN
        raise ValueError(f"{seconds!r} is no number of seconds")
    return float(seconds)


def _benchmark() -> Mapping[str, float]:
    """Stage -> seconds in the committed measurement of a rebuild; empty without one."""
    try:
        stages = read_json(layout.REBUILD_BENCHMARK)["stages"]
        return {name: _checked(times["seconds"]) for name, times in stages.items()}
    except (HourglassError, KeyError, TypeError, ValueError, AttributeError):
        return {}
