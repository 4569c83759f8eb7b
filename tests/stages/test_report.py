import re
from pathlib import Path
from typing import Any

import pandas as pd

from hourglass.core import params
from hourglass.core.files import write_json, write_text
from hourglass.stages import controls, detect, evaluate, report


def test_the_report_shows_what_the_stages_before_it_wrote(repository: Path) -> None:
    controls.main()
    variants = params.read()["variants"]
    history = pd.DataFrame({"epoch": [0, 1], "phase": "train", "train_loss": [None, 2.0], "validation_loss": 3.0})
    for name in variants:
        evaluate.main(name)
        detect.main(name)
        for which in ("all", "normal"):
            write_text(Path(f"reports/history/{name}/{which}.csv"), history.to_csv(index=False))
    reached = {"accuracy": 0.9, "frechet": 2.0, "realism": 0.8}
    write_json(Path("reports/metrics/judge.json"), with_intervals(reached))
    swept = with_intervals({"validation_mse": 0.1, "knn_accuracy": 0.8, "roc_auc": 0.7})
    write_json(Path("reports/metrics/bottleneck.json"), {"pca": {"2": swept, "4": swept}})
    write_json(Path("reports/acceptance.json"), {"passed": True, "criteria": []})
    report.main()
    page = Path("reports/index.html").read_text()
    purposes = ["glance", "compress", "restore", "organise", "generate", "detect", "bottleneck"]
    assert re.findall(r"<section id=.(\w+)", page) == [*purposes, "acceptance", "variants"]
    drawn = {path.parent.name + "/" + path.stem for path in Path("reports/figures").glob("*/*.png")}
    own = {"vanilla/mixture_samples", "cvae/samples", "masked/levels", "vqvae/codebook"}
    always = {f"{name}/{picture}" for name in variants for picture in ("codes", "anomalies", "defects")}
    assert own | always <= drawn


def with_intervals(figures: dict[str, float]) -> dict[str, Any]:
    return {**figures, **{f"{name}_ci": [value - 0.1, value + 0.1] for name, value in figures.items()}}
