"""Benchmark: our detectors beside those of other libraries."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from hourglass.reporting import columns, contest
from hourglass.reporting.benchmark import TITLES, best_rival, ranked, tabulated, value
from hourglass.reporting.pictures import Picture
from hourglass.reporting.results import Common, Result
from hourglass.reporting.sections.detectors import TOLERANCE, off
from hourglass.reporting.sections.section import Section
from hourglass.reporting.verdicts import points


def benchmark(results: Sequence[Result], common: Common) -> Section:
    """Over the methods of the benchmark's file, whatever variants the report has."""
    measured, methods = common.benchmark, common.benchmark["methods"]
    chosen = dict.fromkeys((measured["champion"], measured["light"]))
    return Section(
        "benchmark",
        "Benchmark",
        "Our detectors beside those of scikit-learn and PyOD, with their defaults and with settings that papers or "
        "documentation recommend: each learns one class and has to find the other nine. T-shirts were the class to "
        "learn, and then every class in its turn.",
        [
            Picture(
                "contest",
                "ROC-AUC of our detectors and of other libraries’, on T-shirts and over ten classes",
                "Further right is better; bars are the standard deviation over seeds, where there are several and it "
                "is wider than the dot.",
                partial(contest.contest, methods),
            ),
            Picture(
                "contamination",
                "ROC-AUC against the share of anomalies among the training images",
                "What if the images to learn from are not all normal? A line that stays level does not care. Of a "
                "rival with two settings, the one that is better over ten classes is drawn.",
                partial(contest.contamination, measured),
            ),
        ],
        tabulated(measured, ranked(methods)),
        [
            *(duel(measured, name) for name in chosen),
            *(cost(measured, name) for name in chosen),
            weakest(measured, common.classes),
            *(alarms(measured, name, common.classes) for name in chosen),
            *(dirty(measured, share) for share in sorted(measured["contamination"], key=float)),
        ],
    )


def duel(measured: Mapping[str, Any], name: str) -> str:
    """One of our detectors beside the best rival of each figure."""
    methods = measured["methods"]
    parts = []
    for key, title in TITLES.items():
        rival = best_rival(methods, key)
        own, other = value(methods[name], key), value(methods[rival], key)
        parts.append(f"{title} {columns.THREE(own)}, {points(own, other)} {rival} ({columns.THREE(other)})")
    return f"{_role(measured, name)} beside the best rival of each figure: {'; '.join(parts)}."


def cost(measured: Mapping[str, Any], name: str) -> str:
    """How long one of our detectors takes, beside the rival with the best ten-class mean."""
    methods = measured["methods"]
    rival = best_rival(methods, "mean")
    own, other = (
        f"learns a class in {columns.ONE(methods[which]['train_seconds'])} seconds and scores "
        f"{columns.ROUND(methods[which]['images_per_second'])} images a second"
        for which in (name, rival)
    )
    return f"{_role(measured, name)} {own}; {rival} {other}; all on {measured['cores']} cores."


def weakest(measured: Mapping[str, Any], classes: Sequence[str]) -> str:
    """The class that is hardest to learn for the champion."""
    methods, name = measured["methods"], measured["champion"]
    found = methods[name]["by_class"]
    number = found.index(min(found))
    rivals = {other: method["by_class"][number] for other, method in methods.items() if not method["ours"]}
    best = max(rivals, key=lambda other: float(rivals[other]))
    return (
        f"Hardest class to learn for {name} is {classes[number]}: ROC-AUC {columns.THREE(found[number])}, "
        f"{points(found[number], rivals[best])} the best rival there, {best} ({columns.THREE(rivals[best])})."
    )


def alarms(measured: Mapping[str, Any], name: str, classes: Sequence[str]) -> str:
    """How often one of our detectors flags normal images and anomalies, and for which classes not as intended."""
    intended = measured["false_alarm_rate"]
    rates, found = (np.array(measured["methods"][name][key]) for key in ("false_alarm_rates", "detection_rates"))
    far = [
        f"{classes[number]} ({', '.join(f'{100 * rate:.1f}' for rate in rates[:, number])})"
        for number in range(rates.shape[1])
        if any(off(rate, intended) for rate in rates[:, number])
    ]
    beyond = f"Beyond {TOLERANCE:.0f} points of that, in percent for each seed: {', '.join(far)}."
    return (
        f"With thresholds for {intended:.0%} false alarms, {name} flags {100 * rates.min():.1f}% to "
        f"{100 * rates.max():.1f}% of normal images, over ten classes and {len(rates)} seeds, and "
        f"{100 * found.min():.1f}% to {100 * found.max():.1f}% of anomalies. "
        + (beyond if far else f"No class is off by more than {TOLERANCE:.0f} points.")
    )


def dirty(measured: Mapping[str, Any], share: str) -> str:
    """What a share of anomalies among the training images costs the champion, and which rival then is the best."""
    methods, name = measured["methods"], measured["champion"]
    found = {other: value(figures, "mean") for other, figures in measured["contamination"][share].items()}
    rival = max((other for other in found if not methods[other]["ours"]), key=lambda other: found[other])
    clean = value(methods[name], "mean")
    return (
        f"With {float(share):.0%} anomalies among the training images, {name} reaches a ten-class mean of "
        f"{columns.THREE(found[name])}, {points(found[name], clean)} what it reaches without; the best rival then is "
        f"{rival} with {columns.THREE(found[rival])}."
    )


def _role(measured: Mapping[str, Any], name: str) -> str:
    role = "champion" if name == measured["champion"] else "light detector"
    return f"The {role}, {name},"
