"""Detect: what is not like the class that was learned."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from hourglass.reporting import columns, dots, heat, matrix, plots, table
from hourglass.reporting.columns import Column
from hourglass.reporting.pictures import Picture
from hourglass.reporting.results import Common, Result
from hourglass.reporting.sections.detectors import area, calibration, hardest
from hourglass.reporting.sections.scorers import combined, favourites
from hourglass.reporting.sections.section import Section
from hourglass.reporting.verdicts import against, words


def detect(results: Sequence[Result], common: Common) -> Section:
    """Over every variant: all rebuild images, more or less well."""
    key, mean, normal = columns.ROC_AUC.key, results[0].detect["mean_image"], common.dataset["normal"]
    best = max(results, key=area)
    drawn = [
        Picture(
            "detection",
            "ROC-AUC of every detector, trained and untrained, beside the mean image",
            "Every detector with its 95% interval: only what lies right of the dashed line and of its own hollow dot "
            "has learned to detect.",
            partial(dots.controlled, results, key, "ROC-AUC", ("mean image", mean["roc_auc"])),
        ),
        Picture(
            "roc",
            "ROC curves of every detector",
            "The nearer a curve comes to the top left corner, the more anomalies are found for the same false alarms; "
            "thin lines are the detectors in between, rings two points on the mean image’s curve.",
            partial(plots.roc, results),
        ),
        Picture(
            "scorers",
            "ROC-AUC of every scorer by itself on every variant, and of the variant’s detector",
            "Every way of scoring that a variant offers, by itself: blue beats the mean image, orange does not. Framed "
            "is the variant’s best, bold are those that its detector, last, puts together.",
            partial(matrix.scorers, results, mean["roc_auc"]),
        ),
        Picture(
            "anomalies",
            f"A test image of each class, and where {best.name} finds it strange",
            f"Where the best detector, {best.name}, rebuilds an image wrongly: nothing of a {normal} should be "
            f"coloured, and of the others what no {normal} has, or empty ground where it would be.",
            partial(heat.anomalies, best, common.classes),
        ),
        Picture(
            "defects",
            f"Normal images with synthetic defects, and where {best.name} finds them strange",
            f"The same on a {normal} with a defect, outlined: colour inside the outline is right, colour outside it is "
            "a false alarm of the map.",
            partial(heat.defects, best),
        ),
    ]
    found = mean["localisation"]["mean"]
    return Section(
        "detect",
        "Detect",
        f"A detector knows {normal} only, and scores how unlike it an image is. Unless params.yaml states its scorers, "
        f"it puts together those that tell turned images of {normal} from upright ones best, without having seen an "
        "anomaly. The distance from that class's mean image already detects something.",
        drawn,
        table.build(results, {"mean image": {"detect": mean}}, _columns(results)),
        [
            *words(
                against(results, key, mean["roc_auc"]), f"the mean image (ROC-AUC {mean['roc_auc']:.3f})", columns.THREE
            ),
            *words(against(results, key), "its own untrained network (ROC-AUC)", columns.THREE),
            hardest(results, normal),
            favourites(results),
            *combined(results),
            calibration(results),
            *words(
                against(results, "detect.localisation.mean", found),
                f"the mean image at finding where a defect is (ROC-AUC of pixels {found:.3f})",
                columns.THREE,
            ),
            *words(
                against(results, "detect.localisation.mean"),
                "its own untrained network at finding where a defect is",
                columns.THREE,
            ),
        ],
    )


def _columns(results: Sequence[Result]) -> list[Column]:
    """The columns, with the intended share of false alarms in the hint of the measured one."""
    hint = f"{columns.FALSE_ALARMS.hint}; {results[0].detect['intended_false_alarm_rate']:g} intended"
    told = replace(columns.FALSE_ALARMS, hint=hint)
    return [told if column is columns.FALSE_ALARMS else column for column in columns.DETECT]
