"""What autoencoders are for: a section of the report each, over the variants that have something to say about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from hourglass.reporting import columns, grids, plots, table
from hourglass.reporting.pictures import Picture
from hourglass.reporting.results import Result, lookup
from hourglass.reporting.verdicts import Trial, against, words


@dataclass(frozen=True)
class Purpose:
    """A section.

    see: what it is about, in a sentence. verdicts: who does not beat what had to be beaten.
    """

    key: str
    title: str
    see: str
    pictures: list[Picture]
    table: table.Table
    verdicts: list[str]


def purposes(results: Sequence[Result], controls: Mapping[str, Any], classes: Sequence[str]) -> list[Purpose]:
    """The sections, in the report's order, without those that no variant serves.

    A variant's metrics say what it is for, never its name: what restores was not trained to keep the image it is
    given, so it is judged by its restorations and not by its reconstructions. Every variant has a code and detects.

    Args:
        controls: "mean_image" and "pixels" -> contents of their files of evaluation metrics.
    """
    restoring = [result for result in results if "restoration" in result.evaluate]
    compressing = [result for result in results if "restoration" not in result.evaluate]
    generating = [result for result in results if "samples" in result.examples or "codebook" in result.evaluate]
    sections = (
        (_compress, compressing),
        (_restore, restoring),
        (_organise, results),
        (_generate, generating),
        (_detect, results),
    )
    return [section(group, controls, classes) for section, group in sections if group]


def _compress(results: Sequence[Result], controls: Mapping[str, Any], classes: Sequence[str]) -> Purpose:
    picture = Picture(
        "reconstructions",
        "Originals and reconstructions",
        "The first test image of each class, and what each variant rebuilds: look at prints, straps and laces, "
        "which go first when a code is too small.",
        partial(grids.reconstructions, results, classes),
    )
    key, mean = "evaluate.reconstruction.psnr", controls["mean_image"]["reconstruction"]["psnr"]
    return Purpose(
        "compress",
        "Compress",
        "A few numbers instead of an image: the smaller the error at the same code, the better.",
        [picture],
        table.build(results, {"mean image": {"evaluate": controls["mean_image"]}}, columns.COMPRESS),
        words(against(results, key, mean), f"the mean image (PSNR {mean:.1f})", columns.ONE),
    )


def _restore(results: Sequence[Result], controls: Mapping[str, Any], classes: Sequence[str]) -> Purpose:
    picture = Picture(
        "restorations",
        "Originals, what each model was shown of them, and its restorations",
        "What each variant was shown, and below that what it made of it: look at what it invents, right or wrong.",
        partial(grids.restorations, results, classes),
    )
    repairs = [(result.name, result.evaluate["restoration"]) for result in results]
    trials = [Trial(name, found["psnr"], found["baseline_psnr"]) for name, found in repairs]
    return Purpose(
        "restore",
        "Restore",
        "Damaged images repaired: the figure to beat is the best classical method on the very same images.",
        [picture],
        table.build(results, {}, columns.RESTORE),
        words(trials, "the best classical method (PSNR)", columns.ONE),
    )


def _organise(results: Sequence[Result], controls: Mapping[str, Any], classes: Sequence[str]) -> Purpose:
    key, pixels = columns.KNN.key, controls["pixels"]["representation"]["knn_accuracy"]
    # A code made with the class at hand may give it away, even before training.
    told = [result.name for result in results if lookup(result.metrics, "evaluate.conditional")]
    fair = [result for result in results if result.name not in told]
    verdicts = [f"Made with the class at hand, and so neither compared nor marked as best: {', '.join(told)}."] * bool(
        told
    )
    drawn = [
        Picture(
            "maps",
            "Codes of every variant, coloured by class",
            "Test images as points, in the two main directions of each code: colours that form clumps are classes told "
            "apart without labels.",
            partial(plots.maps, results, classes),
        ),
    ]
    if fair:
        drawn.append(
            Picture(
                "neighbours",
                "Accuracy of the nearest codes, trained and untrained, beside raw pixels",
                "Do the ten nearest codes tell the class? Only what lies right of the dashed line and of its own "
                "hollow dot has learned something for it.",
                partial(plots.controlled, fair, key, "kNN accuracy", ("raw pixels", pixels)),
            )
        )
        verdicts = [
            *words(against(fair, key, pixels), f"raw pixels (kNN {pixels:.3f})", columns.THREE),
            *words(against(fair, key), "its own untrained network (kNN)", columns.THREE),
            *verdicts,
        ]
    return Purpose(
        "organise",
        "Organise",
        "Codes in which alike images lie together, although no label was seen; kNN and probe predict the class from "
        "the code.",
        drawn,
        table.build(results, {"raw pixels": {"evaluate": controls["pixels"]}}, columns.ORGANISE),
        verdicts,
    )


def _generate(results: Sequence[Result], controls: Mapping[str, Any], classes: Sequence[str]) -> Purpose:
    sampling = [result for result in results if "samples" in result.examples]
    picture = Picture(
        "samples",
        "Samples of every generative variant",
        "Images nobody photographed: recognisable clothes mean that the code space has no holes.",
        partial(grids.first_samples, sampling, classes),
    )
    return Purpose(
        "generate",
        "Generate",
        "New images decoded from random codes; a discrete code can do so only with entries of its codebook that are "
        "in use.",
        [picture] if sampling else [],
        table.build(results, {}, columns.GENERATE),
        [],
    )


def _detect(results: Sequence[Result], controls: Mapping[str, Any], classes: Sequence[str]) -> Purpose:
    key, mean = columns.ROC_AUC.key, results[0].detect["mean_image"]
    drawn = [
        Picture(
            "detection",
            "ROC-AUC of every detector, trained and untrained, beside the mean image",
            "Every detector with its 95% interval: only what lies right of the dashed line and of its own hollow dot "
            "has learned to detect.",
            partial(plots.controlled, results, key, "ROC-AUC", ("mean image", mean["roc_auc"])),
        ),
        Picture(
            "roc",
            "ROC curves of every detector",
            "The nearer a curve comes to the top left corner, the more anomalies are found for the same false alarms; "
            "thin lines are the detectors in between.",
            partial(plots.roc, results),
        ),
    ]
    return Purpose(
        "detect",
        "Detect",
        "Trained on one class only, a detector should rebuild everything else badly; the distance from that class's "
        "mean image already detects something.",
        drawn,
        table.build(results, {"mean image": {"detect": mean}}, columns.DETECT),
        [
            *words(
                against(results, key, mean["roc_auc"]), f"the mean image (ROC-AUC {mean['roc_auc']:.3f})", columns.THREE
            ),
            *words(against(results, key), "its own untrained network (ROC-AUC)", columns.THREE),
        ],
    )
