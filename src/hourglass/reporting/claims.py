"""The lectures' claims as a table: a metric of one variant beside what it is compared with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hourglass.core.metrics import Metrics
from hourglass.reporting.columns import FOUR, ONE, THREE
from hourglass.reporting.results import Common, Result

MSE, SSIM = "evaluate.reconstruction.mse", "evaluate.reconstruction.ssim"
RESTORATION, GENERATION = "evaluate.restoration", "evaluate.generation"
GAUSSIAN, MIXTURE = f"{GENERATION}.frechet", f"{GENERATION}.frechet_mixture"
ACCURACY, AUC = f"{GENERATION}.conditional_accuracy", "detect.roc_auc"
# What else than a variant can be compared.
MEAN_IMAGE, REAL_IMAGES, SWEEP = "mean image", "real images", "sweep"
GAIN = "{:+.1f}".format
HEADER = ("claim", "metric", "measured", "", "compared with", "")


@dataclass(frozen=True)
class Claim:
    """A row.

    measured, compared: name of a variant (or of what else there is) and path of the metric.
    compared_name: whose the second metric is, if the variant's name does not say it.
    """

    text: str
    metric: str
    form: Callable[[float], str]
    measured: tuple[str, str]
    compared: tuple[str, str] | None = None
    compared_name: str = ""


CLAIMS = (
    Claim(
        *("An autoencoder is a non-linear PCA", "MSE, 30 latent dimensions", FOUR),
        *(("undercomplete", MSE), ("pca", MSE)),
    ),
    Claim(
        *("", "kNN accuracy in the sweep, 2 latent dimensions", THREE),
        *((SWEEP, "undercomplete.2.knn_accuracy"), (SWEEP, "pca.2.knn_accuracy")),
    ),
    Claim(
        *("Autoencoders remove noise", "PSNR, against the best classical method", ONE),
        *(("denoising_gaussian", f"{RESTORATION}.psnr"), ("denoising_gaussian", f"{RESTORATION}.baseline_psnr")),
        "PCA",
    ),
    Claim("", "gain in dB, Gaussian noise", GAIN, ("denoising_gaussian", f"{RESTORATION}.gain")),
    Claim("", "gain in dB, salt-and-pepper noise", GAIN, ("denoising_salt_pepper", f"{RESTORATION}.gain")),
    Claim(
        *("Autoencoders raise resolution", "PSNR", ONE),
        *(("super_resolution", f"{RESTORATION}.psnr"), ("super_resolution", f"{RESTORATION}.baseline_psnr")),
        "bicubic",
    ),
    Claim("", "gain in dB", GAIN, ("super_resolution", f"{RESTORATION}.gain")),
    Claim(
        *("A plain autoencoder is no generator", "Fréchet distance, Gaussian or prior", ONE),
        *(("undercomplete", GAUSSIAN), ("vae", GAUSSIAN)),
    ),
    Claim("", "the same, trained with cross-entropy", ONE, ("undercomplete_bce", GAUSSIAN), ("vae", GAUSSIAN)),
    Claim("", "the same, longer training", ONE, ("undercomplete_bce", GAUSSIAN), ("vae_binary", GAUSSIAN)),
    Claim("", "Fréchet distance, mixture or prior", ONE, ("undercomplete", MIXTURE), ("vae", GAUSSIAN)),
    Claim("", "the same, trained with cross-entropy", ONE, ("undercomplete_bce", MIXTURE), ("vae", GAUSSIAN)),
    Claim(
        *("Cross-entropy keeps details that squared error loses", "SSIM", THREE),
        *(("undercomplete_bce", SSIM), ("undercomplete", SSIM)),
    ),
    Claim("", "MSE", FOUR, ("undercomplete_bce", MSE), ("undercomplete", MSE)),
    Claim(
        *("A CVAE draws the class it is given", "class accuracy of samples", THREE),
        *(("cvae", ACCURACY), (REAL_IMAGES, "accuracy")),
    ),
    Claim("", "with cross-attention", THREE, ("cvae_cross_attention", ACCURACY), (REAL_IMAGES, "accuracy")),
    Claim("", "with cross-attention and beta 4", THREE, ("cvae_beta", ACCURACY), (REAL_IMAGES, "accuracy")),
    Claim(
        *("What if the latent space were very large?", "ROC-AUC of PCA, 256 and 8 latent dimensions", THREE),
        *((SWEEP, "pca.256.roc_auc"), (SWEEP, "pca.8.roc_auc")),
    ),
    Claim(
        *("Reconstruction error detects anomalies", "ROC-AUC, pixel error", THREE),
        *(("convolutional", "detect.by_scorer.pixel.roc_auc"), (MEAN_IMAGE, AUC)),
    ),
    Claim("", "the same", THREE, ("vqvae", "detect.by_scorer.pixel.roc_auc"), (MEAN_IMAGE, AUC)),
    Claim("", "ROC-AUC, selected scorers", THREE, ("vqvae", AUC), (MEAN_IMAGE, AUC)),
    Claim("", "the same", THREE, ("masked", AUC), (MEAN_IMAGE, AUC)),
    Claim(
        *("", "the same", THREE),
        *(("super_resolution", AUC), ("super_resolution", "detect.untrained.roc_auc")),
        "its untrained network",
    ),
    Claim("", "ROC-AUC of the best detector", THREE, ("rotated", AUC), (MEAN_IMAGE, AUC)),
    Claim("Pretraining layer by layer helps", "MSE, equal epochs", FOUR, ("stacked", MSE), ("stacked_joint", MSE)),
    Claim(
        *("An L1 penalty of 1e-3 leaves few units active", "active units per image, of 256", ONE),
        *(("sparse", "evaluate.sparsity.active_units"), ("sparse_kl", "evaluate.sparsity.active_units")),
    ),
    Claim(
        *("", "units that no test image activates", "{:.0f}".format),
        *(("sparse", "evaluate.sparsity.dead_units"), ("sparse_kl", "evaluate.sparsity.dead_units")),
    ),
    Claim("Tied weights halve the parameters at little loss", "MSE", FOUR, ("tied", MSE), ("undercomplete", MSE)),
    Claim("", "ROC-AUC", THREE, ("tied", AUC), ("undercomplete", AUC)),
)


def markdown(results: Sequence[Result], common: Common) -> str:
    """The claims as a Markdown table, without those on variants that there are not."""
    sources = {result.name: result.metrics for result in results}
    sources |= {MEAN_IMAGE: common.controls["mean_image"], REAL_IMAGES: common.reference, SWEEP: common.bottleneck}
    lines: list[tuple[str, ...]] = [HEADER, ("---", "---", "---:", "---", "---:", "---")]
    claim_of_row, shown = "", ""
    for claim in CLAIMS:
        claim_of_row = claim.text or claim_of_row
        measured, compared = (_end(claim, end, sources) for end in (claim.measured, claim.compared))
        if measured and compared:
            value, name = compared
            row = (claim.metric, *measured, value, claim.compared_name or name)
            lines.append(("" if claim_of_row == shown else claim_of_row, *row))
            shown = claim_of_row
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _end(claim: Claim, end: tuple[str, str] | None, sources: Mapping[str, Metrics]) -> tuple[str, str] | None:
    """Text of a metric with its interval, and whose it is; empty for no end, None if there is no such metric."""
    if end is None:
        return "", ""
    source, path = end
    if source not in sources or path not in sources[source]:
        return None
    interval = sources[source].interval(path)
    shown = f" [{', '.join(map(claim.form, interval))}]" if interval else ""
    name = path.partition(".")[0] if source == SWEEP else source
    return claim.form(sources[source].number(path)) + shown, name if name in (MEAN_IMAGE, REAL_IMAGES) else f"`{name}`"
