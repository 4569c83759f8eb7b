"""Sharpness: does squared error blur, and do cross-entropy or a loss on edges keep more detail?

The same network is trained with three losses. Each is measured by the error, by structural similarity, and by the
edges that its reconstructions keep, as a share of the image's own.

    mse        squared error, summed over pixels
    bce        binary cross-entropy, summed over pixels
    gradient   squared error + weight * |differences between neighbouring pixels - those of the image|

The lecture names a perceptual loss as the other remedy. Those compare features of a network that was trained on other
images; the gradient difference needs none.

Source: lecture 156, "Errores comunes"; Mathieu et al. (2016), "Deep multi-scale video prediction beyond mean square
error".
"""

from collections.abc import Mapping

from pydantic import PositiveFloat
from torch import Tensor

from hourglass.data.imageset import to_unit
from hourglass.experiments.common.context import Context, Measurements, over_seeds
from hourglass.experiments.common.edges import edges_kept, gradient_difference
from hourglass.experiments.common.networks import (
    Distance,
    Objective,
    cross_entropy,
    quality,
    reconstructions,
    squared_error,
    train,
    untrained,
)
from hourglass.experiments.common.settings import ExperimentSettings
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.losses import Loss


class Settings(ExperimentSettings):
    """Beside what all experiments state. weight: of the gradient difference beside the squared error."""

    weight: PositiveFloat


def obstacle(settings: Settings, context: Context) -> str | None:
    """Structural similarity has windows of seven pixels."""
    return None if min(context.train.image_shape[1:]) >= 7 else "images need at least 7 pixels a side"


def run(settings: Settings, context: Context) -> Measurements:
    """Train with each loss; examples are the originals and the first training's reconstructions."""

    def with_edges(decoded: Tensor, x: Tensor) -> Tensor:
        return squared_error(decoded, x) + settings.weight * gradient_difference(decoded, x)

    losses: Mapping[str, tuple[Loss, Distance]] = {
        "mse": ("mse", squared_error),
        "bce": ("bce", cross_entropy),
        "gradient": ("mse", with_edges),
    }
    shown = context.test.one_per_class()
    metrics, examples = {}, {"originals": to_unit(shown[:])}
    for name, (kind, distance) in losses.items():
        models = [_trained(settings, context, kind, distance, seed) for seed in context.seeds(settings.seeds)]
        metrics[name] = _measured(models, context)
        examples[name] = reconstructions(models[0], shown)
    return Measurements(metrics, examples)


def _trained(settings: Settings, context: Context, kind: Loss, distance: Distance, seed: int) -> Autoencoder:
    model = untrained(settings, context, seed, loss=kind)
    train(Objective(model, distance), settings, context, seed)
    return model.eval()


def _measured(models: list[Autoencoder], context: Context) -> dict[str, object]:
    runs = [{**quality(model, context.test), "edges_kept": edges_kept(model, context.test)} for model in models]
    return {name: over_seeds([one[name] for one in runs]) for name in ("mse", "bce", "ssim", "edges_kept")}
