"""Tables of figures: one row a variant and a control, the same cells in the report and in the README."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hourglass.reporting.columns import README, Column
from hourglass.reporting.results import Result, lookup

Metrics = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """One shown figure: its text, its number for sorting (None where there is none), and whether it is the best."""

    text: str
    number: float | None
    interval: str = ""
    best: bool = False


@dataclass(frozen=True)
class Row:
    """One line. `control` is true for what nobody trained."""

    name: str
    control: bool
    cells: list[Cell]


@dataclass(frozen=True)
class Table:
    """Columns and lines; `head` says what a line is."""

    head: str
    columns: list[Column]
    rows: list[Row]


def build(results: Sequence[Result], controls: Mapping[str, Metrics], columns: Sequence[Column]) -> Table:
    """The variants in their order in params.yaml, then the controls; without columns that no variant has figures for.

    Args:
        controls: name -> "evaluate" and "detect" -> figures.
    """
    return arranged("variant", {result.name: result.metrics for result in results}, controls, columns)


def arranged(
    head: str, contestants: Mapping[str, Metrics], controls: Mapping[str, Metrics], columns: Sequence[Column]
) -> Table:
    """Contestants, then controls, name -> figures; without columns that no contestant has figures for.

    Args:
        head: what the contestants are.
    """
    group = list(contestants.values())
    told = [column for column in columns if any(lookup(metrics, column.key) is not None for metrics in group)]
    best = [_best(column, group) for column in told]
    named = [(name, False, metrics) for name, metrics in contestants.items()]
    named += [(name, True, metrics) for name, metrics in controls.items()]
    return Table(
        head,
        told,
        [
            Row(name, control, [_cell(column, metrics, top) for column, top in zip(told, best, strict=True)])
            for name, control, metrics in named
        ],
    )


def markdown(results: Sequence[Result], controls: Mapping[str, Any]) -> str:
    """The README's table as Markdown; best in bold.

    Args:
        controls: "mean_image" and "pixels" -> contents of their files of evaluation metrics.
    """
    shown = {
        "mean image": {"evaluate": controls["mean_image"], "detect": results[0].detect["mean_image"]},
        "raw pixels": {"evaluate": controls["pixels"]},
    }
    return text(build(results, shown, README))


def text(table: Table) -> str:
    """A table as Markdown; best in bold."""
    lines = [[table.head, *(column.title for column in table.columns)], ["---", *["---:"] * len(table.columns)]]
    for row in table.rows:
        texts = [f"**{cell.text}**" if cell.best else cell.text for cell in row.cells]
        lines.append([row.name, *(text + cell.interval for text, cell in zip(texts, row.cells, strict=True))])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _best(column: Column, group: Sequence[Metrics]) -> float | None:
    choose: Callable[..., float] | None = {"max": max, "min": min}.get(column.better or "")
    # What restores was not trained to keep the image it is given, which may have fewer pixels than the code numbers.
    if column.key.startswith("evaluate.reconstruction"):
        group = [metrics for metrics in group if not lookup(metrics, "evaluate.restoration")]
    # A conditional model has the class at hand: what its code knows of the class, and that an image of a known class
    # is less of a surprise, is no achievement.
    if column.key.startswith(("evaluate.representation", "evaluate.likelihood")):
        group = [metrics for metrics in group if not lookup(metrics, "evaluate.conditional")]
    values = [value for metrics in group if (value := lookup(metrics, column.key)) is not None]
    return choose(values) if choose and values else None


def _cell(column: Column, metrics: Metrics, best: float | None) -> Cell:
    value = lookup(metrics, column.key)
    if value is None:
        return Cell("", None)
    number = value if isinstance(value, int | float) else None
    interval = lookup(metrics, column.ci) if column.ci else None
    shown = f" [{', '.join(column.form(end) for end in interval)}]" if interval else ""
    std = lookup(metrics, column.std) if column.std else None
    shown += f" ± {column.form(std)}" if std is not None else ""
    return Cell(column.form(value), number, shown, number is not None and number == best)
