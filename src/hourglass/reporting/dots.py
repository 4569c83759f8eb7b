"""Pictures with a dot for each variant: results in, matplotlib figures out."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hourglass.reporting.results import Result, lookup
from hourglass.reporting.style import ANOMALY, FAINT, INK, NORMAL, spread
from hourglass.reporting.verdicts import against


def controlled(results: Sequence[Result], key: str, title: str, control: tuple[str, float]) -> Figure:
    """A line a variant, best first: the figure at `key` with its interval, and the untrained network's.

    Args:
        control: name and figure of what all have to beat. A variant that does not beat both it and its own
            untrained network has the colour of an anomaly.
    """
    pairs = zip(against(results, key), against(results, key, control[1]), results, strict=True)
    ordered = sorted(pairs, key=lambda pair: pair[0].value)
    figure = Figure(figsize=(5.0, 0.2 * len(results) + 1.3), layout="constrained")
    axis = figure.subplots()
    axis.axvline(control[1], color=INK, linewidth=1, linestyle="--")
    values = [own.value for own, _, _ in ordered]
    spread = max(*values, control[1]) - min(*values, control[1])
    # An untrained network far below all the trained ones would squeeze what is to be compared.
    edge = min(*values, control[1]) - 3 * spread
    for line, (own, common, result) in enumerate(ordered):
        colour = ANOMALY if own.lost or common.lost else NORMAL
        axis.plot([max(own.control, edge), own.value], [line, line], color=FAINT, linewidth=1, zorder=0)
        mark = "o" if own.control > edge else "<"
        axis.plot(max(own.control, edge), line, mark, color=INK, markerfacecolor="white", markersize=5)
        axis.plot(own.value, line, "o", color=colour, markersize=5)
        interval = lookup(result.metrics, f"{key}_ci")
        if interval:
            axis.plot(interval, [line, line], color=colour, linewidth=5, alpha=0.3, solid_capstyle="butt")
    axis.set_yticks(range(len(ordered)), [own.name for own, _, _ in ordered])
    axis.set(xlabel=title, ylim=(-0.6, len(ordered) - 0.4))
    marks = {
        "trained": Line2D([], [], color=NORMAL, marker="o", linestyle="", markersize=5),
        "trained, does not beat a control": Line2D([], [], color=ANOMALY, marker="o", linestyle="", markersize=5),
        "untrained (◁ further left)": Line2D(
            [], [], color=INK, marker="o", linestyle="", markersize=5, markerfacecolor="white"
        ),
        f"{control[0]} {control[1]:.3f}": Line2D([], [], color=INK, linewidth=1, linestyle="--"),
    }
    figure.legend(list(marks.values()), list(marks), loc="outside upper left", ncols=2, fontsize=8)
    return figure


def frechet(results: Sequence[Result], floor: float) -> Figure:
    """A line a variant, in the order given: the distance of its images to real ones, by where codes come from.

    Args:
        floor: the distance between real training and real test images.
    """
    figure = Figure(figsize=(5.0, 0.2 * len(results) + 1.3), layout="constrained")
    axis = figure.subplots()
    marks = {
        "codes from the prior": {"color": NORMAL},
        "from a Gaussian fitted to codes": {"color": INK},
        "from a mixture of Gaussians": {"color": INK, "markerfacecolor": "white"},
    }
    prior, gaussian, mixture = marks.values()
    for line, result in enumerate(results):
        found = result.evaluate["generation"]
        both = [("frechet", gaussian if result.plain else prior), ("frechet_mixture", mixture)]
        for name, mark in both:
            if name in found:
                axis.plot(found[f"{name}_ci"], [line, line], color=mark["color"], linewidth=5, alpha=0.25)
                axis.plot(found[name], line, "o", markersize=5, **mark)  # type: ignore[arg-type]
    handles = [Line2D([], [], marker="o", linestyle="", markersize=5, **mark) for mark in marks.values()]  # type: ignore[arg-type]
    handles.append(axis.axvline(floor, color=INK, linewidth=1, linestyle="--"))
    names = [*marks, f"real training images {floor:.2g}"]
    axis.set_yticks(range(len(results)), [result.name for result in results])
    axis.set(xlabel="Fréchet distance to test images", xscale="log", ylim=(len(results) - 0.4, -0.6))
    figure.legend(handles, names, loc="outside upper left", ncols=2, fontsize=8)
    return figure


def compression(results: Sequence[Result]) -> Figure:
    """Bytes an image against PSNR: a dot a variant, WebP of at least this PSNR as a ring, PNG as a line.

    Named, and in colour, are variants that no other beats in both.
    """
    figure = Figure(figsize=(5.0, 4.4), layout="constrained")
    axis = figure.subplots()
    points = {result.name: result.evaluate["compression"] for result in results}
    best = [name for name, point in points.items() if not any(_beats(other, point) for other in points.values())]
    for name, point in points.items():
        ends = [point["bytes_per_image"], point["webp_bytes"]], [point["psnr"], point["webp_psnr"]]
        axis.plot(*ends, color=FAINT, linewidth=0.7, zorder=0)
        axis.plot(*(end[1] for end in ends), "o", color=INK, markerfacecolor="white", markersize=4)
        axis.plot(*(end[0] for end in ends), "o", color=NORMAL if name in best else FAINT, markersize=5)
    sheets = sorted((point["webp_sheet_psnr"], point["webp_sheet_bytes"]) for point in points.values())
    axis.plot([size for _, size in sheets], [quality for quality, _ in sheets], color=INK, linewidth=1)
    axis.axvline(next(iter(points.values()))["png_bytes"], color=INK, linewidth=1, linestyle="--")
    marks = {
        "code that no other beats": Line2D([], [], color=NORMAL, marker="o", linestyle="", markersize=5),
        "code": Line2D([], [], color=FAINT, marker="o", linestyle="", markersize=5),
        "WebP of at least this PSNR": Line2D([], [], color=INK, marker="o", linestyle="", markersize=4, mfc="white"),
        "WebP, all images on one sheet": Line2D([], [], color=INK, linewidth=1),
        "PNG, without loss": Line2D([], [], color=INK, linewidth=1, linestyle="--"),
    }
    axis.set(xlabel="bytes an image", ylabel="PSNR (dB)", xscale="log")
    # Nothing lies left of and above a code that no other beats: there is room for its name.
    axis.set_xlim(left=min(point["bytes_per_image"] for point in points.values()) / 12)
    low, high = axis.get_ylim()
    best.sort(key=lambda name: points[name]["psnr"])
    leader = {"arrowstyle": "-", "color": FAINT, "linewidth": 0.5, "relpos": (1, 0.5), "shrinkB": 3}
    for name, place in zip(best, spread((points[name]["psnr"] for name in best), 0.05 * (high - low)), strict=True):
        at = points[name]["bytes_per_image"], points[name]["psnr"]
        beside = 0.7 * at[0], place
        axis.annotate(name, at, beside, color=NORMAL, fontsize=8, ha="right", va="center", arrowprops=leader)
    figure.legend(list(marks.values()), list(marks), loc="outside upper left", ncols=2, fontsize=8)
    return figure


def _beats(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    return one["bytes_per_image"] < other["bytes_per_image"] and one["psnr"] > other["psnr"]
