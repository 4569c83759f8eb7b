import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hourglass.reporting.purposes import purposes
from hourglass.reporting.report import write
from hourglass.reporting.results import Common, Result
from hourglass.reporting.sections.rivals import rivalry, rivals
from hourglass.reporting.sections.section import Section

CLASSES = ["shirt", "bag"]
IMAGES = np.zeros((2, 1, 8, 8), np.float32)
PROBED = {f"probe_accuracy_{count}": 0.5 for count in (10, 100, 1000)}
FIGURES: dict[str, Any] = {
    "reconstruction": {"mse": 0.01, "mse_ci": [0.009, 0.011], "psnr": 20.0, "ssim": 0.7},
    "representation": {"knn_accuracy": 0.8, "probe_accuracy": 0.8, "silhouette": 0.1, **PROBED},
}
PCA = {"psnr": 19.0, "ssim": 0.6}
RESTORATION = {"psnr": 18.0, "ssim": 0.5, "input_psnr": 9.0, "gain": -1.0, "gain_ci": [-1.2, -0.8]}
RESTORATION |= {"baseline": "pca", "baseline_psnr": 19.0, "baselines": {"pca": PCA}}
LEVEL = {"psnr": 18.0, "ssim": 0.5, "baselines": {"pca": PCA}}
RESTORATION |= {"level": 0.5, "levels": {"0.5": LEVEL, "1.0": LEVEL}}
CONTROLS = {
    "mean_image": {"latent_dim": 0, "parameters": 64, "reconstruction": {"mse": 0.1, "psnr": 10.0, "ssim": 0.2}},
    "pixels": {"latent_dim": 64, "representation": {"knn_accuracy": 0.75, **PROBED}},
}
MEAN_IMAGE = {"roc_auc": 0.8, "by_class": {"bag": 0.6}, "localisation": {"mean": 0.5}, "false_alarm_rate": 0.05}
MEAN_IMAGE |= {"detection_rate": 0.4, "fpr_at_95_tpr": 0.45}
DRAWN: dict[str, Any] = {"images": np.zeros((2, 1, 8, 8), np.uint8), "maps": np.ones((2, 8, 8), np.float32)}
DEFECT = {**DRAWN, "masks": np.ones((2, 8, 8), bool)}
DEFECTS = {f"{kind}_{part}": array for kind in ("patch", "scratch", "stain") for part, array in DEFECT.items()}


def result(name: str, roc_auc: float = 0.9, examples: dict[str, Any] | None = None, **evaluate: Any) -> Result:
    raw = {"representation": {"knn_accuracy": 0.7}, "reconstruction": {"mse": 0.2}}
    detect = {
        "roc_auc": roc_auc,
        "roc_auc_ci": [roc_auc - 0.01, roc_auc + 0.01],
        "threshold": 0.5,
        "false_alarm_rate": 0.05,
        "intended_false_alarm_rate": 0.05,
        "scorers": ["window"],
        "networks": 1,
        "by_scorer": {"window": {"roc_auc": roc_auc}, "kernel": {"roc_auc": 0.75}},
        "by_class": {"bag": roc_auc},
        "localisation": {"mean": roc_auc - 0.1},
        "untrained": {"roc_auc": 0.6, "localisation": {"mean": 0.45}},
        "mean_image": MEAN_IMAGE,
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
        DRAWN | DEFECTS,
    )


JUDGE = {"accuracy": 0.9, "accuracy_ci": [0.89, 0.91], "frechet": 2.0, "frechet_ci": [1.5, 2.5]}
JUDGE |= {"realism": 0.8, "realism_ci": [0.7, 0.9]}
SWEPT = {
    name: content
    for key in ("validation_mse", "knn_accuracy", "roc_auc")
    for name, content in ((key, 0.5), (f"{key}_ci", [0.4, 0.6]))
}
REPAIRS = {f"restoration_{name}": IMAGES for name in ("originals", "observed", "restored")}


def generation(source: str, frechet: float, **more: Any) -> dict[str, Any]:
    return {"source": source, "frechet": frechet, "frechet_ci": [frechet - 1, frechet + 1], **more}


def common(**measured: Any) -> Common:
    criterion = {"name": "c", "variant": "plain", "metric": "detect.roc_auc", "value": 0.9, "bound": "min"}
    acceptance = {"passed": True, "criteria": [{**criterion, "threshold": 0.8, "passed": True}]}
    dataset = {"name": "tiny", "classes": CLASSES, "normal": "shirt"}
    return Common(
        **{
            "controls": CONTROLS,
            "acceptance": acceptance,
            "dataset": dataset,
            "judge": JUDGE,
            "bottleneck": {"pca": {"2": SWEPT, "4": SWEPT}},
            "benchmark": {},
            **measured,
        }
    )


VARIANTS = [
    result("plain"),
    result("repairs", roc_auc=0.7, examples=REPAIRS, restoration=RESTORATION),
    result(
        "draws",
        examples={"samples": np.zeros((20, 1, 8, 8))},
        conditional=True,
        generation=generation("prior", 9.0, conditional_accuracy=0.9),
    ),
    result(
        "counts",
        roc_auc=0.5,
        examples={"codebook_usage": np.array([0.9, 0.1])},
        codebook={"perplexity": 1.4, "dead_codes": 0},
    ),
    result("few", examples={"units": IMAGES}, sparsity={"active_units": 1.5, "dead_units": 1.0}),
]


@pytest.fixture(scope="module")
def sections() -> dict[str, Section]:
    return {purpose.key: purpose for purpose in purposes(VARIANTS, common())}


def names(section: Section) -> list[str]:
    return [row.name for row in section.table.rows] if section.table else []


def test_metrics_say_what_a_variant_is_for(sections: dict[str, Section]) -> None:
    everybody = [variant.name for variant in VARIANTS]
    assert {key: names(purpose) for key, purpose in sections.items()} == {
        "compress": ["plain", "draws", "counts", "few", "mean image"],
        "restore": ["repairs"],
        "organise": [*everybody, "raw pixels"],
        "generate": ["draws", "real images"],
        "detect": [*everybody, "mean image"],
        "bottleneck": [],
    }


def test_a_purpose_that_nobody_serves_has_no_section() -> None:
    assert [purpose.key for purpose in purposes(VARIANTS[:1], common())] == [
        *("compress", "organise", "detect", "bottleneck"),
    ]


def test_what_beats_no_control_is_said_in_words(sections: dict[str, Section]) -> None:
    assert sections["detect"].verdicts == [
        "Not better than the mean image (ROC-AUC 0.800): repairs 0.700, counts 0.500.",
        "Not better than its own untrained network (ROC-AUC): counts 0.500.",
        "Hardest to tell from shirt is bag: ROC-AUC 0.900 by plain, the best detector over all classes, 0.600 by the "
        "mean image.",
        "Best scorer by itself, on 5 variants: window on 3, kernel on 2.",
        "Every detector raises false alarms within 2 points of the intended 5%.",
        "Not better than the mean image at finding where a defect is (ROC-AUC of pixels 0.500): counts 0.400.",
        "Not better than its own untrained network at finding where a defect is: counts 0.400.",
    ]
    assert sections["restore"].verdicts == [
        "Not better than the best classical method at the damage it was trained on (gain in dB): repairs -1.00."
    ]


def test_a_gain_whose_interval_holds_zero_is_called_so() -> None:
    gains = {"close": [-0.1, 0.3], "clear": [0.1, 0.3]}
    variants = [
        result(name, examples=REPAIRS, restoration={**RESTORATION, "gain": 0.2, "gain_ci": interval})
        for name, interval in gains.items()
    ]
    (section,) = (found for found in purposes(variants, common()) if found.key == "restore")
    assert section.verdicts == [
        "Better than the best classical method at the damage it was trained on (gain in dB), but within the 95% "
        "interval: close."
    ]


def test_codes_made_with_the_class_at_hand_are_not_compared(sections: dict[str, Section]) -> None:
    told = "Made with the class at hand, and so neither compared nor marked as best: draws."
    assert sections["organise"].verdicts[:2] == [
        told,
        "Best code: plain, kNN 0.800, 5.0 points above raw pixels.",
    ]
    assert "Every other variant beats" in sections["organise"].verdicts[2]
    only = {purpose.key: purpose for purpose in purposes(VARIANTS[2:3], common())}
    assert only["organise"].verdicts == [told]
    assert [picture.name for picture in only["organise"].pictures] == ["maps"]


def test_the_report_is_one_file_with_a_closed_fold_for_each_variant(tmp_path: Path) -> None:
    write(VARIANTS, common(), tmp_path / "figures", tmp_path / "index.html")
    page = (tmp_path / "index.html").read_text()
    assert re.findall(r"<section id=.(\w+)", page) == [
        *("glance", "compress", "restore", "organise", "generate", "detect", "bottleneck"),
        *("acceptance", "variants"),
    ]
    assert "<details open" not in page
    summary = page[page.index('<section id="glance">') : page.index('<section id="compress">')]
    assert re.findall(r'<a href="#(\w+)">\w+</a>: best is (\w+),', summary) == [
        *(("compress", "plain"), ("restore", "repairs"), ("organise", "plain"), ("generate", "draws")),
        ("detect", "plain"),
    ]
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


PACKED = {"bytes_per_image": 20.0, "psnr": 19.9, "png_bytes": 90.0}
PACKED |= {"webp_bytes": 60.0, "webp_psnr": 20.0, "webp_sheet_bytes": 30.0, "webp_sheet_psnr": 20.0}
GENERATED = {"samples": np.zeros((20, 1, 8, 8)), "interpolations": np.zeros((1, 9, 1, 8, 8))}
MEASURED = [
    result(
        "fitted",
        examples={**GENERATED, "mixture_samples": np.zeros((20, 1, 8, 8))},
        generation=generation("gaussian", 50.0, frechet_mixture=8.0, frechet_mixture_ci=[7.0, 9.0]),
        representation={**FIGURES["representation"], "trustworthiness": 0.9},
        compression=PACKED,
    ),
    result(
        "drawn",
        examples={**GENERATED, "manifold": np.zeros((3, 3, 1, 8, 8))},
        latent_dim=2,
        generation=generation("prior", 9.0, interpolation_realism=0.6),
        likelihood={"iwae_nats": 230.0, "iwae_nats_ci": [229.0, 231.0], "k": 500, "images": 1000},
    ),
    result("repairs", examples=REPAIRS, restoration=RESTORATION),
]


def test_every_experiment_has_its_pictures_where_it_belongs(tmp_path: Path) -> None:
    sections = {section.key: section for section in purposes(MEASURED, common())}
    assert {key: [picture.name for picture in section.pictures] for key, section in sections.items()} == {
        "compress": ["reconstructions", "compression"],
        "restore": ["restorations", "levels"],
        "organise": ["maps", "neighbours", "labels"],
        "generate": ["samples", "frechet", "interpolations", "manifolds"],
        "detect": ["detection", "roc", "scorers", "anomalies", "defects"],
        "bottleneck": ["bottleneck"],
    }
    write(MEASURED, common(), tmp_path / "figures", tmp_path / "index.html")
    page = (tmp_path / "index.html").read_text()
    assert page.count("<h2>How large a code?</h2>") == 1
    assert page.count("WebP of at least this PSNR") + page.count("WebP file of at least this PSNR") == 2
    own = {str(file.relative_to(tmp_path / "figures")) for file in (tmp_path / "figures").glob("*/*.png")}
    assert {"repairs/levels.png", "drawn/manifold.png", "fitted/mixture_samples.png"} <= own
    assert {f"{name}/{kind}.png" for name in ("drawn", "fitted") for kind in ("samples", "interpolations")} <= own
    assert page.count("test images as points, by their codes") == 1
    assert "which models trained on grey images see for the first time here" in page
    assert "Intervals come from the test images" in page
    # The interval is a line of its own in the cell: side by side, the tables would be wider than the page.
    assert "td small { display: block;" in page


def test_generated_images_stand_beside_what_real_ones_reach() -> None:
    (section,) = (section for section in purposes(MEASURED, common()) if section.key == "generate")
    assert section.table
    titles = [column.title for column in section.table.columns]
    assert titles == ["code", "Fréchet", "Fréchet, mixture", "interpolation realism", "−log p(x) ≤"]
    real = section.table.rows[-1]
    assert (real.name, [cell.text for cell in real.cells]) == ("real images", ["", "2.0", "", "0.800", ""])
    assert [cell.interval for cell in real.cells] == ["", " [1.5, 2.5]", "", " [0.700, 0.900]", ""]
    assert section.table.columns[-1].hint.endswith("k = 500, on 1,000 images")
    assert section.verdicts == [
        *rivalry(rivals(MEASURED[:2])),
        "With a mixture of Gaussians fitted to its codes, nearer to real images than the best prior "
        "(drawn, Fréchet distance 9.0): fitted 8.0.",
    ]


def test_detectors_are_measured_at_what_was_intended_and_beside_the_mean_image(sections: dict[str, Section]) -> None:
    found = sections["detect"].table
    assert found
    titles = [column.title for column in found.columns]
    assert found.columns[titles.index("false alarms")].hint.endswith("; 0.05 intended")
    shown = {row.name: row.cells[titles.index("localisation")].text for row in found.rows}
    assert (shown["plain"], shown["mean image"]) == ("0.800", "0.500")


METHOD = {"t_shirt": [0.9, None], "mean": [0.8, None], "by_class": [0.9, 0.7], "t_shirt_vs_shirt": 0.8}
METHOD |= {"train_seconds": 1.0, "images_per_second": 9.0}
AUC = {"t_shirt": [0.7, None], "mean": [0.6, None], "t_shirt_vs_shirt": 0.7}
RATES = {"false_alarm_rates": [[0.04, 0.06]], "detection_rates": [[0.5, 0.8]]}
BENCHMARK = {
    "methods": {"plain": {"ours": True, **METHOD, **RATES}, "pyod.knn.documented": {"ours": False, **METHOD}},
    "champion": "plain",
    "light": "plain",
    "cores": 2,
    "false_alarm_rate": 0.05,
    "contamination": {"0.1": {"plain": AUC, "pyod.knn.documented": AUC}},
}


def test_a_benchmark_has_a_section_beside_detection_that_links_to_variants_only(tmp_path: Path) -> None:
    measured = common(benchmark=BENCHMARK)
    assert [section.key for section in purposes(VARIANTS[:1], measured)][-3:] == ["detect", "benchmark", "bottleneck"]
    write(VARIANTS[:1], measured, tmp_path / "figures", tmp_path / "index.html")
    page = (tmp_path / "index.html").read_text()
    table = page[page.index('<section id="benchmark">') : page.index('<section id="bottleneck">')]
    assert "<button>method</button>" in table
    assert '<a href="#plain">plain</a>' in table
    assert "pyod.knn.documented</th>" in table
