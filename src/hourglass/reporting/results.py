"""Everything the report shows, read from the files that earlier stages wrote."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hourglass.core import layout
from hourglass.core.files import read_json
from hourglass.core.metrics import Metrics, of_variant
from hourglass.data.imageset import ImageSet, to_unit
from hourglass.reporting import captions
from hourglass.reporting.language import say
from hourglass.spread import Spread

Arrays = Mapping[str, NDArray[Any]]

# A row per test image and variant, in eleven bytes.
SCORE_TYPES: Mapping[str, Any] = {"split": "category", "class": np.int16, "score": np.float64}
# Images of each class that the section on the data shows.
SAMPLES = 8
# The data set that the benchmark was run on.
BENCHMARK_DATASET = "fashion_mnist"


@dataclass(frozen=True)
class Account:
    """What was found in the user's folder of images.

    content: of reports/data.json. samples: class -> its first images (K, C, H, W) in [0, 1].
    """

    content: Mapping[str, Any]
    samples: Mapping[str, NDArray[np.floating]]


@dataclass(frozen=True)
class Experiment:
    """What an experiment found: its metrics, and examples by name."""

    metrics: Metrics
    examples: Arrays


@dataclass(frozen=True)
class ReportContext:
    """What the report shows that belongs to no variant.

    dataset: name of the data set. classes: names of its classes, by number. normal: numbers of the normal classes.
    controls: `mean_image` and `pixels`: metrics of the controls, with paths as a variant's metrics have them.
    acceptance: content of reports/acceptance.json.
    reference: metrics of the reference classifier and of real images.
    bottleneck: metrics by kind of autoencoder and latent dimensions.
    benchmark: content of the benchmark's results file; empty if it was not run on this data set.
    shown: names of the classes that occur among test images, in the order of the example images.
    data: the account of the user's own images; None for a known data set.
    claims: content of reports/claims.json. experiments: by name.
    """

    dataset: str
    classes: Sequence[str]
    normal: Sequence[int]
    controls: Mapping[str, Metrics]
    acceptance: Mapping[str, Any]
    reference: Metrics
    bottleneck: Metrics
    benchmark: Mapping[str, Any]
    shown: Sequence[str]
    data: Account | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)
    experiments: Mapping[str, Experiment] = field(default_factory=dict)

    @property
    def are_photographs(self) -> bool:
        """Whether images are drawn as they are; known data sets, light on black, are drawn dark on white."""
        return self.data is not None

    @property
    def normal_name(self) -> str:
        """Names of the normal classes as one text."""
        return say(captions.BEST_AND).join(self.classes[number] for number in self.normal)


@dataclass(frozen=True)
class Result:
    """One variant's results.

    metrics: `evaluate` and `detect` at the top; `metrics.number("detect.roc_auc")`.
    history: "all" and "normal" -> a row per epoch.
    scores: columns split, class, score; validation images may be of any class.
    roc: columns false_positive_rate, true_positive_rate.
    examples: what the measures of evaluation/measures/ return as examples, by name.
    maps: images (K, C, H, W) uint8, the first test image of each class, and their anomaly maps, maps (K, H, W), 1 being
        the mean over normal images. For each kind of synthetic defect: {kind}_images (D, C, H, W), {kind}_maps
        (D, H, W) and {kind}_masks (D, H, W), true at the pixels of the defect. Where test images have masks, the same
        of the first ones with defects, at kind `marked`, and their class numbers, marked_labels (D,).
    """

    name: str
    metrics: Metrics
    history: Mapping[str, pd.DataFrame]
    scores: pd.DataFrame
    roc: pd.DataFrame
    examples: Arrays
    maps: Arrays

    @property
    def conditional(self) -> bool:
        """Whether encoder and decoder are given the class."""
        return bool(self.metrics.get("evaluate.conditional"))

    @property
    def has_prior(self) -> bool:
        """Whether it generates from a prior; otherwise from densities that were fitted to its latent codes."""
        return self.metrics.get("evaluate.generation.source") == "prior"

    @property
    def planar(self) -> bool:
        """Whether latent codes can be drawn as they are; otherwise they are laid out by t-SNE."""
        return self.metrics.number("evaluate.latent_dim") <= 2


def load(name: str, spread: Spread) -> Result:
    """Read the results of variant `name`; standard deviations over trainings stand beside the metrics.

    Raises:
        HourglassError: a file is missing.
    """
    return Result(
        name,
        spread.beside(name, of_variant(name)),
        {images: pd.read_csv(layout.history(name, images)) for images in ("all", "normal")},
        pd.read_csv(layout.scores(name), dtype=dict(SCORE_TYPES)),
        pd.read_csv(layout.roc(name)),
        _arrays(layout.examples(name)),
        _arrays(layout.maps(name)),
    )


def experiment(name: str) -> Experiment:
    """Read what an experiment found.

    Raises:
        HourglassError: a file is missing.
    """
    return Experiment(
        Metrics(read_json(layout.metrics("experiments", name))), _arrays(layout.experiment_examples(name))
    )


def benchmark(dataset: str, variants: Collection[str]) -> Mapping[str, Any]:
    """The benchmark's results; empty if there are none, or none for this data set or for one of these variants.

    A reader who trained other variants would take the chosen detector's results for theirs.
    """
    if dataset != BENCHMARK_DATASET or not layout.BENCHMARK.exists():
        return {}
    content: Mapping[str, Any] = read_json(layout.BENCHMARK)
    return content if content["champion"] in variants else {}


def training_seconds(dataset: str) -> Mapping[str, tuple[float, float]]:
    """Variant -> seconds of its training on all classes and on the normal one, when a rebuild was last measured.

    Empty if that was for another data set, or never.
    """
    if dataset != BENCHMARK_DATASET or not layout.REBUILD_BENCHMARK.exists():
        return {}
    stages = read_json(layout.REBUILD_BENCHMARK)["stages"]
    return {
        variant: (stages[stage]["seconds"], stages[f"train_normal@{variant}"]["seconds"])
        for stage in stages
        if (variant := stage.removeprefix("train@")) != stage and f"train_normal@{variant}" in stages
    }


def account(sets: Sequence[ImageSet]) -> Account:
    """The account of the user's own images, with samples of each class from the first of the sets that has any."""
    samples = {}
    for number, name in enumerate(sets[0].classes):
        own = [images.of_class(number) for images in sets]
        if found := next(filter(len, own), None):
            samples[name] = to_unit(found.first(SAMPLES)[:])
    return Account(read_json(layout.DATA), samples)


def _arrays(path: Path) -> Arrays:
    with np.load(path) as file:
        return dict(file)
