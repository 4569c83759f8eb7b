"""How well anomaly scores separate the normal class from the others."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from hourglass.core.errors import HourglassError
from hourglass.evaluation.intervals import percentile_interval

Scores = NDArray[np.floating]

# One normal image in twenty may raise a false alarm.
FALSE_ALARM_RATE = 0.05


def threshold_of(normal_scores: Scores) -> float:
    """The score that 5% of held-out normal images exceed: the 95th percentile of their scores (N,)."""
    _require_finite(normal_scores)
    return float(np.quantile(normal_scores, 1 - FALSE_ALARM_RATE))


def measure(
    scores: Scores, labels: NDArray[np.int64], normal: int, classes: Sequence[str], threshold: float, seed: int
) -> dict[str, object]:
    """Judge scores (N,), higher is more anomalous, against classes (N,); every class but `normal` is an anomaly.

    Returns:
        roc_auc: probability that an anomaly scores above a normal image; 0.5 is chance.
        roc_auc_ci: its 95% bootstrap interval, normal images and anomalies resampled separately.
        average_precision: area under the precision-recall curve, anomalies positive.
        fpr_at_95_tpr: share of normal images flagged where 95% of the anomalies are.
        threshold: as given; false_alarm_rate and detection_rate are the shares of normal images and
            of anomalies above it.
        by_class: class name -> ROC-AUC against that class alone.

    Raises:
        HourglassError: a score is not a number.
    """
    _require_finite(scores)
    anomalous = labels != normal
    ordinary, strange = scores[~anomalous], scores[anomalous]
    false_alarms, hits, _ = roc_curve(anomalous, scores, drop_intermediate=False)
    return {
        "roc_auc": float(roc_auc_score(anomalous, scores)),
        "roc_auc_ci": percentile_interval((ordinary, strange), _roc_auc, seed),
        "average_precision": float(average_precision_score(anomalous, scores)),
        "fpr_at_95_tpr": float(false_alarms[np.argmax(hits >= 0.95)]),
        "threshold": threshold,
        "false_alarm_rate": float((ordinary > threshold).mean()),
        "detection_rate": float((strange > threshold).mean()),
        "by_class": {
            name: float(_roc_auc(ordinary, scores[labels == number]))
            for number, name in enumerate(classes)
            if number != normal
        },
    }


def _require_finite(scores: Scores) -> None:
    if not np.isfinite(scores).all():
        raise HourglassError(f"{np.count_nonzero(~np.isfinite(scores))} anomaly scores are NaN or infinite")


def roc_points(scores: Scores, labels: NDArray[np.int64], normal: int, count: int = 200) -> list[tuple[float, float]]:
    """`count` points (false alarm rate, detection rate) of the ROC curve, evenly spaced in false alarms."""
    false_alarms, hits, _ = roc_curve(labels != normal, scores)
    grid = np.linspace(0, 1, count)
    return [(float(a), float(h)) for a, h in zip(grid, np.interp(grid, false_alarms, hits), strict=True)]


def _roc_auc(ordinary: Scores, strange: Scores, axis: int = -1) -> NDArray[np.floating]:
    """ROC-AUC as a rank sum (Mann-Whitney), along the last axis, so that a thousand resamples take a second."""
    n, m = ordinary.shape[axis], strange.shape[axis]
    ranks = rankdata(np.concatenate([ordinary, strange], axis=axis), axis=axis)
    return (ranks[..., n:].sum(-1) - m * (m + 1) / 2) / (n * m)
