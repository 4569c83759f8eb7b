"""Detectors of this project beside those of other libraries: the benchmark's figures, and their table."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hourglass.reporting import table
from hourglass.reporting.columns import BENCHMARK, THREE, Column
from hourglass.reporting.table import Table

TITLES = {"mean": "ten-class mean", "t_shirt": "T-shirt", "t_shirt_vs_shirt": "T-shirt against Shirt by itself"}
# What is shown of contaminated data, and how its columns' titles begin.
HIDDEN = {"mean": "", "t_shirt": "T-shirt, ", "t_shirt_vs_shirt": "T-shirt vs Shirt, "}

# Name -> figures, as the benchmark's file has them under `methods`.
Methods = Mapping[str, Mapping[str, Any]]


def mean_std(method: Mapping[str, Any], key: str) -> tuple[float, float | None]:
    """A figure, or its mean over seeds, and its standard deviation, or None where there is none."""
    found = method[key]
    mean, std = found if isinstance(found, Sequence) else (found, None)
    return float(mean), std


def ranked(methods: Methods) -> list[str]:
    """Names, the best ten-class mean first."""
    return sorted(methods, key=lambda name: -mean_std(methods[name], "mean")[0])


def kin(name: str, methods: Methods) -> str:
    """What a method's settings have in common: `sklearn.pca` of `sklearn.pca.documented`; ours have no settings."""
    return name if methods[name]["ours"] else name.rpartition(".")[0]


def leaders(methods: Methods) -> list[str]:
    """Ours, and of each rival the setting with the better ten-class mean; the best first."""
    first: dict[str, str] = {}
    for name in ranked(methods):
        first.setdefault(kin(name, methods), name)
    return list(first.values())


def best_rival(methods: Methods, key: str) -> str:
    """The rival with the highest figure."""
    return max((name for name in methods if not methods[name]["ours"]), key=lambda name: value(methods[name], key))


def value(method: Mapping[str, Any], key: str) -> float:
    """A figure, or its mean over seeds."""
    return mean_std(method, key)[0]


def tabulated(measured: Mapping[str, Any], names: Iterable[str], hidden: Sequence[str] = tuple(HIDDEN)) -> Table:
    """A line a method, in the order given; after the figures of clean data, those with anomalies hidden in it.

    Args:
        measured: the benchmark's file.
        hidden: which figures to show of the latter.
    """
    methods, dirty = measured["methods"], measured["contamination"]
    lines, columns = {name: _figures(methods[name]) for name in names}, list(BENCHMARK)
    for key in hidden:
        for share in sorted(dirty, key=float):
            # Keys are paths, with a dot between their parts: 0.05 would be two.
            title = f"{HIDDEN[key]}{float(share):.0%} hidden"
            hint = f"{TITLES[key]}, that share of the training images being anomalies"
            columns.append(Column(title, title, THREE, "max", hint=hint, std=f"{title}, std"))
            for name in lines.keys() & dirty[share].keys():
                mean, std = mean_std(dirty[share][name], key)
                lines[name] |= {title: mean, f"{title}, std": std}
    return table.arranged("method", lines, {}, columns)


def markdown(measured: Mapping[str, Any]) -> str:
    """The README's table: ours, and of each rival only its better setting; ten-class means of contaminated data."""
    return table.text(tabulated(measured, leaders(measured["methods"]), ["mean"]))


def _figures(method: Mapping[str, Any]) -> dict[str, float | None]:
    """The table's figures: mean and standard deviation under keys of their own."""
    found: dict[str, float | None] = {column.key: value(method, column.key) for column in BENCHMARK}
    return found | {column.std: mean_std(method, column.key)[1] for column in BENCHMARK if column.std}
