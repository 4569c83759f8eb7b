import re
from pathlib import Path
from typing import Any

import pandas as pd

from hourglass.core import layout, params
from hourglass.core.files import write_arrays, write_json, write_text
from hourglass.stages import controls, detect, evaluate, live, report
from tests.reporting.ledger import CLAIMS


def test_report_shows_what_earlier_stages_wrote(repository: Path) -> None:
    controls.main()
    variants = list(params.content()["variants"])
    history = pd.DataFrame({"epoch": [0, 1], "phase": "train", "train_loss": [None, 2.0], "validation_loss": 3.0})
    for name in variants:
        evaluate.main(name)
        detect.main(name)
        for images in ("all", "normal"):
            write_text(layout.history(name, images), history.to_csv(index=False))
    write_json(layout.REFERENCE_METRICS, with_intervals({"accuracy": 0.9, "frechet": 2.0, "realism": 0.8}))
    swept = with_intervals({"validation_mse": 0.1, "knn_accuracy": 0.8, "roc_auc": 0.7})
    write_json(layout.BOTTLENECK_METRICS, {"pca": {"2": swept, "4": swept}})
    write_json(layout.ACCEPTANCE, {"passed": True, "criteria": []})
    values = {name: {"detect.roc_auc": [0.80, 0.81, 0.82]} for name in variants}
    digests = params.read(report.Params).digests()
    write_json(layout.SPREAD, {"dataset": "digits", "normal": [4], "settings": digests, "metrics": values})
    live.main()
    write_json(layout.CLAIMS, CLAIMS)
    write_json(layout.metrics("experiments", "sharpness"), {"not_measured": "images are too small"})
    write_arrays(layout.experiment_examples("sharpness"), {})
    report.main()
    page = layout.PAGE.read_text()
    assert "± 0.010" in page
    assert layout.RESULTS_TABLE.read_text().count(" ± 0.010 |") >= len(variants)
    sections = ["glance", "live", "compress", "restore", "organise", "generate", "detect", "bottleneck", "experiments"]
    assert re.findall(r"<section id=.(\w+)", page) == [*sections, "ledger", "acceptance", "variants"]
    drawn = {path.parent.name + "/" + path.stem for path in layout.FIGURES.glob("*/*.png")}
    own = {"vanilla/mixture_samples", "cvae/samples", "masked/corruption_levels", "vqvae/codebook"}
    always = {f"{name}/{picture}" for name in variants for picture in ("latent_codes", "anomaly_maps", "defects")}
    assert own | always <= drawn
    assert all(f"| {name} |" in layout.RESULTS_TABLE.read_text() for name in variants)
    assert set(pd.read_csv(layout.CURVES / "roc.csv").variant) == set(variants)


def with_intervals(metrics: dict[str, float]) -> dict[str, Any]:
    return {**metrics, **{f"{name}_ci": [value - 0.1, value + 0.1] for name, value in metrics.items()}}
