"""How well anomaly scores separate the normal class from the others."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from hourglass.evaluation.intervals import auc_interval
from hourglass.evaluation.threshold import require_finite

Scores = NDArray[np.floating]


def measure(
    scores: Scores, labels: NDArray[np.int64], normal: int, classes: Sequence[str], threshold: float
) -> dict[str, object]:
    """Judge scores (N,), higher is more anomalous, against classes (N,); every class but `normal` is an anomaly.

    Returns:
        roc_auc, roc_auc_ci: as `ranking` gives them.
        average_precision: area under the precision-recall curve, anomalies positive.
        fpr_at_95_tpr: share of normal images flagged where 95% of the anomalies are.
        threshold: as given; false_alarm_rate and detection_rate are the shares of normal images and
            of anomalies above it.
        by_class: class name -> ROC-AUC against that class alone.

    Raises:
        HourglassError: a score is not a number.
    """
    require_finite(scores)
    anomalous = labels != normal
    ordinary, strange = scores[~anomalous], scores[anomalous]
    false_alarms, hits, _ = roc_curve(anomalous, scores, drop_intermediate=False)
    return {
        **ranking(scores, anomalous),
        "average_precision": float(average_precision_score(anomalous, scores)),
        "fpr_at_95_tpr": float(false_alarms[np.argmax(hits >= 0.95)]),
        "threshold": threshold,
        "false_alarm_rate": float((ordinary > threshold).mean()),
        "detection_rate": float((strange > threshold).mean()),
        "by_class": {
            name: auc(scores[pair], anomalous[pair])
            for number, name in enumerate(classes)
            if number != normal
            for pair in [np.isin(labels, (normal, number))]
        },
    }


def auc(scores: Scores, anomalous: NDArray[np.bool_]) -> float:
    """Probability that an anomaly scores above a normal image, ties counting half; 0.5 is chance. Both are (N,)."""
    require_finite(scores)
    return float(roc_auc_score(anomalous, scores))


def ranking(scores: Scores, anomalous: NDArray[np.bool_]) -> dict[str, Any]:
    """How often scores (N,) rank an anomaly above a normal image; `anomalous` (N,) is the truth.

    Returns:
        roc_auc: as `auc` gives it.
        roc_auc_ci: its 95% interval.

    Raises:
        HourglassError: a score is not a number.
    """
    value = auc(scores, anomalous)
    return {"roc_auc": value, "roc_auc_ci": auc_interval(scores[~anomalous], scores[anomalous])}


def roc_points(scores: Scores, labels: NDArray[np.int64], normal: int, count: int = 200) -> list[tuple[float, float]]:
    """`count` points (false alarm rate, detection rate) of the ROC curve, evenly spaced in false alarms."""
    false_alarms, hits, _ = roc_curve(labels != normal, scores)
    grid = np.linspace(0, 1, count)
    return [(float(a), float(h)) for a, h in zip(grid, np.interp(grid, false_alarms, hits), strict=True)]
