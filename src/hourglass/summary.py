"""The headline metrics of a variant, by short names: what `dvc metrics diff` and MLflow's table of runs show."""

from contextlib import suppress

from hourglass.core.metrics import Metrics

# Short name -> path of the metric. A variant has those that apply to it.
HEADLINES = {
    "roc_auc": "detect.roc_auc",
    "validation_roc_auc": "detect.validation.roc_auc",
    "average_precision": "detect.average_precision",
    "false_positive_rate": "detect.false_alarm_rate",
    "mse": "evaluate.reconstruction.mse",
    "ssim": "evaluate.reconstruction.ssim",
    "knn_accuracy": "evaluate.representation.knn_accuracy",
    "probe_accuracy": "evaluate.representation.probe_accuracy",
    "frechet": "evaluate.generation.frechet",
    "nats": "evaluate.likelihood.iwae_nats",
    "restoration_gain_db": "evaluate.restoration.gain",
    "parameters": "evaluate.parameters",
}


def headlines(metrics: Metrics) -> dict[str, float]:
    """Short name -> number, of the headline metrics that a variant has; `evaluate` and `detect` stand at the top."""
    numbers = {}
    for name, path in HEADLINES.items():
        with suppress(KeyError):
            numbers[name] = metrics.number(path)
    return numbers
