"""Benchmark: our detectors beside those of other libraries."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from hourglass.reporting import captions, tables
from hourglass.reporting.benchmark import MEAN, Benchmark, Method, Score
from hourglass.reporting.language import number, say
from hourglass.reporting.pictures import Picture
from hourglass.reporting.plots.benchmark import contamination, method_comparison
from hourglass.reporting.section import Section
from hourglass.reporting.verdicts import TOLERANCE, Verdict, off_target, points


def benchmark(measured: Benchmark, classes: Sequence[str]) -> Section:
    """Over the methods of the benchmark, whatever variants the report has."""
    # The champion may be the light detector too.
    ours = list(dict.fromkeys((measured.champion, measured.light)))
    return Section(
        "benchmark",
        say(captions.BENCHMARK),
        say(captions.BENCHMARK_INTRO),
        [
            Picture("benchmark", captions.METHOD_COMPARISON.said(), partial(method_comparison, measured)),
            Picture("contamination", captions.CONTAMINATION.said(), partial(contamination, measured)),
        ],
        [
            *(against_baselines(measured, name) for name in ours),
            *(cost(measured, name) for name in ours),
            weakest_class(measured, classes),
            *(flagged(measured, name, classes) for name in ours),
            *(contaminated(measured, share) for share in measured.contamination),
        ],
        tables.of_benchmark(measured, measured.ranked()),
    )


def against_baselines(measured: Benchmark, name: str) -> Verdict:
    """One of our detectors beside the best baseline of each metric."""
    items = []
    for key, metric in captions.BENCHMARK_METRICS.items():
        baseline = measured.best_baseline(_score(key))
        score, control = measured.methods[name].scores[key], baseline.scores[key].value
        item = say(
            captions.AGAINST_BASELINE,
            metric=say(metric),
            value=score.value,
            points=points(score.value, control),
            baseline=baseline.name,
            control=control,
        )
        items.append(_hedged(item, score, control))
    return Verdict(say(captions.AGAINST_BASELINES, role=_role(measured, name), name=name), items)


def _hedged(item: str, score: Score, control: float) -> str:
    """The item, with a remark if no standard deviation says that score and control differ."""
    if score.std is None:
        return say(captions.WITHOUT_STD, item=item)
    return say(captions.WITHIN_STD, item=item) if abs(score.value - control) <= score.std else item


def cost(measured: Benchmark, name: str) -> Verdict:
    """How long one of our detectors takes, beside the baseline with the best ten-class mean."""
    method, baseline = measured.methods[name], measured.best_baseline(_score(MEAN))
    text = say(
        captions.COST,
        role=_role(measured, name),
        name=name,
        seconds=method.train_seconds,
        rate=method.images_per_second,
        baseline=baseline.name,
        baseline_seconds=baseline.train_seconds,
        baseline_rate=baseline.images_per_second,
    )
    return Verdict(text + say(captions.COST_CORES, count=measured.cores))


def weakest_class(measured: Benchmark, classes: Sequence[str]) -> Verdict:
    """The normal class on which our champion has the lowest ROC-AUC."""
    by_class = measured.methods[measured.champion].by_class
    number = by_class.index(min(by_class))
    baseline = measured.best_baseline(lambda method: method.by_class[number])
    value, control = by_class[number], baseline.by_class[number]
    text = say(
        captions.WEAKEST_CLASS,
        name=measured.champion,
        weakest=classes[number],
        value=value,
        points=points(value, control),
        baseline=baseline.name,
        control=control,
    )
    return Verdict(text)


def flagged(measured: Benchmark, name: str, classes: Sequence[str]) -> Verdict:
    """Which shares of normal images and of anomalies one of our detectors flags, and where they are off target."""
    method, target = measured.methods[name], measured.target
    false_positive, true_positive = np.array(method.false_positive_rates), np.array(method.true_positive_rates)
    off = [
        say(
            captions.FLAGGED_CLASS,
            name=classes[place],
            rates=say(captions.NUMBERS_AND).join(number(100 * rate, ".1f") for rate in column),
        )
        for place, column in enumerate(false_positive.T)
        if any(off_target(rate, target) for rate in column)
    ]
    text = say(
        captions.FLAGGED,
        target=target,
        name=name,
        low=false_positive.min(),
        high=false_positive.max(),
        low_detected=true_positive.min(),
        high_detected=true_positive.max(),
    )
    last = captions.FLAGGED_OFF_TARGET if off else captions.FLAGGED_ON_TARGET
    return Verdict(text + say(last, tolerance=TOLERANCE), off)


def contaminated(measured: Benchmark, share: float) -> Verdict:
    """What a share of anomalies among the training images costs our champion, and which baseline is best then."""
    means = {name: scores[MEAN].value for name, scores in measured.contamination[share].items()}
    baseline = max((name for name in means if not measured.methods[name].ours), key=lambda name: means[name])
    value, clean = means[measured.champion], measured.methods[measured.champion].scores[MEAN].value
    text = say(
        captions.CONTAMINATED,
        share=share,
        name=measured.champion,
        value=value,
        points=points(value, clean),
        baseline=baseline,
        control=means[baseline],
    )
    return Verdict(text)


def _score(key: str) -> Callable[[Method], float]:
    return lambda method: method.scores[key].value


def _role(measured: Benchmark, name: str) -> str:
    return say(captions.CHAMPION if name == measured.champion else captions.LIGHT)
