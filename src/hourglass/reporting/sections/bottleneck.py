"""How many latent dimensions? The lectures ask what happens when the latent code is very large."""

from collections.abc import Callable, Sequence
from functools import partial

from hourglass.core.metrics import Metrics
from hourglass.reporting import captions, columns
from hourglass.reporting.language import say
from hourglass.reporting.pictures import Picture
from hourglass.reporting.plots.control_comparison import Control
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.plots.size_sweep import size_sweep
from hourglass.reporting.results import ReportContext
from hourglass.reporting.section import Section
from hourglass.reporting.verdicts import Verdict, points

# Metrics of one kind of autoencoder, by latent dimensions.
Sizes = dict[int, Metrics]

# Metric -> which end is best, and the metric as text.
BEST: dict[str, tuple[Callable[..., int], Callable[[float], str]]] = {
    "validation_mse": (min, columns.FOUR),
    "knn_accuracy": (max, columns.THREE),
    "roc_auc": (max, columns.THREE),
}


def bottleneck(context: ReportContext) -> Section:
    """Over the kinds of autoencoder that were trained at one size of the latent code after another."""
    controls = {"roc_auc": Control(say(LABELS.mean_image), context.controls["mean_image"].number(columns.ROC_AUC.path))}
    if columns.KNN.path in context.controls["pixels"]:
        raw_pixels = context.controls["pixels"].number(columns.KNN.path)
        controls["knn_accuracy"] = Control(say(LABELS.raw_pixels), raw_pixels)
    sweeps = by_size(context.bottleneck)
    return Section(
        "bottleneck",
        say(captions.BOTTLENECK),
        say(captions.BOTTLENECK_INTRO),
        [Picture("bottleneck", captions.SIZE_SWEEP.said(), partial(size_sweep, context.bottleneck, controls))],
        [
            best_sizes(list(sweeps.values())),
            *(best_of_kind(name, sizes) for name, sizes in sweeps.items()),
            *against_pca(sweeps),
        ],
    )


def by_size(sweeps: Metrics) -> dict[str, Sizes]:
    """Kind of autoencoder -> latent dimensions -> metrics."""
    return {name: {int(size): metrics for size, metrics in sizes.items()} for name, sizes in sweeps.items()}


def best_sizes(kinds: Sequence[Sizes]) -> Verdict:
    """At which sizes each metric is best over all kinds of autoencoder, and whether larger codes detect worse.

    Sizes whose intervals overlap with the best one's are as good as that.
    """
    text = " ".join(_best_at(kinds, metric) for metric in BEST if _has(kinds[0], metric))
    smaller = all(_best(sizes, "roc_auc") < _best(sizes, "validation_mse") for sizes in kinds)
    falls = smaller and all(_falls(sizes) for sizes in kinds)
    return Verdict(text + say(captions.LARGER_IS_WORSE) if falls else text)


def _best_at(kinds: Sequence[Sizes], metric: str) -> str:
    tied = {size for sizes in kinds for size in _tied(sizes, metric)}
    if tied == {size for sizes in kinds for size in sizes}:
        return say(captions.NO_BEST_SIZE[metric])
    return say(captions.BEST_SIZES[metric], sizes=_range(sorted(tied)))


def best_of_kind(name: str, sizes: Sizes) -> Verdict:
    """The best size for each metric beside the largest size, for one kind of autoencoder."""
    items = [_best_beside_largest(sizes, metric) for metric in BEST if _has(sizes, metric)]
    return Verdict(say(captions.BEST_OF_KIND, name=name), items)


def against_pca(sweeps: dict[str, Sizes]) -> list[Verdict]:
    """How much better kNN on two latent dimensions is where the network is not linear."""
    accuracies = {
        name: sizes[2].number("knn_accuracy")
        for name, sizes in sweeps.items()
        if 2 in sizes and _has(sizes, "knn_accuracy")
    }
    control = accuracies.pop("pca", None)
    if control is None or not accuracies:
        return []
    items = [
        say(captions.KNN_AT_TWO_ITEM, name=name, value=value, points=points(value, control))
        for name, value in accuracies.items()
    ]
    return [Verdict(say(captions.KNN_AT_TWO, control=control), items)]


def _has(sizes: Sizes, metric: str) -> bool:
    """Whether a metric was measured, at every size or at none."""
    return metric in next(iter(sizes.values()))


def _best(sizes: Sizes, metric: str) -> int:
    """The latent dimensions at which a metric is best."""
    return BEST[metric][0](sizes, key=lambda size: sizes[size].number(metric))


def _tied(sizes: Sizes, metric: str) -> list[int]:
    """The best size, and those whose intervals overlap with its interval."""
    best = sizes[_best(sizes, metric)].estimate(metric)
    estimates = {size: metrics.estimate(metric) for size, metrics in sizes.items()}
    return [size for size, one in estimates.items() if one.low <= best.high and one.high >= best.low]


def _best_beside_largest(sizes: Sizes, metric: str) -> str:
    size, largest, form = _best(sizes, metric), max(sizes), BEST[metric][1]
    best, last = sizes[size].estimate(metric), sizes[largest].estimate(metric)
    text = captions.BEST_SIZE if size == largest else captions.BEST_SIZE_AGAINST_LARGEST
    return say(
        text,
        metric=say(captions.SWEEP_METRICS[metric]),
        value=form(best.value),
        size=size,
        largest=largest,
        largest_value=form(last.value),
        within=say(captions.WITHIN) if largest in _tied(sizes, metric) else "",
    )


def _falls(sizes: Sizes) -> bool:
    """Whether the largest code detects worse than the best one, and their intervals do not overlap."""
    return max(sizes) not in _tied(sizes, "roc_auc")


def _range(sizes: Sequence[int]) -> str:
    low, high = min(sizes), max(sizes)
    return str(low) if low == high else say(captions.SIZES_RANGE, low=low, high=high)
