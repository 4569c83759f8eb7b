"""Detect: what is not like the class that was learned."""

from collections.abc import Sequence
from functools import partial

from hourglass.reporting import columns, dots, plots, table
from hourglass.reporting.pictures import Picture
from hourglass.reporting.results import Common, Result
from hourglass.reporting.sections.section import Section
from hourglass.reporting.verdicts import against, words


def detect(results: Sequence[Result], common: Common) -> Section:
    """Over every variant: all rebuild images, more or less well."""
    key, mean = columns.ROC_AUC.key, results[0].detect["mean_image"]
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
            "thin lines are the detectors in between.",
            partial(plots.roc, results),
        ),
    ]
    return Section(
        "detect",
        "Detect",
        f"Trained on {common.dataset['normal']} only, a detector should rebuild everything else badly; the distance "
        "from that class's mean image already detects something.",
        drawn,
        table.build(results, {"mean image": {"detect": mean}}, columns.DETECT),
        [
            *words(
                against(results, key, mean["roc_auc"]), f"the mean image (ROC-AUC {mean['roc_auc']:.3f})", columns.THREE
            ),
            *words(against(results, key), "its own untrained network (ROC-AUC)", columns.THREE),
        ],
    )
