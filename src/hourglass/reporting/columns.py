"""Which figures the tables show, under which titles."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hourglass.reporting import results


@dataclass(frozen=True)
class Column:
    """A figure of a table.

    key: dotted path, from the kind of metrics on. form: the figure as text. better: which end wins ("max", "min")
    or None. ci: key of its 95% interval, std: of its standard deviation over seeds, if it has one.
    """

    title: str
    key: str
    form: Callable[[Any], str]
    better: str | None = None
    ci: str | None = None
    hint: str = ""
    std: str | None = None


def untrained(column: Column) -> Column:
    """The same figure of the network before training: a control, so that it has no best."""
    hint = f"{column.title} of the network before training"
    return replace(
        column,
        title=f"untrained {column.title}",
        key=results.untrained(column.key),
        better=None,
        ci=None,
        hint=hint,
    )


def ranking(methods: Mapping[str, Mapping[str, Any]]) -> str:
    """Method -> its figures, as text: PSNR, best first."""
    ordered = sorted(methods.items(), key=lambda method: -method[1]["psnr"])
    return " · ".join(f"{name.replace('_', ' ')} {found['psnr']:.1f}" for name, found in ordered)


def measured(title: str, key: str, form: Callable[[Any], str], better: str | None = None, hint: str = "") -> Column:
    """A figure whose 95% interval stands beside it, at its key with _ci."""
    return Column(title, key, form, better, f"{key}_ci", hint)


WHOLE, ONE, TWO, THREE, FOUR = "{:,}".format, "{:.1f}".format, "{:+.2f}".format, "{:.3f}".format, "{:.4f}".format
ROUND = "{:,.0f}".format
RECONSTRUCTION, COMPRESSION, RESTORATION, REPRESENTATION, GENERATION = (
    f"evaluate.{part}" for part in ("reconstruction", "compression", "restoration", "representation", "generation")
)

CODE = Column("code", "evaluate.latent_dim", WHOLE, hint="numbers in the code")
SIZE = Column("size", "evaluate.parameters", WHOLE, hint="numbers the model stores")
MSE = measured("MSE", f"{RECONSTRUCTION}.mse", FOUR, "min", hint="squared error per pixel on test images")
SSIM = Column("SSIM", f"{RECONSTRUCTION}.ssim", THREE, "max", hint="structural similarity")
KNN = measured("kNN", f"{REPRESENTATION}.knn_accuracy", THREE, "max", hint="10 nearest codes")
ROC_AUC = measured("ROC-AUC", "detect.roc_auc", THREE, "max", hint="anomaly detection on test images")

COMPRESS = (
    CODE,
    SIZE,
    MSE,
    measured("validation MSE", f"{RECONSTRUCTION}.validation_mse", FOUR, "min", hint="on held-out training images"),
    Column("PSNR", f"{RECONSTRUCTION}.psnr", ONE, "max", hint="dB, on test images"),
    SSIM,
    Column("bytes", f"{COMPRESSION}.bytes_per_image", ROUND, "min", hint="an image's code, rounded and packed"),
    Column("WebP bytes", f"{COMPRESSION}.webp_bytes", ROUND, hint="smallest WebP of at least this PSNR"),
    untrained(MSE),
)
RESTORE = (
    measured("PSNR", f"{RESTORATION}.psnr", ONE, hint="dB, of the restored test images"),
    measured("SSIM", f"{RESTORATION}.ssim", THREE, hint="structural similarity of the restored test images"),
    Column("PSNR shown", f"{RESTORATION}.input_psnr", ONE, hint="dB, of what the model was shown"),
    measured("gain", f"{RESTORATION}.gain", TWO, "max", hint="dB above the best classical method"),
    Column("classical methods, PSNR", f"{RESTORATION}.baselines", ranking, hint="dB, on the same images, best first"),
)
PROBE = measured("probe", f"{REPRESENTATION}.probe_accuracy", THREE, "max", hint="linear classifier on codes")
ORGANISE = (
    CODE,
    KNN,
    untrained(KNN),
    PROBE,
    untrained(PROBE),
    measured(
        *("probe, drawn", f"{REPRESENTATION}.drawn_probe_accuracy", THREE),
        hint="linear classifier on codes drawn from the posterior, which are all that the decoder ever saw",
    ),
    measured(
        *("probe, residual", f"{REPRESENTATION}.residual_probe_accuracy", THREE),
        hint="linear classifier on codes drawn from the posterior and measured from the prior of their class, "
        "(z − mean) / deviation: what the code adds to the class",
    ),
    *(
        measured(
            *(f"probe@{labels}", f"{REPRESENTATION}.probe_accuracy_{labels}", THREE, "max"),
            hint=f"linear classifier on codes, fitted on {labels:,} labelled images a class",
        )
        for labels in (10, 100, 1000)
    ),
    Column("silhouette", f"{REPRESENTATION}.silhouette", THREE, "max", hint="how apart classes lie"),
    Column(
        "trust", f"{REPRESENTATION}.trustworthiness", THREE, "max", hint="whether near codes are near images; at most 1"
    ),
)
LIKELIHOOD = measured(
    *("−log p(x) ≤", "evaluate.likelihood.iwae_nats", ONE, "min"),
    hint="nats, on binarised test images, which models trained on grey images see for the first time here (of "
    "conditional models −log p(x|y)); bound by importance samples",
)
GENERATE = (
    CODE,
    measured(
        *("Fréchet", f"{GENERATION}.frechet", ONE, "min"),
        hint="distance to test images, codes drawn from the prior or from one Gaussian fitted to codes",
    ),
    measured(
        *("Fréchet, mixture", f"{GENERATION}.frechet_mixture", ONE, "min"),
        hint="distance to test images, codes drawn from a mixture of Gaussians fitted to codes",
    ),
    measured(
        *("class accuracy", f"{GENERATION}.conditional_accuracy", THREE, "max"),
        hint="images in which the judge sees the class they were to show",
    ),
    measured(
        *("interpolation realism", f"{GENERATION}.interpolation_realism", THREE),
        hint="images halfway between two codes that lie among real ones; blurred images can look more real than real "
        "ones, so that the row of real images is the reference",
    ),
    LIKELIHOOD,
)
FALSE_ALARMS = Column("false alarms", "detect.false_alarm_rate", THREE, hint="normal test images above it")
DETECT = (
    ROC_AUC,
    untrained(ROC_AUC),
    Column("AP", "detect.average_precision", THREE, "max", hint="average precision"),
    Column("FPR@95", "detect.fpr_at_95_tpr", THREE, "min", hint="false alarms where 95% of anomalies are found"),
    Column("detected", "detect.detection_rate", THREE, "max", hint="anomalies above the threshold"),
    FALSE_ALARMS,
    Column("localisation", "detect.localisation.mean", THREE, "max", hint="ROC-AUC of anomaly maps, pixel by pixel"),
)
# Shown in a variant's own fold only.
DETECTOR = (
    Column("scorers", "detect.scorers", ", ".join, hint="what the detector puts together"),
    Column("networks", "detect.networks", WHOLE, hint="members of the detector"),
)
CODEBOOK = (
    Column("perplexity", "evaluate.codebook.perplexity", ONE, hint="codebook entries in use, as if all equally often"),
    Column("dead codes", "evaluate.codebook.dead_codes", WHOLE, hint="codebook entries that no test image uses"),
)
SPARSITY = (
    Column("active units", "evaluate.sparsity.active_units", ONE, hint="units an image uses, mean over test images"),
    Column("dead units", "evaluate.sparsity.dead_units", ROUND, hint="units that no test image uses"),
)
# Of a method in the benchmark, not of a variant.
BENCHMARK = (
    Column("T-shirt", "t_shirt", THREE, "max", hint="ROC-AUC, T-shirts normal", std="t_shirt_std"),
    Column("ten-class mean", "mean", THREE, "max", hint="ROC-AUC, each class normal in turn", std="mean_std"),
    Column("T-shirt vs Shirt", "t_shirt_vs_shirt", THREE, "max", hint="ROC-AUC, T-shirts normal, shirts the anomalies"),
    Column("training, s", "train_seconds", ONE, "min", hint="on the images of one class"),
    Column("images/s", "images_per_second", ROUND, "max", hint="scored"),
)
README = (CODE, SIZE, MSE, SSIM, KNN, ROC_AUC, untrained(MSE), untrained(ROC_AUC))
