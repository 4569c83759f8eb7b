"""Whether the metrics that acceptance criteria name can exist, found without torch and before anything is measured."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

from hourglass.core import layout
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.files import read_json
from hourglass.core.metrics import Metrics
from hourglass.core.params import PARAMS
from hourglass.pipeline.acceptance import Criterion
from hourglass.summary import HEADLINES

PACKAGE = Path(__file__).parents[1]
# The code that names metrics: as fields of dataclasses, as strings, and by the names of files in measures/.
NAMING = ("evaluation", "detection")
WORD = re.compile(r"\w+")


def require(criteria: Mapping[str, Criterion], classes: Iterable[str]) -> None:
    """Return if every criterion's metric was measured here before, or consists of names that the code has.

    The code is asked too, because a new measure or data set has no results yet.

    Args:
        classes: names of the data set's classes, which are part of some paths.

    Raises:
        SettingsError: a metric cannot exist; gives the nearest that does.
    """
    measured = set(HEADLINES.values()) | set(_measured())
    unmeasured = {name: one.metric for name, one in criteria.items() if one.metric not in measured}
    if not unmeasured:
        return
    known = {word for name in classes for word in WORD.findall(name)} | _words()
    for name, metric in unmeasured.items():
        if not all(word.isdecimal() or word in known for word in WORD.findall(metric)):
            near = get_close_matches(metric, measured, n=1)
            hint = f"did you mean {near[0]}?" if near else f"paths are as in {layout.METRICS}/detect/<variant>.json"
            raise SettingsError(f"{PARAMS}: accept.{name}.metric: no metric {metric!r}; {hint}")


def _measured() -> Iterable[str]:
    """Paths of all metrics on disk, of any variant; damaged files are passed over, for their stages replace them."""
    for kind in ("evaluate", "detect"):
        for file in sorted((layout.METRICS / kind).glob("*.json")):
            with suppress(HourglassError, AttributeError, TypeError, ValueError, LookupError):
                yield from dict(Metrics({kind: read_json(file)}).numbers())


def _words() -> set[str]:
    """Every word in the code that names metrics."""
    files = [file for part in NAMING for file in (PACKAGE / part).rglob("*.py")]
    return {"evaluate", "detect"}.union(
        *(WORD.findall(f"{file.stem} {file.read_text(encoding='utf-8')}") for file in files)
    )
