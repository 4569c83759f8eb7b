"""Sections without metrics that need more classes, and words on what stands in for anomalies."""

from dataclasses import replace

import numpy as np

from hourglass.core.metrics import Metrics
from hourglass.reporting.glance import glance
from hourglass.reporting.page import sections
from hourglass.reporting.results import Result
from hourglass.reporting.verdicts import Verdict
from tests.reporting.plots.variants import around
from tests.reporting.reports import ACCEPTANCE, CONTROLS, context, detection, result

NOT_MEASURED = {"not_measured": "there is one class"}
SWEPT = {**around("validation_mse", 0.5, 0.1), **around("roc_auc", 0.5, 0.1)}


def one_class() -> Result:
    made = {"samples": np.zeros((20, 1, 8, 8)), "interpolations": np.zeros((1, 9, 1, 8, 8))}
    found = result("plain", examples=made, representation=NOT_MEASURED, generation={"source": "prior", **NOT_MEASURED})
    stand_in = {"anomalies": "synthetic defects"}
    detect = detection(0.9) | stand_in | {"validation": {"roc_auc": 0.9, **stand_in}}
    return replace(found, metrics=Metrics({"evaluate": found.metrics.get("evaluate"), "detect": detect}))


def test_sections_give_the_reason_and_the_page_the_stand_in() -> None:
    controls = CONTROLS | {"pixels": Metrics({"evaluate": {"representation": NOT_MEASURED}})}
    given = replace(context(), controls=controls, bottleneck=Metrics({"pca": {"2": SWEPT, "4": SWEPT}}))
    found = {section.key: section for section in sections([one_class()], given)}
    reason = Verdict("Not measured: there is one class.")
    assert found["organise"].verdicts == found["generate"].verdicts == [reason]
    assert "ROC-AUC and related metrics are measured on synthetic defects" in found["detect"].intro
    assert "champion is chosen by ROC-AUC on synthetic defects" in found["detect"].intro
    lines = {line.key: line.verdict for line in glance(list(found.values()), ACCEPTANCE)}
    assert lines["organise"] == reason
    assert lines["detect"].text.startswith("best is plain, ROC-AUC on synthetic defects 0.900")
    assert "kNN" not in "".join(verdict.text for verdict in found["bottleneck"].verdicts)
    for section in found.values():
        for picture in section.pictures:
            picture.draw()
