"""Experiments: pictures of what small networks show of the lectures' claims."""

from collections.abc import Callable, Mapping
from functools import partial

from matplotlib.figure import Figure

from hourglass.reporting import captions
from hourglass.reporting.captions import Caption
from hourglass.reporting.pictures import Picture
from hourglass.reporting.plots import experiments as plots
from hourglass.reporting.results import Arrays, Experiment
from hourglass.reporting.section import Section
from hourglass.reporting.verdicts import Verdict

# Experiments with a picture: what it shows, and what draws it from the examples.
PICTURES: Mapping[str, tuple[Caption, Callable[[Arrays], Figure]]] = {
    "loss_speed": (captions.LOSS_SPEED, plots.loss_speed),
    "sharpness": (captions.SHARPNESS, plots.sharpness),
    "data_specific": (captions.DATA_SPECIFIC, plots.data_specific),
    "posterior_collapse": (captions.COLLAPSE, plots.collapse),
}


def experiments(found: Mapping[str, Experiment]) -> Section:
    """Pictures of the experiments that were run, and why others were not."""
    return Section(
        "experiments",
        captions.EXPERIMENTS,
        captions.EXPERIMENTS_INTRO,
        [
            Picture(f"experiment_{name}", caption, partial(draw, found[name].examples))
            for name, (caption, draw) in PICTURES.items()
            if name in found and found[name].examples
        ],
        [
            Verdict(captions.EXPERIMENT_NOT_MEASURED.format(name=name, reason=reason))
            for name, one in found.items()
            if (reason := one.metrics.get("not_measured"))
        ],
    )
