"""How far generated images are from real ones."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from hourglass.reporting.language import number, say
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.plots.style import INK, NORMAL, Dot, dashed, draw_interval, legend_above, log_ticks, row_chart
from hourglass.reporting.results import Result

PRIOR, GAUSSIAN, MIXTURE = Dot(NORMAL), Dot(INK), Dot(INK, hollow=True)


def frechet(results: Sequence[Result], real: float) -> Figure:
    """A row per variant, in the order given: Fréchet distance to test images, by where latent codes come from.

    Args:
        real: the distance of real training images to test images, drawn dashed.
    """
    figure = row_chart(len(results))
    axis = figure.subplots()
    for row, result in enumerate(results):
        for path, dot in (("frechet", PRIOR if result.has_prior else GAUSSIAN), ("frechet_mixture", MIXTURE)):
            if f"evaluate.generation.{path}" in result.metrics:
                distance = result.metrics.estimate(f"evaluate.generation.{path}")
                draw_interval(axis, (distance.low, distance.high), row, dot.colour)
                dot.draw(axis, distance.value, row)
    axis.axvline(real, color=INK, linewidth=1, linestyle="--")
    axis.set_yticks(range(len(results)), [result.name for result in results])
    axis.set(xlabel=say(LABELS.frechet_distance), xscale="log", ylim=(len(results) - 0.4, -0.6))
    log_ticks(axis.xaxis, *axis.get_xlim())
    entries = {
        say(LABELS.from_prior): PRIOR.handle(),
        say(LABELS.from_gaussian): GAUSSIAN.handle(),
        say(LABELS.from_mixture): MIXTURE.handle(),
        f"{say(LABELS.real_images)} {number(real, '.2g')}": dashed(),
    }
    legend_above(figure, entries)
    return figure
