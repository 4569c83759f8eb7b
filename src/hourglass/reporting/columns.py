"""The columns of all tables: where each metric stands and how it is written. Their texts are in captions.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from hourglass.reporting import captions
from hourglass.reporting.benchmark import MEAN, T_SHIRT, T_SHIRT_VS_SHIRT
from hourglass.reporting.captions import Heading
from hourglass.reporting.language import number, say
from hourglass.reporting.verdicts import untrained


def _form(spec: str) -> Callable[[Any], str]:
    return partial(number, spec=spec)


WHOLE, ROUNDED = _form(","), _form(",.0f")
ONE, GAIN, THREE, FOUR = _form(".1f"), _form("+.2f"), _form(".3f"), _form(".4f")


@dataclass(frozen=True)
class Column:
    """A metric of a table.

    heading: its title, and what it measures. path: where it stands, as in core/metrics.py. form: the metric as text.
    better: which end is best, "max" or "min", or None. interval: whether its 95% interval is shown. std: whether its
    standard deviation over trainings is shown, where it was measured; it stands at `path` with _std.
    """

    heading: Heading
    path: str
    form: Callable[[Any], str]
    better: str | None = None
    interval: bool = False
    std: bool = False

    @property
    def title(self) -> str:
        """The title in the language of the report."""
        return self.heading.said()[0]

    @property
    def hint(self) -> str:
        """What it measures, in the language of the report."""
        return self.heading.said()[1]


def untrained_column(column: Column) -> Column:
    """The same metric of the network before training, without a best."""
    heading = captions.COLUMN_UNTRAINED.format(title=column.heading.title)
    return replace(column, heading=heading, path=untrained(column.path), better=None, interval=False, std=False)


def measured(heading: Heading, path: str, form: Callable[[Any], str], better: str | None = None) -> Column:
    """A metric that is shown with its 95% interval and its standard deviation over trainings."""
    return Column(heading, path, form, better, interval=True, std=True)


def ranking(methods: Mapping[str, Mapping[str, float]]) -> str:
    """Names and PSNR of classical methods, best first, as text."""
    ordered = sorted(methods.items(), key=lambda method: -method[1]["psnr"])
    return " · ".join(f"{name.replace('_', ' ')} {ONE(metrics['psnr'])}" for name, metrics in ordered)


def weighted(weights: Mapping[str, float]) -> str:
    """Names and weights of scorers in percent, the heaviest first, as text."""
    ordered = sorted(weights.items(), key=lambda scorer: -scorer[1])
    return " · ".join(f"{name} {number(weight, '.0%')}" for name, weight in ordered)


def probe_at(labels: int) -> Column:
    """Accuracy of a linear classifier fitted on so many labelled images per class."""
    heading = captions.COLUMN_PROBE_AT.format(labels=labels)
    return measured(heading, f"evaluate.representation.probe_accuracy_{labels}", THREE, "max")


LATENT_DIM = Column(captions.COLUMN_LATENT_DIM, "evaluate.latent_dim", WHOLE)
SIZE = Column(captions.COLUMN_PARAMETERS, "evaluate.parameters", WHOLE)
MSE = measured(captions.COLUMN_MSE, "evaluate.reconstruction.mse", FOUR, "min")
SSIM = Column(captions.COLUMN_SSIM, "evaluate.reconstruction.ssim", THREE, "max", std=True)
KNN = measured(captions.COLUMN_KNN, "evaluate.representation.knn_accuracy", THREE, "max")
ROC_AUC = measured(captions.COLUMN_ROC_AUC, "detect.roc_auc", THREE, "max")

COMPRESS = (
    LATENT_DIM,
    SIZE,
    MSE,
    measured(captions.COLUMN_VALIDATION_MSE, "evaluate.reconstruction.validation_mse", FOUR, "min"),
    Column(captions.COLUMN_PSNR, "evaluate.reconstruction.psnr", ONE, "max", std=True),
    SSIM,
    Column(captions.COLUMN_BYTES, "evaluate.compression.bytes_per_image", ROUNDED, "min", std=True),
    Column(captions.COLUMN_WEBP_BYTES, "evaluate.compression.webp_bytes", ROUNDED),
)

RESTORATION_GAIN = measured(captions.COLUMN_GAIN, "evaluate.restoration.gain", GAIN, "max")
RESTORE = (
    measured(captions.COLUMN_RESTORED_PSNR, "evaluate.restoration.psnr", ONE),
    measured(captions.COLUMN_RESTORED_SSIM, "evaluate.restoration.ssim", THREE),
    Column(captions.COLUMN_INPUT_PSNR, "evaluate.restoration.input_psnr", ONE),
    RESTORATION_GAIN,
    Column(captions.COLUMN_CLASSICAL, "evaluate.restoration.baselines", ranking),
)

PROBE = measured(captions.COLUMN_PROBE, "evaluate.representation.probe_accuracy", THREE, "max")
ORGANISE = (
    LATENT_DIM,
    KNN,
    untrained_column(KNN),
    PROBE,
    measured(captions.COLUMN_DRAWN_PROBE, "evaluate.representation.drawn_probe_accuracy", THREE),
    measured(captions.COLUMN_RESIDUAL_PROBE, "evaluate.representation.residual_probe_accuracy", THREE),
    *(probe_at(labels) for labels in (10, 100, 1000)),
    Column(captions.COLUMN_SILHOUETTE, "evaluate.representation.silhouette", THREE, "max", std=True),
    Column(captions.COLUMN_TRUSTWORTHINESS, "evaluate.representation.trustworthiness", THREE, "max", std=True),
)

FRECHET = measured(captions.COLUMN_FRECHET, "evaluate.generation.frechet", ONE, "min")
FRECHET_MIXTURE = measured(captions.COLUMN_FRECHET_MIXTURE, "evaluate.generation.frechet_mixture", ONE, "min")
LIKELIHOOD = measured(captions.COLUMN_LIKELIHOOD, "evaluate.likelihood.iwae_nats", ONE, "min")
GENERATE = (
    LATENT_DIM,
    FRECHET,
    FRECHET_MIXTURE,
    measured(captions.COLUMN_CLASS_ACCURACY, "evaluate.generation.conditional_accuracy", THREE, "max"),
    measured(captions.COLUMN_REALISM, "evaluate.generation.interpolation_realism", THREE),
    LIKELIHOOD,
)

FALSE_ALARMS = Column(captions.COLUMN_FALSE_ALARMS, "detect.false_alarm_rate", THREE, std=True)
LOCALISATION = Column(captions.COLUMN_LOCALISATION, "detect.localisation.mean", THREE, "max", std=True)
DETECT = (
    ROC_AUC,
    untrained_column(ROC_AUC),
    Column(captions.COLUMN_AVERAGE_PRECISION, "detect.average_precision", THREE, "max", std=True),
    Column(captions.COLUMN_FPR_AT_95, "detect.fpr_at_95_tpr", THREE, "min", std=True),
    Column(captions.COLUMN_DETECTED, "detect.true_positive_rate", THREE, "max", std=True),
    FALSE_ALARMS,
    LOCALISATION,
    Column(captions.COLUMN_PIXEL_ROC_AUC, "detect.localisation.masks.pixel_roc_auc", THREE, "max", std=True),
    Column(captions.COLUMN_AUPRO, "detect.localisation.masks.aupro", THREE, "max", std=True),
)
DETECTOR = (
    Column(captions.COLUMN_SCORERS, "detect.weights", weighted),
    Column(captions.COLUMN_NETWORKS, "detect.networks", WHOLE),
)
CODEBOOK = (
    Column(captions.COLUMN_PERPLEXITY, "evaluate.codebook.perplexity", ONE),
    Column(captions.COLUMN_DEAD_CODES, "evaluate.codebook.dead_codes", WHOLE),
)
SPARSITY = (
    Column(captions.COLUMN_ACTIVE_UNITS, "evaluate.sparsity.active_units", ONE),
    Column(captions.COLUMN_DEAD_UNITS, "evaluate.sparsity.dead_units", ROUNDED),
)

# Title, a text -> columns of the metrics of one variant.
GALLERY = {
    captions.GROUP_RECONSTRUCTION: COMPRESS,
    captions.GROUP_RESTORATION: RESTORE,
    captions.GROUP_REPRESENTATION: ORGANISE[1:],
    captions.GROUP_GENERATION: GENERATE[1:],
    captions.GROUP_CODEBOOK: CODEBOOK,
    captions.GROUP_SPARSITY: SPARSITY,
    captions.GROUP_DETECTION: (*DETECT, *DETECTOR),
}

# A method of the benchmark; paths as `tables.of_benchmark` builds them.
BENCHMARK = (
    Column(captions.COLUMN_T_SHIRT, T_SHIRT, THREE, "max", std=True),
    Column(captions.COLUMN_TEN_CLASS_MEAN, MEAN, THREE, "max", std=True),
    Column(captions.COLUMN_T_SHIRT_VS_SHIRT, T_SHIRT_VS_SHIRT, THREE, "max"),
    Column(captions.COLUMN_TRAINING, "train_seconds", ONE, "min"),
    Column(captions.COLUMN_SPEED, "images_per_second", ROUNDED, "max"),
)


def contaminated(share: float, key: str) -> Column:
    """The ROC-AUC at `key` of a method with a share of anomalies among its training images."""
    metric, name = say(captions.CONTAMINATED_METRICS[key]), say(captions.BENCHMARK_METRICS[key])
    heading = captions.COLUMN_CONTAMINATED.format(share=share, metric=metric, name=name)
    return Column(heading, f"{contaminated_path(share)}.{key}", THREE, "max", std=True)


def contaminated_path(share: float) -> str:
    """Where scores with a share of anomalies stand; no dot in the share, since a dot parts paths."""
    return f"contaminated_{share:g}".replace(".", "_")


# The tables of docs/results.md and of the README, which has room for one interval.
RESULTS = (LATENT_DIM, SIZE, MSE, SSIM, KNN, ROC_AUC, untrained_column(ROC_AUC))
SUMMARY = (LATENT_DIM, *(replace(column, interval=False, std=False) for column in (MSE, KNN, FRECHET)), ROC_AUC)
