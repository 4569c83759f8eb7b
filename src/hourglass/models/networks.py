"""Building blocks shared by the variants.

Convolutions use the channels-last memory format: its CPU kernels are up to a seventh faster here.
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
    """Convolutions that each halve height and width, rounding up, then two dense layers."""

    def __init__(self, image_shape: Shape, channels: Sequence[int], hidden: int, outputs: int) -> None:
        super().__init__()
        self.convolutions = strided_convolutions(image_shape, channels)
        self.head = dense([math.prod(map_shapes(image_shape, channels)[-1]), hidden, outputs])

    def forward(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W) -> (B, outputs)."""
        return self.head(self.convolutions(x).flatten(1))


class ConvolutionalDecoder(nn.Module):
    """The encoder mirrored: dense layers, then transposed convolutions with the same map sizes in reverse."""

    def __init__(self, image_shape: Shape, channels: Sequence[int], hidden: int, inputs: int) -> None:
        super().__init__()
        smallest = map_shapes(image_shape, channels)[-1]
        self.head = nn.Sequential(dense([inputs, hidden, math.prod(smallest)]), nn.GELU(), nn.Unflatten(1, smallest))
        self.convolutions = transposed_convolutions(image_shape, channels)

    def forward(self, z: Tensor) -> Tensor:
        """(B, inputs) -> images (B, C, H, W)."""
        return self.convolutions(self.head(z))


def strided_convolutions(image_shape: Shape, channels: Sequence[int]) -> nn.Sequential:
    """Images (B, C, H, W) -> feature maps (B, channels[-1], h, w): 3x3 convolutions of stride 2, each with GELU."""
    layers: list[nn.Module] = []
    for inputs, width in zip((image_shape[0], *channels), channels, strict=False):
        layers += [nn.Conv2d(inputs, width, 3, stride=2, padding=1), nn.GELU()]
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)


def transposed_convolutions(image_shape: Shape, channels: Sequence[int]) -> nn.Sequential:
    """Feature maps -> images (B, C, H, W): `strided_convolutions` in reverse, with no GELU at the end.

    The 2x2 kernels of stride 2 do not overlap; they are faster than 3x3 kernels (docs/lab-notes.md).
    """
    layers: list[nn.Module] = []
    for small, large in pairwise(map_shapes(image_shape, channels)[::-1]):
        # Halving rounds up: a kernel of 3 with a padding of 1 leads back to an odd size.
        odd = (large[1] % 2, large[2] % 2)
        kernel = (2 + odd[0], 2 + odd[1])
        layers += [nn.ConvTranspose2d(small[0], large[0], kernel, stride=2, padding=odd), nn.GELU()]
    return nn.Sequential(*layers[:-1]).to(memory_format=torch.channels_last)


def map_shapes(image_shape: Shape, channels: Sequence[int]) -> list[Shape]:
    """(channels, height, width) of the image and of each feature map; a convolution divides the sides by two."""
    shapes = [image_shape]
    for count in channels:
        _, height, width = shapes[-1]
        shapes.append((count, math.ceil(height / 2), math.ceil(width / 2)))
    return shapes
