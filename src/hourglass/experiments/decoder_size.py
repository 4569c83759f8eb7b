"""Size of the decoder: does a decoder of dense layers need more parameters for the same error?

One convolutional encoder, and decoders of two kinds in several sizes:

    dense        linear layers with GELU up to the pixels
    transposed   two linear layers up to small maps, then transposed convolutions

A dense layer before the pixels has a weight for every pair of unit and pixel. A transposed convolution has one small
kernel for all places. The kinds are compared at equal error: the lowest validation error that both reach, and the
smallest decoder of each kind that reaches it.

Source: lecture 156, "Errores comunes": Conv2DTranspose instead of Dense.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import torch
from pydantic import Field, PositiveInt
from torch import nn

from hourglass.core.metrics import Estimate
from hourglass.core.params import Settings as Group
from hourglass.experiments.common.context import Context, Found, over_seeds
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
    """One decoder: its parameters, and the error with it, on validation and on test images."""

    parameters: int
    validation_mse: Estimate
    mse: Estimate


def obstacle(settings: Settings, context: Context) -> str | None:
    """Applies to all images."""
    return None


def run(settings: Settings, context: Context) -> Found:
    """Train with each decoder, smallest first, and compare the two kinds at equal error."""
    shape, latent = context.train.image_shape, int(settings.network["latent_dim"])
    dense = [partial(dense_decoder, shape, widths, latent) for widths in settings.dense]
    transposed = [partial(ConvolutionalDecoder, shape, one.channels, one.hidden, latent) for one in settings.transposed]
    kinds: Mapping[str, Sequence[Callable[[], nn.Module]]] = {"dense": dense, "transposed": transposed}
    sizes = {
        kind: sorted((_measured(settings, context, one) for one in built), key=lambda size: size.parameters)
        for kind, built in kinds.items()
    }
    metrics: dict[str, object] = {
        kind: {str(number): size for number, size in enumerate(found)} for kind, found in sizes.items()
    }
    return Found({**metrics, "equal_error": at_equal_error(sizes["dense"], sizes["transposed"])})


def at_equal_error(dense: list[Size], transposed: list[Size]) -> dict[str, float]:
    """`error` that both kinds reach on validation images, `dense` and `transposed` parameters for it, their `ratio`."""
    error = max(min(size.validation_mse.value for size in sizes) for sizes in (dense, transposed))
    least = [
        min(size.parameters for size in sizes if size.validation_mse.value <= error) for sizes in (dense, transposed)
    ]
    return {"error": error, "dense": least[0], "transposed": least[1], "ratio": least[0] / least[1]}


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
    return Size(count, over_seeds(validated), over_seeds(tested))
