"""Everything the report shows of one variant, read from the files the earlier stages wrote."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hourglass.core.files import read_json

REPORTS = Path("reports")
METRICS = REPORTS / "metrics"
BENCHMARK = Path("benchmarks/results/detection.json")
# Of the benchmark, which is not part of the pipeline.
DATASET = "fashion_mnist"

# Scores have a row an image, for each variant: eleven bytes.
COMPACT: Mapping[Hashable, Any] = {"split": "category", "class": np.int16, "score": np.float64}


@dataclass(frozen=True)
class Common:
    """What the report shows of no variant in particular.

    dataset: name, classes and normal (name of the normal class).
    controls: "mean_image" and "pixels" -> contents of their files of evaluation metrics.
    acceptance: content of reports/acceptance.json.
    judge, bottleneck: contents of their metrics files.
    benchmark: detectors beside those of other libraries, as BENCHMARK has it; empty where there is none.
    """

    dataset: Mapping[str, Any]
    controls: Mapping[str, Any]
    acceptance: Mapping[str, Any]
    judge: Mapping[str, Any]
    bottleneck: Mapping[str, Any]
    benchmark: Mapping[str, Any]

    @property
    def classes(self) -> Sequence[str]:
        """Names of the classes, by number."""
        return self.dataset["classes"]


@dataclass(frozen=True)
class Result:
    """One variant's results.

    evaluate, detect: contents of its metrics files.
    history: "all" and "normal" -> a row per epoch.
    scores: columns split, class, score. roc: columns false_alarm_rate, detection_rate.
    examples: originals and reconstructions (K, C, H, W), and codes, points of the plane (M, 2), with their labels
        (M,). Where it generates: samples (S, C, H, W); mixture_samples, likewise, where it has no prior;
        interpolations (rows, steps, C, H, W); manifold (rows, columns, C, H, W) where the code has two numbers.
        Where it restores: restoration_originals, restoration_observed, restoration_restored. Where it is sparse:
        units (U, C, H, W). Where it has a codebook: codebook_usage (E,), falling shares.
    maps: of its detector: images, a test image a class (K, C, H, W), uint8, and their anomaly maps (K, H, W), 1 where
        an image is as strange as usual. For each kind of defect: {kind}_images (D, C, H, W), {kind}_maps (D, H, W)
        and {kind}_masks (D, H, W), true where the defect is.
    """

    name: str
    settings: Mapping[str, Any]
    evaluate: dict[str, Any]
    detect: dict[str, Any]
    history: dict[str, pd.DataFrame]
    scores: pd.DataFrame
    roc: pd.DataFrame
    examples: dict[str, NDArray[Any]]
    maps: dict[str, NDArray[Any]]

    @property
    def metrics(self) -> dict[str, Any]:
        """Both metrics files, by kind, as the dotted paths of figures go."""
        return {"evaluate": self.evaluate, "detect": self.detect}

    @property
    def plain(self) -> bool:
        """Whether it generates without a prior, from distributions fitted to its codes; only where it generates."""
        return bool(self.evaluate["generation"]["source"] == "gaussian")

    @property
    def flat(self) -> bool:
        """Whether `codes` are the codes themselves and not a map of them."""
        return bool(self.evaluate["latent_dim"] <= 2)


def load(name: str, settings: Mapping[str, Any]) -> Result:
    """Read the results of variant `name`."""
    return Result(
        name,
        settings,
        read_json(METRICS / "evaluate" / f"{name}.json"),
        read_json(METRICS / "detect" / f"{name}.json"),
        {which: pd.read_csv(REPORTS / "history" / name / f"{which}.csv") for which in ("all", "normal")},
        pd.read_csv(REPORTS / "scores" / f"{name}.csv", dtype=COMPACT),
        pd.read_csv(REPORTS / "roc" / f"{name}.csv"),
        _arrays(REPORTS / "examples" / f"{name}.npz"),
        _arrays(REPORTS / "maps" / f"{name}.npz"),
    )


def benchmark(dataset: str) -> Mapping[str, Any]:
    """Content of BENCHMARK, or nothing where nobody ran it or `dataset` is another than it was run on."""
    if dataset != DATASET or not BENCHMARK.exists():
        return {}
    found: Mapping[str, Any] = read_json(BENCHMARK)
    return found


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    with np.load(path) as file:
        return dict(file)


def lookup(metrics: Mapping[str, Any], key: str) -> Any:
    """What stands at a dotted path, or None."""
    value: Any = metrics
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def untrained(key: str) -> str:
    """Where the same figure of the untrained network stands."""
    kind, figure = key.split(".", 1)
    return f"{kind}.untrained.{figure}"
