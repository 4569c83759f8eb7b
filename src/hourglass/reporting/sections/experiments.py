"""Experiments: what small networks show of the lectures' claims, as pictures and as a table of all metrics."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from matplotlib.figure import Figure

from hourglass.core.metrics import Metrics
from hourglass.reporting import captions
from hourglass.reporting.captions import Caption, Heading
from hourglass.reporting.columns import Column
from hourglass.reporting.found import say_found
from hourglass.reporting.language import number, say
from hourglass.reporting.pictures import Picture
from hourglass.reporting.plots import experiments as plots
from hourglass.reporting.results import Arrays, Experiment
from hourglass.reporting.section import Breakdown, Section
from hourglass.reporting.tables import Cell, Row, Table
from hourglass.reporting.verdicts import Verdict

# Experiments with a picture: what it shows, and what draws it from the examples.
PICTURES: Mapping[str, tuple[Caption, Callable[[Arrays], Figure]]] = {
    "loss_speed": (captions.LOSS_SPEED, plots.loss_speed),
    "sharpness": (captions.SHARPNESS, plots.sharpness),
    "data_specific": (captions.DATA_SPECIFIC, plots.data_specific),
    "posterior_collapse": (captions.COLLAPSE, plots.collapse),
}


def experiments(measured: Mapping[str, Experiment]) -> Section:
    """Pictures and metrics of the experiments that were run, and why others were not."""
    rows = [row for name, one in measured.items() for row in _rows(name, one.metrics)]
    return Section(
        "experiments",
        say(captions.EXPERIMENTS),
        say(captions.EXPERIMENTS_INTRO),
        [
            Picture(f"experiment_{name}", caption, partial(draw, measured[name].examples))
            for name, (caption, draw) in PICTURES.items()
            if name in measured and measured[name].examples
        ],
        [
            Verdict(say(captions.EXPERIMENT_NOT_MEASURED, name=name, reason=say_found(reason)))
            for name, one in measured.items()
            if (reason := one.metrics.get("not_measured"))
        ],
        breakdown=_breakdown(rows) if rows else None,
    )


def _breakdown(rows: list[Row]) -> Breakdown:
    columns = [Column(Heading(title), title, str) for title in captions.EXPERIMENT_COLUMNS]
    table = Table(say(captions.EXPERIMENT), columns, rows)
    return Breakdown(say(captions.EXPERIMENT_METRICS), say(captions.EXPERIMENT_METRICS_INTRO), table)


def _rows(name: str, metrics: Metrics) -> Iterator[Row]:
    """A row per metric: its path, the mean over trainings, the least and the greatest."""
    for path, value in metrics.numbers():
        if not path.endswith(("_low", "_high")):  # those are the ends of the interval
            numbers = [value, *(metrics.interval(path) or ())]
            texts = [path, *map(_text, numbers), *([""] * (3 - len(numbers)))]
            yield Row(name, control=False, cells=[Cell(text, None) for text in texts])


def _text(value: float) -> str:
    """Four digits; all digits of large and of whole numbers."""
    return number(value, ",.0f" if value == round(value) or abs(value) >= 1_000 else ".4g")
