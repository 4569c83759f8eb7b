"""How large a code: the lecture's question what happens if the code is very large."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from hourglass.reporting import columns, curves
from hourglass.reporting.pictures import Picture
from hourglass.reporting.results import Common, Result
from hourglass.reporting.sections.section import Section
from hourglass.reporting.verdicts import points

Sweep = Mapping[str, Mapping[str, Any]]


def bottleneck(results: Sequence[Result], common: Common) -> Section:
    """Over the kinds of autoencoder that were trained at one code size after another."""
    levels = {
        "knn_accuracy": ("raw pixels", common.controls["pixels"]["representation"]["knn_accuracy"]),
        "roc_auc": ("mean image", results[0].detect["mean_image"]["roc_auc"]),
    }
    picture = Picture(
        "bottleneck",
        "Error, kNN accuracy and ROC-AUC against the size of the code",
        "The same network with codes of different sizes, trained briefly; bands are 95% intervals. Look for where a "
        "curve stops rising or turns down.",
        partial(curves.sizes, common.bottleneck, levels),
    )
    return Section(
        "bottleneck",
        "How large a code?",
        answer(common.bottleneck),
        [picture],
        verdicts=[*(detail(name, sizes) for name, sizes in common.bottleneck.items()), *linear(common.bottleneck)],
    )


def answer(sweeps: Mapping[str, Sweep]) -> str:
    """One sentence on what a very large code is good for, over all kinds of autoencoder."""
    error, near, area = (
        [best(sizes, key, choose) for sizes in sweeps.values()]
        for key, choose in (("validation_mse", min), ("knn_accuracy", max), ("roc_auc", max))
    )
    told = (
        f"What if the code were very large? The error is lowest at {_range(error)}, the nearest codes tell classes "
        f"best at {_range(near)}, and anomalies are found best at {_range(area)}"
    )
    smaller = all(int(small) < int(large) for small, large in zip(area, error, strict=True))
    if smaller and all(_falls(sizes) for sizes in sweeps.values()):
        told += ": a larger code copies better, and so it copies anomalies, too"
    return f"{told}."


def detail(name: str, sizes: Sweep) -> str:
    """Each figure's best size beside the largest size, for one kind of autoencoder."""
    largest = max(sizes, key=int)
    parts = []
    for key, title, choose, form in (
        ("validation_mse", "validation MSE", min, columns.FOUR),
        ("knn_accuracy", "kNN", max, columns.THREE),
        ("roc_auc", "ROC-AUC", max, columns.THREE),
    ):
        size = best(sizes, key, choose)
        text = f"{title} {form(sizes[size][key])} at {size}"
        if size != largest:
            low, high = sizes[size][f"{key}_ci"]
            even = low <= sizes[largest][key] <= high
            text += f" ({form(sizes[largest][key])} at {largest}" + ", within the 95% interval" * even + ")"
        parts.append(text)
    return f"Best of {name}: {', '.join(parts)}."


def linear(sweeps: Mapping[str, Sweep]) -> list[str]:
    """How much more the nearest codes of two numbers tell where the network is not linear."""
    found = {name: sizes["2"]["knn_accuracy"] for name, sizes in sweeps.items() if "2" in sizes}
    rival = found.pop("pca", None)
    if rival is None or not found:
        return []
    told = ", ".join(f"{name} {columns.THREE(value)}, {points(value, rival)}" for name, value in found.items())
    return [f"kNN at 2 numbers, beside pca with {columns.THREE(rival)}: {told}."]


def best(sizes: Sweep, key: str, choose: Callable[..., str]) -> str:
    """The code size with the best figure."""
    return choose(sizes, key=lambda size: sizes[size][key])


def _falls(sizes: Sweep) -> bool:
    """Whether the largest code detects worse than the best, and by more than the interval."""
    return bool(sizes[max(sizes, key=int)]["roc_auc"] < sizes[best(sizes, "roc_auc", max)]["roc_auc_ci"][0])


def _range(sizes: Sequence[str]) -> str:
    low, high = (end(sizes, key=int) for end in (min, max))
    return f"{low} numbers" if low == high else f"{low} to {high} numbers"
