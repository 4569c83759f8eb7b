"""The lectures' claims as a table: metrics that speak for or against a claim, beside what they are compared with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from hourglass.core.metrics import Metrics
from hourglass.reporting import captions, markdown
from hourglass.reporting.columns import FOUR, ONE, THREE, Column
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.results import ReportContext, Result
from hourglass.reporting.tables import cell

MSE, SSIM = "evaluate.reconstruction.mse", "evaluate.reconstruction.ssim"
PSNR, BASELINE_PSNR = "evaluate.restoration.psnr", "evaluate.restoration.baseline_psnr"
GAIN = "evaluate.restoration.gain"
GAUSSIAN, MIXTURE = "evaluate.generation.frechet", "evaluate.generation.frechet_mixture"
ACCURACY = "evaluate.generation.conditional_accuracy"
ACTIVE, DEAD = "evaluate.sparsity.active_units", "evaluate.sparsity.dead_units"
AUC, PIXEL_AUC, UNTRAINED_AUC = "detect.roc_auc", "detect.by_scorer.pixel.roc_auc", "detect.untrained.roc_auc"
SIGNED, WHOLE = "{:+.1f}".format, "{:.0f}".format
ALIGNMENT = (markdown.LEFT, markdown.LEFT, markdown.RIGHT, markdown.LEFT, markdown.RIGHT, markdown.LEFT)


class Source(Enum):
    """What a metric was measured on; each has names of its own."""

    VARIANT = auto()
    SWEEP = auto()
    CONTROL = auto()


@dataclass(frozen=True)
class Measurement:
    """A metric that a row shows.

    name: of the variant, of the kind of autoencoder in the sweep, or of the control. title: what the table calls it,
    if not by its name.
    """

    source: Source
    name: str
    path: str
    title: str = ""


@dataclass(frozen=True)
class Evidence:
    """A row: a metric, and what it is compared with, if anything."""

    text: str
    form: Callable[[float], str]
    measured: Measurement
    compared: Measurement | None = None


@dataclass(frozen=True)
class Claim:
    """What the lectures say, and the rows about it."""

    text: str
    evidence: Sequence[Evidence]


def of_variant(name: str, path: str, title: str = "") -> Measurement:
    """A metric of a variant."""
    return Measurement(Source.VARIANT, name, path, title)


def of_sweep(kind: str, path: str) -> Measurement:
    """A metric of one kind of autoencoder in the sweep over latent dimensions."""
    return Measurement(Source.SWEEP, kind, path)


MEAN_IMAGE = Measurement(Source.CONTROL, LABELS.mean_image, AUC)
REAL_IMAGES = Measurement(Source.CONTROL, captions.REAL_IMAGES, "accuracy")

CLAIMS = (
    Claim(
        captions.CLAIM_NON_LINEAR_PCA,
        (
            Evidence(
                captions.EVIDENCE_MSE_30_DIMENSIONS, FOUR, of_variant("undercomplete", MSE), of_variant("pca", MSE)
            ),
            Evidence(
                captions.EVIDENCE_KNN_2_DIMENSIONS,
                THREE,
                of_sweep("undercomplete", "2.knn_accuracy"),
                of_sweep("pca", "2.knn_accuracy"),
            ),
        ),
    ),
    Claim(
        captions.CLAIM_DENOISING,
        (
            Evidence(
                captions.EVIDENCE_PSNR_CLASSICAL,
                ONE,
                of_variant("denoising_gaussian", PSNR),
                of_variant("denoising_gaussian", BASELINE_PSNR, captions.AGAINST_PCA),
            ),
            Evidence(captions.EVIDENCE_GAIN_GAUSSIAN, SIGNED, of_variant("denoising_gaussian", GAIN)),
            Evidence(captions.EVIDENCE_GAIN_SALT_PEPPER, SIGNED, of_variant("denoising_salt_pepper", GAIN)),
        ),
    ),
    Claim(
        captions.CLAIM_SUPER_RESOLUTION,
        (
            Evidence(
                captions.EVIDENCE_PSNR,
                ONE,
                of_variant("super_resolution", PSNR),
                of_variant("super_resolution", BASELINE_PSNR, captions.AGAINST_BICUBIC),
            ),
            Evidence(captions.EVIDENCE_GAIN, SIGNED, of_variant("super_resolution", GAIN)),
        ),
    ),
    Claim(
        captions.CLAIM_NO_GENERATOR,
        tuple(
            Evidence(text, ONE, of_variant(plain, path), of_variant(prior, GAUSSIAN))
            for text, plain, path, prior in (
                (captions.EVIDENCE_FRECHET, "undercomplete", GAUSSIAN, "vae"),
                (captions.EVIDENCE_SAME_CROSS_ENTROPY, "undercomplete_bce", GAUSSIAN, "vae"),
                (captions.EVIDENCE_SAME_LONGER, "undercomplete_bce", GAUSSIAN, "vae_binary"),
                (captions.EVIDENCE_FRECHET_MIXTURE, "undercomplete", MIXTURE, "vae"),
                (captions.EVIDENCE_SAME_CROSS_ENTROPY, "undercomplete_bce", MIXTURE, "vae"),
            )
        ),
    ),
    Claim(
        captions.CLAIM_CROSS_ENTROPY,
        tuple(
            Evidence(text, form, of_variant("undercomplete_bce", path), of_variant("undercomplete", path))
            for text, form, path in ((captions.EVIDENCE_SSIM, THREE, SSIM), (captions.EVIDENCE_MSE, FOUR, MSE))
        ),
    ),
    Claim(
        captions.CLAIM_CONDITIONAL,
        (
            Evidence(captions.EVIDENCE_CLASS_ACCURACY, THREE, of_variant("cvae", ACCURACY), REAL_IMAGES),
            Evidence(
                captions.EVIDENCE_CROSS_ATTENTION, THREE, of_variant("cvae_cross_attention", ACCURACY), REAL_IMAGES
            ),
            Evidence(captions.EVIDENCE_CROSS_ATTENTION_BETA, THREE, of_variant("cvae_beta", ACCURACY), REAL_IMAGES),
        ),
    ),
    Claim(
        captions.CLAIM_LARGE_CODE,
        (Evidence(captions.EVIDENCE_ROC_AUC_PCA, THREE, of_sweep("pca", "256.roc_auc"), of_sweep("pca", "8.roc_auc")),),
    ),
    Claim(
        captions.CLAIM_DETECTION,
        (
            Evidence(captions.EVIDENCE_ROC_AUC_PIXEL, THREE, of_variant("convolutional", PIXEL_AUC), MEAN_IMAGE),
            Evidence(captions.EVIDENCE_SAME, THREE, of_variant("vqvae", PIXEL_AUC), MEAN_IMAGE),
            Evidence(captions.EVIDENCE_ROC_AUC_SELECTED, THREE, of_variant("vqvae", AUC), MEAN_IMAGE),
            Evidence(captions.EVIDENCE_SAME, THREE, of_variant("masked", AUC), MEAN_IMAGE),
            Evidence(
                captions.EVIDENCE_SAME,
                THREE,
                of_variant("super_resolution", AUC),
                of_variant("super_resolution", UNTRAINED_AUC, captions.AGAINST_UNTRAINED),
            ),
            Evidence(captions.EVIDENCE_ROC_AUC_BEST, THREE, of_variant("rotated", AUC), MEAN_IMAGE),
        ),
    ),
    Claim(
        captions.CLAIM_PRETRAINING,
        (
            Evidence(
                captions.EVIDENCE_MSE_EQUAL_EPOCHS, FOUR, of_variant("stacked", MSE), of_variant("stacked_joint", MSE)
            ),
        ),
    ),
    Claim(
        captions.CLAIM_SPARSE,
        tuple(
            Evidence(text, form, of_variant("sparse", path), of_variant("sparse_kl", path))
            for text, form, path in (
                (captions.EVIDENCE_ACTIVE_UNITS, ONE, ACTIVE),
                (captions.EVIDENCE_DEAD_UNITS, WHOLE, DEAD),
            )
        ),
    ),
    Claim(
        captions.CLAIM_TIED,
        tuple(
            Evidence(text, form, of_variant("tied", path), of_variant("undercomplete", path))
            for text, form, path in ((captions.EVIDENCE_MSE, FOUR, MSE), (captions.EVIDENCE_ROC_AUC, THREE, AUC))
        ),
    ),
)


def table(results: Sequence[Result], context: ReportContext) -> str:
    """The claims as a Markdown table, without rows on variants that there are not."""
    metrics = {(Source.VARIANT, result.name): result.metrics for result in results}
    metrics |= {(Source.SWEEP, kind): sizes for kind, sizes in context.bottleneck.items()}
    metrics[Source.CONTROL, MEAN_IMAGE.name] = context.controls["mean_image"]
    metrics[Source.CONTROL, REAL_IMAGES.name] = context.reference
    rows: list[tuple[str, ...]] = []
    for claim in CLAIMS:
        present = [row for evidence in claim.evidence if (row := _row(evidence, metrics))]
        # The first row of a claim names it.
        rows += [(text, *row) for text, row in zip((claim.text, *[""] * len(present)), present, strict=False)]
    return markdown.write(captions.CLAIM_COLUMNS, ALIGNMENT, rows)


def _row(evidence: Evidence, metrics: Mapping[tuple[Source, str], Metrics]) -> tuple[str, ...] | None:
    """Texts of a row apart from the claim's; None if one of the metrics is missing."""
    texts = [evidence.text]
    for measurement in (evidence.measured, evidence.compared):
        if measurement is None:
            texts += ["", ""]
            continue
        source = metrics.get((measurement.source, measurement.name), Metrics({}))
        if measurement.path not in source:
            return None
        column = Column("", "", measurement.path, evidence.form, interval=True)
        texts += [markdown.cell_text(cell(column, source)), _title(measurement)]
    return tuple(texts)


def _title(measurement: Measurement) -> str:
    """What the table calls the variant or the control."""
    name = measurement.name if measurement.source is Source.CONTROL else f"`{measurement.name}`"
    return measurement.title or name
