"""The columns of all tables: where each metric stands, its title, and how it is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hourglass.reporting import captions
from hourglass.reporting.benchmark import MEAN, T_SHIRT, T_SHIRT_VS_SHIRT
from hourglass.reporting.verdicts import untrained

WHOLE, ONE, GAIN, THREE, FOUR = "{:,}".format, "{:.1f}".format, "{:+.2f}".format, "{:.3f}".format, "{:.4f}".format
ROUNDED = "{:,.0f}".format


@dataclass(frozen=True)
class Column:
    """A metric of a table.

    path: where it stands, as in core/metrics.py. form: the metric as text. better: which end is best, "max" or "min",
    or None. interval: whether its 95% interval is shown. std: whether its standard deviation over seeds is shown, which
    stands at `path` with _std. hint: what it measures.
    """

    title: str
    path: str
    form: Callable[[Any], str]
    better: str | None = None
    hint: str = ""
    interval: bool = False
    std: bool = False


def untrained_column(column: Column) -> Column:
    """The same metric of the network before training, without a best."""
    hint = f"{column.title} of the network before training"
    path = untrained(column.path)
    return replace(column, title=f"untrained {column.title}", path=path, better=None, hint=hint, interval=False)


def measured(title: str, path: str, form: Callable[[Any], str], better: str | None = None, hint: str = "") -> Column:
    """A metric that is shown with its 95% interval."""
    return Column(title, path, form, better, hint, interval=True)


def ranking(methods: Mapping[str, Mapping[str, float]]) -> str:
    """Names and PSNR of classical methods, best first, as text."""
    ordered = sorted(methods.items(), key=lambda method: -method[1]["psnr"])
    return " · ".join(f"{name.replace('_', ' ')} {found['psnr']:.1f}" for name, found in ordered)


LATENT_DIM = Column("latent dims", "evaluate.latent_dim", WHOLE, hint="size of the latent code")
SIZE = Column("parameters", "evaluate.parameters", WHOLE, hint="numbers that the model stores")
MSE = measured("MSE", "evaluate.reconstruction.mse", FOUR, "min", "squared error per pixel on test images")
SSIM = Column("SSIM", "evaluate.reconstruction.ssim", THREE, "max", "structural similarity")
KNN = measured("kNN", "evaluate.representation.knn_accuracy", THREE, "max", "accuracy of the 10 nearest latent codes")
ROC_AUC = measured("ROC-AUC", "detect.roc_auc", THREE, "max", "anomaly detection on test images")

COMPRESS = (
    LATENT_DIM,
    SIZE,
    MSE,
    measured("validation MSE", "evaluate.reconstruction.validation_mse", FOUR, "min", "on validation images"),
    Column("PSNR", "evaluate.reconstruction.psnr", ONE, "max", "in dB, on test images"),
    SSIM,
    Column(
        "bytes", "evaluate.compression.bytes_per_image", ROUNDED, "min", "latent code per image, rounded and packed"
    ),
    Column("WebP bytes", "evaluate.compression.webp_bytes", ROUNDED, hint="smallest WebP file of at least this PSNR"),
    untrained_column(MSE),
)

RESTORATION_GAIN = measured("gain", "evaluate.restoration.gain", GAIN, "max", "in dB above the best classical method")
RESTORE = (
    measured("PSNR", "evaluate.restoration.psnr", ONE, hint="in dB, of restored test images"),
    measured("SSIM", "evaluate.restoration.ssim", THREE, hint="structural similarity of restored test images"),
    Column("input PSNR", "evaluate.restoration.input_psnr", ONE, hint="in dB, of the inputs of the model"),
    RESTORATION_GAIN,
    Column(
        "classical methods, PSNR",
        "evaluate.restoration.baselines",
        ranking,
        hint="in dB, on the same images, best first",
    ),
)

PROBE = measured("probe", "evaluate.representation.probe_accuracy", THREE, "max", "linear classifier on latent codes")
ORGANISE = (
    LATENT_DIM,
    KNN,
    untrained_column(KNN),
    PROBE,
    untrained_column(PROBE),
    measured(
        "probe, drawn",
        "evaluate.representation.drawn_probe_accuracy",
        THREE,
        hint="linear classifier on latent codes drawn from the posterior, as the decoder receives them",
    ),
    measured(
        "probe, residual",
        "evaluate.representation.residual_probe_accuracy",
        THREE,
        hint="linear classifier on drawn latent codes relative to the prior of their class, (z − mean) / std: "
        "what the latent code adds to the class",
    ),
    *(
        measured(
            f"probe@{labels}",
            f"evaluate.representation.probe_accuracy_{labels}",
            THREE,
            "max",
            f"linear classifier on latent codes, fitted on {labels:,} labelled images per class",
        )
        for labels in (10, 100, 1000)
    ),
    Column("silhouette", "evaluate.representation.silhouette", THREE, "max", "separation of the classes, at most 1"),
    Column(
        "trust",
        "evaluate.representation.trustworthiness",
        THREE,
        "max",
        "whether neighbouring latent codes are neighbouring images, at most 1",
    ),
)

FRECHET = measured(
    "Fréchet",
    "evaluate.generation.frechet",
    ONE,
    "min",
    "distance to test images, codes drawn from the prior or from a Gaussian fitted to latent codes",
)
FRECHET_MIXTURE = measured(
    "Fréchet, mixture",
    "evaluate.generation.frechet_mixture",
    ONE,
    "min",
    "distance to test images, codes drawn from a mixture of Gaussians fitted to latent codes",
)
LIKELIHOOD = measured(
    "−log p(x) ≤",
    "evaluate.likelihood.iwae_nats",
    ONE,
    "min",
    "in nats, on binarised test images, which models trained on grey images did not see in training (of "
    "conditional models −log p(x|y)); bound by importance samples",
)
GENERATE = (
    LATENT_DIM,
    FRECHET,
    FRECHET_MIXTURE,
    measured(
        "class accuracy",
        "evaluate.generation.conditional_accuracy",
        THREE,
        "max",
        "generated images in which the reference classifier recognises the intended class",
    ),
    measured(
        "interpolation realism",
        "evaluate.generation.interpolation_realism",
        THREE,
        hint="images halfway between two latent codes that lie among real images; blurred images can pass for real, so "
        "the row of real images is the reference",
    ),
    LIKELIHOOD,
)

FALSE_ALARMS = Column("false alarms", "detect.false_alarm_rate", THREE, hint="normal test images above the threshold")
LOCALISATION = Column("localisation", "detect.localisation.mean", THREE, "max", "ROC-AUC of the pixels of anomaly maps")
DETECT = (
    ROC_AUC,
    untrained_column(ROC_AUC),
    Column("AP", "detect.average_precision", THREE, "max", "average precision"),
    Column("FPR@95", "detect.fpr_at_95_tpr", THREE, "min", "false-positive rate at a true-positive rate of 95%"),
    Column("detected", "detect.true_positive_rate", THREE, "max", "anomalies above the threshold"),
    FALSE_ALARMS,
    LOCALISATION,
)
DETECTOR = (
    Column("scorers", "detect.scorers", ", ".join, hint="scorers that the detector combines"),
    Column("networks", "detect.networks", WHOLE, hint="networks of the detector"),
)
CODEBOOK = (
    Column("perplexity", "evaluate.codebook.perplexity", ONE, hint="number of equally frequent codebook entries"),
    Column("dead codes", "evaluate.codebook.dead_codes", WHOLE, hint="codebook entries that no test image uses"),
)
SPARSITY = (
    Column("active units", "evaluate.sparsity.active_units", ONE, hint="units in use per image, mean over test images"),
    Column("dead units", "evaluate.sparsity.dead_units", ROUNDED, hint="units that no test image uses"),
)

# Title -> columns of the metrics of one variant.
GALLERY = {
    "Reconstruction": COMPRESS,
    "Restoration": RESTORE,
    "Representation": ORGANISE[1:],
    "Generation": GENERATE[1:],
    "Codebook": CODEBOOK,
    "Sparsity": SPARSITY,
    "Detection": (*DETECT, *DETECTOR),
}

# A method of the benchmark; paths as `tables.of_benchmark` builds them.
BENCHMARK = (
    Column("T-shirt", T_SHIRT, THREE, "max", "ROC-AUC, T-shirts normal", std=True),
    Column("ten-class mean", MEAN, THREE, "max", "ROC-AUC, each class normal in turn", std=True),
    Column("T-shirt vs Shirt", T_SHIRT_VS_SHIRT, THREE, "max", "ROC-AUC, T-shirts normal, shirts anomalies"),
    Column("training, s", "train_seconds", ONE, "min", "on the images of one class"),
    Column("images/s", "images_per_second", ROUNDED, "max", "scored"),
)
# What is shown of contaminated training images, and how the titles of those columns begin.
CONTAMINATED = {MEAN: "", T_SHIRT: "T-shirt, ", T_SHIRT_VS_SHIRT: "T-shirt vs Shirt, "}


def contaminated(share: float, key: str) -> Column:
    """ROC-AUC of a method with a share of anomalies among its training images."""
    title = CONTAMINATED[key] + captions.HIDDEN.format(share=share)
    hint = captions.HIDDEN_HINT.format(metric=captions.BENCHMARK_METRICS[key])
    return Column(title, f"{hidden(share)}.{key}", THREE, "max", hint, std=True)


def hidden(share: float) -> str:
    """Where scores with a share of anomalies stand; no dot, since a dot parts paths."""
    return captions.HIDDEN.format(share=share)


# The tables of docs/results.md and of the README, which has room for one interval.
RESULTS = (LATENT_DIM, SIZE, MSE, SSIM, KNN, ROC_AUC, untrained_column(MSE), untrained_column(ROC_AUC))
SUMMARY = (LATENT_DIM, *(replace(column, interval=False) for column in (MSE, KNN, FRECHET)), ROC_AUC)
