import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hourglass.reporting.purposes import Purpose, purposes
from hourglass.reporting.report import write
from hourglass.reporting.results import Result

CLASSES = ["shirt", "bag"]
IMAGES = np.zeros((2, 1, 8, 8), np.float32)
FIGURES = {
    "reconstruction": {"mse": 0.01, "mse_ci": [0.009, 0.011], "psnr": 20.0, "ssim": 0.7},
    "representation": {"knn_accuracy": 0.8, "probe_accuracy": 0.8, "silhouette": 0.1},
}
RESTORATION = {"psnr": 18.0, "ssim": 0.5, "input_psnr": 9.0, "gain": -1.0, "baseline": "pca", "baseline_psnr": 19.0}
CONTROLS = {
    "mean_image": {"latent_dim": 0, "parameters": 64, "reconstruction": {"mse": 0.1, "psnr": 10.0, "ssim": 0.2}},
    "pixels": {"latent_dim": 64, "representation": {"knn_accuracy": 0.75}},
}


def result(name: str, roc_auc: float = 0.9, examples: dict[str, Any] | None = None, **evaluate: Any) -> Result:
    raw = {"representation": {"knn_accuracy": 0.7}, "reconstruction": {"mse": 0.2}}
    detect = {
        "roc_auc": roc_auc,
        "roc_auc_ci": [roc_auc - 0.01, roc_auc + 0.01],
        "threshold": 0.5,
        "by_class": {"bag": roc_auc},
        "untrained": {"roc_auc": 0.6},
        "mean_image": {"roc_auc": 0.8},
    }
    history = pd.DataFrame({"epoch": [0, 1], "phase": "train", "train_loss": [np.nan, 2.0], "validation_loss": 3.0})
    return Result(
        name,
        {"module": name, "train": {"epochs": 2}},
        {"latent_dim": 3, "parameters": 9, "conditional": False, **FIGURES, "untrained": raw, **evaluate},
        detect,
        {"all": history, "normal": history},
        pd.DataFrame({"split": "test", "class": [0, 1, 0, 1], "score": [0.1, 0.2, 0.3, 0.9]}),
        pd.DataFrame({"false_alarm_rate": [0.0, 1.0], "detection_rate": [0.5, 1.0]}),
        {
            "originals": IMAGES,
            "reconstructions": IMAGES,
            "codes": np.random.default_rng(0).random((8, 3)),
            "labels": np.arange(8) % 2,
            **(examples or {}),
        },
    )


REPAIRS = {f"restoration_{name}": IMAGES for name in ("originals", "observed", "restored")}
VARIANTS = [
    result("plain"),
    result("repairs", roc_auc=0.7, examples=REPAIRS, restoration={**RESTORATION, "baselines": {"pca": 19.0}}),
    result("draws", examples={"samples": np.zeros((20, 1, 8, 8))}, conditional=True),
    result(
        "counts",
        roc_auc=0.5,
        examples={"codebook_usage": np.array([0.9, 0.1])},
        codebook={"perplexity": 1.4, "dead_codes": 0},
    ),
    result("few", examples={"units": IMAGES}, sparsity={"active_units": 1.5, "dead_units": 1.0}),
]


@pytest.fixture(scope="module")
def sections() -> dict[str, Purpose]:
    return {purpose.key: purpose for purpose in purposes(VARIANTS, CONTROLS, CLASSES)}


def names(purpose: Purpose) -> list[str]:
    return [row.name for row in purpose.table.rows]


def test_metrics_say_what_a_variant_is_for(sections: dict[str, Purpose]) -> None:
    everybody = [variant.name for variant in VARIANTS]
    assert {key: names(purpose) for key, purpose in sections.items()} == {
        "compress": ["plain", "draws", "counts", "few", "mean image"],
        "restore": ["repairs"],
        "organise": [*everybody, "raw pixels"],
        "generate": ["draws", "counts"],
        "detect": [*everybody, "mean image"],
    }


def test_a_purpose_that_nobody_serves_has_no_section() -> None:
    assert [purpose.key for purpose in purposes(VARIANTS[:1], CONTROLS, CLASSES)] == ["compress", "organise", "detect"]


def test_what_beats_no_control_is_said_in_words(sections: dict[str, Purpose]) -> None:
    assert sections["detect"].verdicts == [
        "Not better than the mean image (ROC-AUC 0.800): repairs 0.700, counts 0.500.",
        "Not better than its own untrained network (ROC-AUC): counts 0.500.",
    ]
    assert sections["restore"].verdicts == ["Not better than the best classical method (PSNR): repairs 18.0."]


def test_codes_made_with_the_class_at_hand_are_not_compared(sections: dict[str, Purpose]) -> None:
    told = "Made with the class at hand, and so neither compared nor marked as best: draws."
    assert sections["organise"].verdicts[-1] == told
    only = {purpose.key: purpose for purpose in purposes(VARIANTS[2:3], CONTROLS, CLASSES)}
    assert only["organise"].verdicts == [told]
    assert [picture.name for picture in only["organise"].pictures] == ["maps"]


def test_the_report_is_one_file_with_a_closed_fold_for_each_variant(tmp_path: Path) -> None:
    criterion = {"name": "c", "variant": "plain", "metric": "detect.roc_auc", "value": 0.9, "bound": "min"}
    acceptance = {"passed": True, "criteria": [{**criterion, "threshold": 0.8, "passed": True}]}
    dataset = {"name": "tiny", "classes": CLASSES, "normal": "shirt"}
    write(VARIANTS, CONTROLS, acceptance, dataset, tmp_path / "figures", tmp_path / "index.html")
    page = (tmp_path / "index.html").read_text()
    assert re.findall(r"<section id=.(\w+)", page) == [
        *("compress", "restore", "organise", "generate", "detect"),
        *("acceptance", "variants"),
    ]
    assert "<details open" not in page
    for variant in VARIANTS:
        assert f'<details id="{variant.name}">' in page
        assert f'<a href="#{variant.name}">' in page
    drawn = {str(file.relative_to(tmp_path / "figures")) for file in (tmp_path / "figures").rglob("*.png")}
    own = {f"{variant.name}/{name}.png" for variant in VARIANTS for name in ("reconstructions", "codes", "scores")}
    special = {"repairs/restorations.png", "draws/samples.png", "counts/codebook.png", "few/units.png"}
    assert own | special | {"reconstructions.png", "restorations.png", "maps.png", "detection.png", "roc.png"} <= drawn
    assert page.count("data:image/png;base64,") == len(drawn)
    # Pictures come before the figures.
    assert page.index("<img") < page.index("<table")
    fold = page[page.index('<details id="few">') :]
    assert "active units <b>1.5</b>" in fold
    assert "active units" not in page[: page.index('<details id="few">')]
