"""Building blocks shared by the variants.

Convolutions keep channels last in memory: the CPU's kernels for them are up to a seventh faster here.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from hourglass.models.autoencoder import Shape


def dense(widths: Sequence[int]) -> nn.Sequential:
    """Linear layers of the given widths, input first, with GELU between them and none at the end."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.GELU()]
    return nn.Sequential(*layers[:-1])


def dense_encoder(image_shape: Shape, hidden: Sequence[int], outputs: int) -> nn.Sequential:
    """Images (B, C, H, W) -> (B, outputs), through hidden layers of the given widths."""
    return nn.Sequential(nn.Flatten(), dense([math.prod(image_shape), *hidden, outputs]))


def dense_decoder(image_shape: Shape, hidden: Sequence[int], inputs: int) -> nn.Sequential:
    """(B, inputs) -> images (B, C, H, W), through the encoder's hidden widths in reverse."""
    return nn.Sequential(dense([inputs, *reversed(hidden), math.prod(image_shape)]), nn.Unflatten(1, image_shape))


class ConvolutionalEncoder(nn.Module):
    """Strided 3x3 convolutions, each halving height and width (rounding up), then dense layers."""

    def __init__(self, image_shape: Shape, channels: Sequence[int], hidden: int, outputs: int) -> None:
        super().__init__()
        self.convolutions = halvings(image_shape, channels)
        self.head = dense([math.prod(map_shapes(image_shape, channels)[-1]), hidden, outputs])

    def forward(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W) -> (B, outputs)."""
        return self.head(self.convolutions(x).flatten(1))


class ConvolutionalDecoder(nn.Module):
    """The encoder's mirror: dense layers, then transposed convolutions that retrace its map sizes exactly."""

    def __init__(self, image_shape: Shape, channels: Sequence[int], hidden: int, inputs: int) -> None:
        super().__init__()
        smallest = map_shapes(image_shape, channels)[-1]
        self.head = nn.Sequential(dense([inputs, hidden, math.prod(smallest)]), nn.GELU(), nn.Unflatten(1, smallest))
        self.convolutions = doublings(image_shape, channels)

    def forward(self, z: Tensor) -> Tensor:
        """(B, inputs) -> images (B, C, H, W)."""
        return self.convolutions(self.head(z))


def halvings(image_shape: Shape, channels: Sequence[int]) -> nn.Sequential:
    """Images (B, C, H, W) -> maps of the last of `channels`: 3x3 convolutions of stride 2, each followed by GELU."""
    layers: list[nn.Module] = []
    for inputs, width in zip((image_shape[0], *channels), channels, strict=False):
        layers += [nn.Conv2d(inputs, width, 3, stride=2, padding=1), nn.GELU()]
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)


def doublings(image_shape: Shape, channels: Sequence[int]) -> nn.Sequential:
    """Maps of the last of `channels` -> images (B, C, H, W): the way of `halvings` back, with no GELU at the end.

    Every place of a map becomes four of the next: windows of 2x2 that do not overlap. They need a seventh less time
    than windows of 3x3; `convolutional` is as good with them, the denoising variants train longer (docs/lab-notes.md).
    """
    layers: list[nn.Module] = []
    for small, large in pairwise(map_shapes(image_shape, channels)[::-1]):
        # Halving rounds up: where it did, windows of 3 with a margin of 1 lead back to the odd size.
        odd = (large[1] % 2, large[2] % 2)
        window = (2 + odd[0], 2 + odd[1])
        layers += [nn.ConvTranspose2d(small[0], large[0], window, stride=2, padding=odd), nn.GELU()]
    return nn.Sequential(*layers[:-1]).to(memory_format=torch.channels_last)


def map_shapes(image_shape: Shape, channels: Sequence[int]) -> list[Shape]:
    """(channels, height, width) of the image and of each map after it, when every convolution halves the sides."""
    shapes = [image_shape]
    for width in channels:
        _, height, breadth = shapes[-1]
        shapes.append((width, math.ceil(height / 2), math.ceil(breadth / 2)))
    return shapes
