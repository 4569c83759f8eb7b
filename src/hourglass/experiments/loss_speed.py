"""Loss and speed: does cross-entropy give larger gradients than squared error, and does the error fall faster?

The same network, with the same first weights, the same images in the same order, is trained with three losses:

    bce           binary cross-entropy; the decoder's outputs are logits
    mse_sigmoid   squared error of sigmoid(outputs), as the lecture writes it: its gradient has the factor sigma'
    mse           squared error of the outputs themselves, as the variants here do

The lecture takes the mean over pixels. So gradients are those of means, over all weights, before training. Two ways of
training follow: the project's own loop, AdamW with a one-cycle schedule, which divides a gradient by its usual size,
without clipping; and the lecture's descent, W - mu dL/dW, at the same mu for each loss. The error is always the squared
error per pixel on validation images.

Source: lecture "Autoencoder Clásico / Autoencoder Variacional", section 2.2.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from pydantic import PositiveFloat, PositiveInt
from torch import Tensor

from hourglass.core.metrics import Estimate
from hourglass.experiments.common.context import Context, Measurements, over_seeds
from hourglass.experiments.common.networks import Distance, Objective, cross_entropy, squared_error, train, untrained
from hourglass.experiments.common.settings import ExperimentSettings

# Images whose error is measured again and again, and whose loss gradients are compared.
WATCHED, COMPARED = 200, 1_000
# The part of the steps after which the error counts as early.
EARLY = 8


class Settings(ExperimentSettings):
    """Beside what all experiments state.

    every: gradient steps between two measurements of the error.
    target: error that counts as low, as a share of the error of the mean image.
    rate, descent_steps: learning rate and steps of plain gradient descent.
    """

    every: PositiveInt
    target: PositiveFloat
    rate: PositiveFloat
    descent_steps: PositiveInt


@dataclass(frozen=True)
class Loss:
    """distance: what is minimised. means: the decoder's outputs -> images."""

    distance: Distance
    means: Callable[[Tensor], Tensor]


LOSSES = {
    "bce": Loss(cross_entropy, torch.sigmoid),
    "mse_sigmoid": Loss(lambda decoded, x: squared_error(decoded.sigmoid(), x), torch.sigmoid),
    "mse": Loss(squared_error, lambda decoded: decoded),
}


@dataclass(frozen=True)
class LossMetrics:
    """What one loss comes to.

    gradient: length of the gradient before training.
    steps_to_target: steps until the error is at most the target; all steps where it never is.
    error_early, error: after an eighth of the steps, and at the end.
    descent_error: after plain gradient descent; None where that diverged.
    """

    gradient: Estimate
    steps_to_target: Estimate
    error_early: Estimate
    error: Estimate
    descent_error: Estimate | None


class Watched(Objective):
    """A network whose error is measured between gradient steps; `errors` are those so far."""

    def __init__(self, settings: Settings, context: Context, loss: Loss, seed: int) -> None:
        super().__init__(untrained(settings, context, seed), loss.distance)
        self.means, self.every, self.steps = loss.means, settings.every, 0
        self.images = context.validation.first(WATCHED).batch(slice(None))[0]
        self.errors: list[float] = []

    def loss(self, x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        """The loss; in training also counts the step, and measures the error where one is due."""
        if self.training:
            if self.steps % self.every == 0:
                self.errors.append(self.error())
            self.steps += 1
        return super().loss(x, y, generator)

    @torch.no_grad()
    def error(self) -> float:
        """Mean squared error per pixel on the watched images."""
        rebuilt = self.means(self.network.decode(self.network.encode(self.images)))
        return float((rebuilt - self.images).square().mean())


def obstacle(settings: Settings, context: Context) -> str | None:
    """Applies to all images."""
    return None


def run(settings: Settings, context: Context) -> Measurements:
    """Measure with each loss; examples are the mean errors, step by step."""
    target = settings.target * _mean_image_error(context)
    metrics: dict[str, object] = {"target": target}
    curves = {}
    for name, loss in LOSSES.items():
        errors = [_curve(settings, context, loss, seed) for seed in context.seeds(settings.seeds)]
        metrics[name] = _measured(settings, context, loss, errors, target)
        curves[name] = np.mean(errors, axis=0)
    return Measurements(metrics, {"steps": np.arange(len(curves["bce"])) * settings.every, **curves})


def _measured(
    settings: Settings, context: Context, loss: Loss, errors: Sequence[Sequence[float]], target: float
) -> LossMetrics:
    return LossMetrics(
        gradient=over_seeds([_gradient(settings, context, loss, seed) for seed in context.seeds(settings.seeds)]),
        steps_to_target=over_seeds([_first_below(curve, target) * settings.every for curve in errors]),
        error_early=over_seeds([curve[len(curve) // EARLY] for curve in errors]),
        error=over_seeds([curve[-1] for curve in errors]),
        descent_error=_descents(settings, context, loss),
    )


def _curve(settings: Settings, context: Context, loss: Loss, seed: int) -> list[float]:
    """Errors before the first step and after every few, and at the end, with the project's training loop."""
    model = Watched(settings, context, loss, seed)
    train(model, settings, context, seed)
    return [*model.errors, model.error()]


def _gradient(settings: Settings, context: Context, loss: Loss, seed: int) -> float:
    """Length of the gradient of the mean loss per pixel before training, over all weights."""
    model = Objective(untrained(settings, context, seed), loss.distance)
    x, _ = context.train.first(COMPARED).batch(slice(None))
    (model.loss(x, None, torch.Generator())["reconstruction"].mean() / x[0].numel()).backward()
    return math.sqrt(sum(float(weight.grad.square().sum()) for weight in model.parameters() if weight.grad is not None))


def _descents(settings: Settings, context: Context, loss: Loss) -> Estimate | None:
    """Error after plain gradient descent; None where it diverged."""
    errors = [_descent(settings, context, loss, seed) for seed in context.seeds(settings.seeds)]
    return over_seeds(errors) if all(map(math.isfinite, errors)) else None


def _descent(settings: Settings, context: Context, loss: Loss, seed: int) -> float:
    model = Watched(settings, context, loss, seed).eval()  # so that no error is measured on the way
    optimizer = torch.optim.SGD(model.parameters(), settings.rate)
    generator = torch.Generator().manual_seed(seed)
    images = context.train.first(settings.images)
    for _ in range(settings.descent_steps):
        rows = torch.randint(len(images), (settings.train.batch_size,), generator=generator)
        x, _ = images.batch(rows.numpy())
        optimizer.zero_grad()
        (model.loss(x, None, generator)["reconstruction"].mean() / x[0].numel()).backward()
        optimizer.step()
    return model.error()


def _mean_image_error(context: Context) -> float:
    return float(context.validation.squared_differences(context.train.mean_image()).mean())


def _first_below(curve: Sequence[float], target: float) -> int:
    """The first place where the error is at most the target; the last place if it never is."""
    return next((at for at, error in enumerate(curve) if error <= target), len(curve) - 1)
