"""The headline metrics: their short names, and where each stands."""

from hourglass.core.metrics import Metrics
from hourglass.summary import HEADLINES, headlines


def test_headlines_have_short_names() -> None:
    metrics = Metrics(
        {
            "detect": {
                "roc_auc": 0.91,
                "roc_auc_ci": [0.9, 0.92],
                "false_alarm_rate": 0.05,
                "validation": {"roc_auc": 0.9},
            },
            "evaluate": {"parameters": 100, "restoration": {"gain": 3.5}, "reconstruction": {"mse": 0.01}},
        }
    )
    assert headlines(metrics) == {
        "roc_auc": 0.91,
        "validation_roc_auc": 0.9,
        "false_positive_rate": 0.05,
        "mse": 0.01,
        "restoration_gain_db": 3.5,
        "parameters": 100,
    }


def test_headlines_of_one_variant_fit_a_screen() -> None:
    assert len(HEADLINES) <= 12
