"""Size of the decoder: does a decoder of dense layers need more parameters for the same error?

One encoder, and decoders of two kinds in several sizes:

    dense        linear layers with GELU up to the pixels
    transposed   two linear layers up to small maps, then transposed convolutions

A dense layer before the pixels has a weight for every pair of unit and pixel. A transposed convolution has one small
kernel for all places. The kinds are compared at equal error, seed by seed: the lowest validation error that both reach,
and the parameters with which each kind reaches it. Between two sizes the logarithm of the parameters is interpolated,
so that the ratio does not depend on which sizes were tried.

Source: lecture 156, "Errores comunes": Conv2DTranspose instead of Dense.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import numpy as np
import torch
from pydantic import Field, PositiveInt
from torch import nn

from hourglass.core.params import Settings as Group
from hourglass.experiments.common.context import Context, Measurements, over_seeds
from hourglass.experiments.common.networks import mse, parameters, train, untrained
from hourglass.experiments.common.settings import ExperimentSettings
from hourglass.models.networks import ConvolutionalDecoder, dense_decoder


class Transposed(Group):
    """A convolutional decoder: channels of the maps, the largest map first, and width of the dense layer."""

    channels: Annotated[list[PositiveInt], Field(min_length=1)]
    hidden: PositiveInt


class Settings(ExperimentSettings):
    """Beside what all experiments state. dense: hidden widths of each dense decoder, encoder's order."""

    dense: Annotated[list[list[PositiveInt]], Field(min_length=1)]
    transposed: Annotated[list[Transposed], Field(min_length=1)]


@dataclass(frozen=True)
class Size:
    """One decoder: its parameters, and the errors with it, one per seed, on validation and on test images."""

    parameters: int
    validation_mse: Sequence[float]
    mse: Sequence[float]


def obstacle(settings: Settings, context: Context) -> str | None:
    """Applies to all images."""
    return None


def run(settings: Settings, context: Context) -> Measurements:
    """Train with each decoder, smallest first, and compare the two kinds at equal error."""
    shape, latent = context.train.image_shape, int(settings.network["latent_dim"])
    dense = [partial(dense_decoder, shape, widths, latent) for widths in settings.dense]
    transposed = [partial(ConvolutionalDecoder, shape, one.channels, one.hidden, latent) for one in settings.transposed]
    kinds: Mapping[str, Sequence[Callable[[], nn.Module]]] = {"dense": dense, "transposed": transposed}
    sizes = {
        kind: sorted((_measured(settings, context, one) for one in built), key=lambda size: size.parameters)
        for kind, built in kinds.items()
    }
    equal = [
        at_equal_error(*([(size.parameters, size.validation_mse[seed]) for size in group] for group in sizes.values()))
        for seed in range(settings.seeds)
    ]
    metrics: dict[str, object] = {
        kind: {str(number): _over_seeds(size) for number, size in enumerate(group)} for kind, group in sizes.items()
    }
    return Measurements(
        {**metrics, "equal_error": {name: over_seeds([one[name] for one in equal]) for name in equal[0]}}
    )


def at_equal_error(dense: Sequence[tuple[int, float]], transposed: Sequence[tuple[int, float]]) -> dict[str, float]:
    """`error` that both kinds reach, `dense` and `transposed` parameters for it, and their `ratio`.

    dense, transposed: parameters, in rising order, and error of each size.
    """
    error = max(min(error for _, error in sizes) for sizes in (dense, transposed))
    needed = [_parameters_for(error, sizes) for sizes in (dense, transposed)]
    return {"error": error, "dense": needed[0], "transposed": needed[1], "ratio": needed[0] / needed[1]}


def _parameters_for(error: float, sizes: Sequence[tuple[int, float]]) -> float:
    """Parameters of the first size that reaches the error, or between it and the size before, by interpolation."""
    last = next(number for number, (_, reached) in enumerate(sizes) if reached <= error)
    ends = sizes[max(0, last - 1) : last + 1][::-1]
    return float(np.exp(np.interp(error, [reached for _, reached in ends], [np.log(count) for count, _ in ends])))


def _over_seeds(size: Size) -> dict[str, object]:
    return {
        "parameters": size.parameters,
        "validation_mse": over_seeds(size.validation_mse),
        "mse": over_seeds(size.mse),
    }


def _measured(settings: Settings, context: Context, build_decoder: Callable[[], nn.Module]) -> Size:
    validated, tested, count = [], [], 0
    for seed in context.seeds(settings.seeds):
        model = untrained(settings, context, seed)
        torch.manual_seed(seed)
        model.decoder = build_decoder()
        count = parameters(model.decoder)
        train(model, settings, context, seed)
        validated.append(mse(model, context.validation))
        tested.append(mse(model, context.test))
    return Size(count, validated, tested)
