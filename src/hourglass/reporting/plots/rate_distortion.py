"""Bytes per image against quality, of latent codes and of image formats."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hourglass.reporting.language import say
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.plots.placement import pointer, spread
from hourglass.reporting.plots.style import FAINT, INK, NORMAL, Dot, dashed, legend_above, log_ticks, solid
from hourglass.reporting.results import Result

OPTIMAL, OTHER, WEBP = Dot(NORMAL), Dot(FAINT), Dot(INK, hollow=True, size=4)


@dataclass(frozen=True)
class _Point:
    """Bytes per image and PSNR of a variant; of WebP files, one per image and one of all images tiled."""

    name: str
    size: float
    psnr: float
    webp: tuple[float, float]
    webp_tiled: tuple[float, float]
    png_size: float

    def beats(self, other: "_Point") -> bool:
        """Whether it is smaller and better."""
        return self.size < other.size and self.psnr > other.psnr


def rate_distortion(results: Sequence[Result]) -> Figure:
    """Bytes per image against PSNR: a dot per variant, WebP of at least this PSNR as a ring, PNG as a line.

    Named, and in colour, are variants that no other beats in both.
    """
    figure = Figure(figsize=(5.0, 4.4), layout="constrained")
    axis = figure.subplots()
    points = [_point(result) for result in results]
    optimal = [point for point in points if not any(other.beats(point) for other in points)]
    for point in points:
        axis.plot(*zip((point.size, point.psnr), point.webp, strict=True), color=FAINT, linewidth=0.7, zorder=0)
        WEBP.draw(axis, *point.webp)
        (OPTIMAL if point in optimal else OTHER).draw(axis, point.size, point.psnr)
    tiled = sorted((point.webp_tiled for point in points), key=lambda end: (end[1], end[0]))
    axis.plot(*zip(*tiled, strict=True), color=INK, linewidth=1)
    axis.axvline(points[0].png_size, color=INK, linewidth=1, linestyle="--")
    axis.set(xlabel=say(LABELS.bytes_per_image), ylabel=say(LABELS.psnr), xscale="log")
    axis.set_xlim(left=min(point.size for point in points) / 12)
    log_ticks(axis.xaxis, *axis.get_xlim())
    _name(axis, optimal)
    entries = {
        say(LABELS.pareto_optimal): OPTIMAL.handle(),
        say(LABELS.latent_code): OTHER.handle(),
        say(LABELS.webp): WEBP.handle(),
        say(LABELS.webp_tiled): solid(),
        say(LABELS.png): dashed(),
    }
    legend_above(figure, entries)
    return figure


def _point(result: Result) -> _Point:
    number = result.metrics.at("evaluate.compression").number
    return _Point(
        result.name,
        number("bytes_per_image"),
        number("psnr"),
        (number("webp_bytes"), number("webp_psnr")),
        (number("webp_sheet_bytes"), number("webp_sheet_psnr")),
        number("png_bytes"),
    )


def _name(axis: Axes, optimal: Sequence[_Point]) -> None:
    """Write names left of their dots: nothing lies left of and above a Pareto-optimal one."""
    low, high = axis.get_ylim()
    ordered = sorted(optimal, key=lambda point: point.psnr)
    places = spread((point.psnr for point in ordered), 0.05 * (high - low))
    for point, place in zip(ordered, places, strict=True):
        axis.annotate(
            point.name,
            (point.size, point.psnr),
            (0.7 * point.size, place),
            color=NORMAL,
            fontsize=8,
            ha="right",
            va="center",
            arrowprops=pointer(FAINT, (1, 0.5), linewidth=0.5, shrinkB=3),
        )
