"""Made-up results of a whole report."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from hourglass.core.metrics import Metrics
from hourglass.reporting import captions
from hourglass.reporting.live import Live
from hourglass.reporting.results import ReportContext, Result
from tests.reporting.plots.variants import around

CLASSES = ["shirt", "bag"]
# A page whose networks are not looked at.
PARTS = {key: captions.LIVE_PARTS[key] for key in ("threshold", "compare")}
LIVE = Live("{}", {}, PARTS, ["large is not in this page."], {"plain": ["encoder: Linear"]})
IMAGES = np.zeros((2, 1, 8, 8), np.float32)
PROBED = {f"probe_accuracy_{count}": 0.5 for count in (10, 100, 1000)}
REPRESENTATION = {"knn_accuracy": 0.8, "probe_accuracy": 0.8, "silhouette": 0.1, **PROBED}
RECONSTRUCTION = {**around("mse", 0.01, 0.001), "psnr": 20.0, "ssim": 0.7}

PCA = {"psnr": 19.0, "ssim": 0.6}
LEVEL = {"psnr": 18.0, "ssim": 0.5, "baselines": {"pca": PCA}}
RESTORATION: dict[str, Any] = {"psnr": 18.0, "ssim": 0.5, "input_psnr": 9.0, **around("gain", -1.0, 0.2)}
RESTORATION |= {"best_baseline": "pca", "baseline_psnr": 19.0, "baselines": {"pca": PCA}}
RESTORATION |= {"level": 0.5, "levels": {"0.5": LEVEL, "1.0": LEVEL}}
RESTORED = {f"restoration_{name}": IMAGES for name in ("originals", "observed", "restored")}

MEAN_IMAGE = {"roc_auc": 0.8, "by_class": {"bag": 0.6}, "localisation": {"mean": 0.5}, "false_alarm_rate": 0.05}
MEAN_IMAGE |= {"true_positive_rate": 0.4, "fpr_at_95_tpr": 0.45}
MAPS: dict[str, Any] = {"images": np.zeros((2, 1, 8, 8), np.uint8), "maps": np.ones((2, 8, 8), np.float32)}
DEFECT = {**MAPS, "masks": np.ones((2, 8, 8), bool)}
DEFECTS = {f"{kind}_{part}": array for kind in ("patch", "scratch", "stain") for part, array in DEFECT.items()}
HISTORY = pd.DataFrame({"epoch": [0, 1], "phase": "train", "train_loss": [np.nan, 2.0], "validation_loss": 3.0})

CONTROLS = {
    "mean_image": Metrics(
        {
            "evaluate": {"latent_dim": 0, "parameters": 64, "reconstruction": {"mse": 0.1, "psnr": 10.0, "ssim": 0.2}},
            "detect": MEAN_IMAGE,
        }
    ),
    "pixels": Metrics({"evaluate": {"latent_dim": 64, "representation": {"knn_accuracy": 0.75, **PROBED}}}),
}
REFERENCE = {**around("accuracy", 0.9, 0.01), **around("frechet", 2.0, 0.5), **around("realism", 0.8, 0.1)}
SWEPT = {**around("validation_mse", 0.5, 0.1), **around("knn_accuracy", 0.5, 0.1), **around("roc_auc", 0.5, 0.1)}
CRITERION = {"name": "c", "variant": "plain", "metric": "detect.roc_auc", "value": 0.9, "bound": "min"}
ACCEPTANCE = {"passed": True, "criteria": [{**CRITERION, "threshold": 0.8, "passed": True}]}


def result(name: str, roc_auc: float = 0.9, examples: dict[str, Any] | None = None, **evaluate: Any) -> Result:
    """A variant that reconstructs, represents and detects, and whatever else is given."""
    untrained = {"representation": {"knn_accuracy": 0.7}}
    measured = {"latent_dim": 3, "parameters": 9, "conditional": False, "untrained": untrained}
    measured |= {"reconstruction": RECONSTRUCTION, "representation": REPRESENTATION, **evaluate}
    codes = {"latent_codes": np.random.default_rng(0).random((8, 3)), "labels": np.arange(8) % 2}
    return Result(
        name,
        Metrics({"evaluate": measured, "detect": detection(roc_auc)}),
        {"all": HISTORY, "normal": HISTORY},
        pd.DataFrame({"split": "test", "class": [0, 1, 0, 1], "score": [0.1, 0.2, 0.3, 0.9]}),
        pd.DataFrame({"false_positive_rate": [0.0, 1.0], "true_positive_rate": [0.5, 1.0]}),
        {"originals": IMAGES, "reconstructions": IMAGES, **codes, **(examples or {})},
        MAPS | DEFECTS,
    )


def detection(roc_auc: float) -> dict[str, Any]:
    """Metrics of a detector, as JSON has them."""
    return {
        **around("roc_auc", roc_auc, 0.01),
        "threshold": 0.5,
        "false_alarm_rate": 0.05,
        "target_false_positive_rate": 0.05,
        "scorers": ["smoothed_residual"],
        "weights": {"smoothed_residual": 1.0},
        "networks": 1,
        "by_scorer": {"smoothed_residual": {"roc_auc": roc_auc}, "kernel_density": {"roc_auc": 0.75}},
        "by_class": {"bag": roc_auc},
        "localisation": {"mean": roc_auc - 0.1},
        "untrained": {"roc_auc": 0.6, "localisation": {"mean": 0.45}},
        "mean_image": MEAN_IMAGE,
    }


def generation(source: str, frechet: float, **more: Any) -> dict[str, Any]:
    return {"source": source, **around("frechet", frechet, 1.0), **more}


def context(
    dataset: str = "fashion_mnist", benchmark: dict[str, Any] | None = None, classes: Sequence[str] = CLASSES
) -> ReportContext:
    return ReportContext(
        dataset=dataset,
        classes=classes,
        normal=[0],
        controls=CONTROLS,
        acceptance=ACCEPTANCE,
        reference=Metrics(REFERENCE),
        bottleneck=Metrics({"pca": {"2": SWEPT, "4": SWEPT}}),
        benchmark=benchmark or {},
        shown=classes,
    )


# One variant for each part of the report.
VARIANTS = [
    result("plain"),
    result("restores", roc_auc=0.7, examples=RESTORED, restoration=RESTORATION),
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

# Variants with every kind of measure.
PACKED = {"bytes_per_image": 20.0, "psnr": 19.9, "png_bytes": 90.0}
PACKED |= {"webp_bytes": 60.0, "webp_psnr": 20.0, "webp_sheet_bytes": 30.0, "webp_sheet_psnr": 20.0}
GENERATED = {"samples": np.zeros((20, 1, 8, 8)), "interpolations": np.zeros((1, 9, 1, 8, 8))}
MEASURED = [
    result(
        "fitted",
        examples={**GENERATED, "mixture_samples": np.zeros((20, 1, 8, 8))},
        generation=generation("gaussian", 50.0, **around("frechet_mixture", 8.0, 1.0)),
        representation={**REPRESENTATION, "trustworthiness": 0.9},
        compression=PACKED,
    ),
    result(
        "drawn",
        examples={**GENERATED, "manifold": np.zeros((3, 3, 1, 8, 8))},
        latent_dim=2,
        generation=generation("prior", 9.0, interpolation_realism=0.6),
        likelihood={**around("iwae_nats", 230.0, 1.0), "k": 500, "images": 1000},
    ),
    result("restores", examples=RESTORED, restoration=RESTORATION),
]

METHOD = {"t_shirt": [0.9, None], "mean": [0.8, None], "by_class": [0.9, 0.7], "t_shirt_vs_shirt": 0.8}
METHOD |= {"train_seconds": 1.0, "images_per_second": 9.0}
RATES = {"false_positive_rates": [[0.04, 0.06]], "true_positive_rates": [[0.5, 0.8]]}
CONTAMINATED = {"t_shirt": [0.7, None], "mean": [0.6, None], "t_shirt_vs_shirt": 0.7}
BENCHMARK: dict[str, Any] = {
    "methods": {"plain": {"ours": True, **METHOD, **RATES}, "pyod.knn.documented": {"ours": False, **METHOD}},
    "champion": "plain",
    "light": "plain",
    "cores": 2,
    "target_false_positive_rate": 0.05,
    "contamination": {"0.1": {"plain": CONTAMINATED, "pyod.knn.documented": CONTAMINATED}},
}
