"""Results of the benchmark: our detectors and the detectors of other libraries on the same images."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# ROC-AUCs of a method: over ten classes, and of T-shirts against the other classes, or against shirts alone.
MEAN, T_SHIRT, T_SHIRT_VS_SHIRT = "mean", "t_shirt", "t_shirt_vs_shirt"


@dataclass(frozen=True)
class Score:
    """A ROC-AUC: the mean over seeds with its standard deviation, or a single run, which has none."""

    value: float
    std: float | None


# By MEAN, T_SHIRT and T_SHIRT_VS_SHIRT.
MethodScores = Mapping[str, Score]


@dataclass(frozen=True)
class Method:
    """One detector of the benchmark.

    ours: whether it is a detector of this project; otherwise it is a baseline, `library.name.settings`.
    by_class: ROC-AUC with each class as the normal one, by class number.
    train_seconds: per class. images_per_second: scored.
    false_positive_rates, true_positive_rates: a row per seed, a column per normal class; empty for baselines.
    """

    name: str
    ours: bool
    scores: MethodScores
    by_class: Sequence[float]
    train_seconds: float
    images_per_second: float
    false_positive_rates: Sequence[Sequence[float]] = ()
    true_positive_rates: Sequence[Sequence[float]] = ()

    @property
    def family(self) -> str:
        """`sklearn.pca` for `sklearn.pca.documented`; detectors of ours have no settings in their names."""
        return self.name if self.ours else self.name.rpartition(".")[0]

    @property
    def settings(self) -> str:
        """`ours`, or a baseline's `documented` or `default`."""
        return "ours" if self.ours else self.name.rpartition(".")[2]


@dataclass(frozen=True)
class Benchmark:
    """Content of the benchmark's results file.

    methods: by name. contamination: share of anomalies among the training images, rising -> name -> scores.
    champion, light: names of our champion and of our fastest good detector, chosen before the benchmark was run.
    target: false-positive rate that thresholds are set for. cores: CPU cores that times were measured on.
    """

    methods: Mapping[str, Method]
    contamination: Mapping[float, Mapping[str, MethodScores]]
    champion: str
    light: str
    target: float
    cores: int

    def ranked(self) -> list[str]:
        """Names, by falling ten-class mean."""
        return sorted(self.methods, key=lambda name: -self.methods[name].scores[MEAN].value)

    def leaders(self) -> list[str]:
        """Ours, and of each baseline the settings with the higher ten-class mean; by falling ten-class mean."""
        first: dict[str, str] = {}
        for name in self.ranked():
            first.setdefault(self.methods[name].family, name)
        return list(first.values())

    def best_baseline(self, value: Callable[[Method], float]) -> Method:
        """The baseline with the highest `value`."""
        return max((method for method in self.methods.values() if not method.ours), key=value)


def parse(content: Mapping[str, Any]) -> Benchmark:
    """Typed results from the content of the benchmark's file."""
    return Benchmark(
        {name: _method(name, method) for name, method in content["methods"].items()},
        {
            float(share): {name: _scores(scores) for name, scores in content["contamination"][share].items()}
            for share in sorted(content["contamination"], key=float)
        },
        content["champion"],
        content["light"],
        content["target_false_positive_rate"],
        content["cores"],
    )


def _method(name: str, content: Mapping[str, Any]) -> Method:
    rates = (content.get(f"{kind}_positive_rates", ()) for kind in ("false", "true"))
    costs = content["train_seconds"], content["images_per_second"]
    return Method(name, content["ours"], _scores(content), content["by_class"], *costs, *rates)


def _scores(content: Mapping[str, Any]) -> dict[str, Score]:
    return {key: _score(content[key]) for key in (MEAN, T_SHIRT, T_SHIRT_VS_SHIRT)}


def _score(content: float | tuple[float, float | None]) -> Score:
    """A score from a number, or from its mean and standard deviation."""
    return Score(content, None) if isinstance(content, int | float) else Score(*content)
