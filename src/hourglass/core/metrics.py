"""Metrics: estimates with intervals, and dotted paths into the JSON files that hold them.

One notation for criteria, table columns and MLflow: `evaluate.reconstruction.mse`, `detect.roc_auc`.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from hourglass.core import layout
from hourglass.core.files import read_json

# The interval of `mse` stands beside it, at `mse_ci`.
INTERVAL = "_ci"


@dataclass(frozen=True)
class Estimate:
    """A metric and its 95% interval."""

    value: float
    low: float
    high: float


def to_json(result: Any) -> Any:
    """A result as JSON content: dataclasses become objects, an `Estimate` a number with its interval beside it.

    Fields that are None are left out.
    """
    if is_dataclass(result):
        content: dict[str, Any] = {}
        for field in fields(result):
            content |= _entry(field.name, getattr(result, field.name))
        return content
    if isinstance(result, Mapping):
        content = {}
        for name, value in result.items():
            content |= _entry(str(name), value)
        return content
    return result


def _entry(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, Estimate):
        return {name: value.value, name + INTERVAL: [value.low, value.high]}
    return {} if value is None else {name: to_json(value)}


class Metrics:
    """A tree of metrics as JSON holds it, addressed by dotted paths."""

    def __init__(self, tree: Mapping[str, Any]) -> None:
        """Wrap the content of a metrics file."""
        self._tree = tree

    def __contains__(self, path: str) -> bool:
        """Whether something stands at `path`."""
        return self.get(path) is not None

    def get(self, path: str) -> Any:
        """What stands at `path` as JSON has it, or None."""
        found: Any = self._tree
        for part in path.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        return found

    def number(self, path: str) -> float:
        """The number at `path`.

        Raises:
            KeyError: nothing stands there, or no number.
        """
        found = self.get(path)
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise KeyError(path)
        return found

    def estimate(self, path: str) -> Estimate:
        """The number at `path` with its interval.

        Raises:
            KeyError: there is no number, or no interval beside it.
        """
        found = self.interval(path)
        if found is None:
            raise KeyError(path + INTERVAL)
        return Estimate(self.number(path), *found)

    def interval(self, path: str) -> tuple[float, float] | None:
        """The interval of the number at `path`, (low, high), if it has one."""
        found = self.get(path + INTERVAL)
        return None if found is None else (float(found[0]), float(found[1]))

    def at(self, path: str) -> "Metrics":
        """The subtree at `path`.

        Raises:
            KeyError: there is none.
        """
        found = self.get(path)
        if not isinstance(found, Mapping):
            raise KeyError(path)
        return Metrics(found)

    def having(self, added: Mapping[str, float]) -> "Metrics":
        """The same metrics with other numbers at the paths of `added`, below groups that exist."""
        tree = deepcopy(dict(self._tree))
        for path, number in added.items():
            *groups, last = path.split(".")
            place: Any = tree
            for group in groups:
                place = place[group]
            place[last] = number
        return Metrics(tree)

    def items(self) -> Iterator[tuple[str, "Metrics"]]:
        """Names and subtrees one level down; numbers and texts are passed over."""
        return ((name, Metrics(value)) for name, value in self._tree.items() if isinstance(value, Mapping))

    def numbers(self) -> Iterator[tuple[str, float]]:
        """Every number of the tree by its path, each interval's ends as `_low` and `_high` of its metric."""
        yield from _numbers("", self._tree)

    def values(self) -> dict[str, float]:
        """Name -> number, one level down; what is no number is passed over."""
        return {name: value for name, value in self._tree.items() if isinstance(value, int | float)}


def of_variant(name: str) -> Metrics:
    """Both metrics files of the variant called `name`, at `evaluate` and `detect`.

    Raises:
        HourglassError: a file is missing or is not JSON.
    """
    return Metrics({kind: read_json(layout.metrics(kind, name)) for kind in ("evaluate", "detect")})


def _numbers(prefix: str, tree: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in tree.items():
        path = prefix + name
        if isinstance(value, Mapping):
            yield from _numbers(f"{path}.", value)
        elif name.endswith(INTERVAL):
            yield f"{path.removesuffix(INTERVAL)}_low", float(value[0])
            yield f"{path.removesuffix(INTERVAL)}_high", float(value[1])
        elif isinstance(value, int | float):
            yield path, float(value)
