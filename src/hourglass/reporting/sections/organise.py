"""Organise: codes in which alike images lie together."""

from collections.abc import Sequence
from functools import partial

from hourglass.reporting import columns, curves, dots, plots, table
from hourglass.reporting.pictures import Picture
from hourglass.reporting.results import Common, Result
from hourglass.reporting.sections.section import Section
from hourglass.reporting.verdicts import against, points, words


def organise(results: Sequence[Result], common: Common) -> Section:
    """Over every variant: all have a code."""
    # A code made with the class at hand may give it away, even before training.
    told = [result.name for result in results if result.evaluate["conditional"]]
    fair = [result for result in results if result.name not in told]
    verdicts = [f"Made with the class at hand, and so neither compared nor marked as best: {', '.join(told)}."] * bool(
        told
    )
    drawn = [
        Picture(
            "maps",
            "Codes of every variant, coloured by class",
            "Test images as points: colours that form clumps are classes told apart without labels. Codes of more than "
            "two numbers are laid out by t-SNE, which keeps neighbours together; how far apart clumps lie, and how "
            "large they are, means nothing there.",
            partial(plots.maps, results, common.classes),
        ),
    ]
    key, pixels = columns.KNN.key, common.controls["pixels"]["representation"]
    if fair:
        drawn += [
            Picture(
                "neighbours",
                "Accuracy of the nearest codes, trained and untrained, beside raw pixels",
                "Do the ten nearest codes tell the class? Only what lies right of the dashed line and of its own "
                "hollow dot has learned something for it.",
                partial(dots.controlled, fair, key, "kNN accuracy", ("raw pixels", pixels["knn_accuracy"])),
            ),
            Picture(
                "labels",
                "Accuracy of a linear classifier on the code, by the number of labelled images",
                "The same classifier on codes and on raw pixels, dashed: what lies above the dashed line needs fewer "
                "labelled images, because the code has learned from unlabelled ones.",
                partial(curves.labels, fair, pixels),
            ),
        ]
        raw = f"raw pixels (kNN {pixels['knn_accuracy']:.3f})"
        trials = against(fair, key, pixels["knn_accuracy"])
        best = max(trials, key=lambda trial: trial.value)
        compared = "Every other variant" if told else "Every variant"
        verdicts += [
            f"Best code: {best.name}, kNN {best.value:.3f}, {points(best.value, best.control)} raw pixels.",
            *words(trials, raw, columns.THREE, compared),
            *words(against(fair, key), "its own untrained network (kNN)", columns.THREE, compared),
        ]
    return Section(
        "organise",
        "Organise",
        "Codes in which alike images lie together, although no label was seen, but by conditional variants; kNN and "
        "probe predict the class from the code.",
        drawn,
        table.build(results, {"raw pixels": {"evaluate": common.controls["pixels"]}}, columns.ORGANISE),
        verdicts,
    )
