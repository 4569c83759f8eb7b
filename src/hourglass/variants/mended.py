"""Mended autoencoder: the input is an image with drawn damages, the target is the undamaged image.

    x~ = x, then for each damage:  x~ <- x~ + m * (c - x~)        m: how much it covers each pixel, c: its content
    z = f(x~)      x' = g(z)      loss = |x - x'|^2

A denoising autoencoder whose noise has the form of real defects. Each damage is a rotated rectangle or ellipse, sharp
or fading out, from a scratch of one pixel's width to more than half of the image. Its content is one of four:

    piece      the image itself, from elsewhere, mirrored or not: the right texture in the wrong place
    shade      the image, brighter or darker; or a slope from one to the other, as at a dent
    colour     one colour: a scratch, a stain
    texture    the image plus smooth noise

To give back the undamaged image the network must tell what does not belong, and complete it from its surroundings. So
x - x' shows a defect, where a plain autoencoder with a wide latent code copies it, and one with a narrow code blurs
everything. Undamaged parts may be copied: the latent code is a grid of vectors and as wide as `latent_dim` says.

Expect sharp reconstructions, and anomaly maps that show scratches, dents and stains (examples/textures). Its scorers
can be selected by synthetic defects (`selection: defects`), which are drawn in another way (detection/defects.py).

Weights are drawn as He et al. (2015), "Delving deep into rectifiers", propose.

Source: Zavrtanik et al. (2021), "DRAEM: a discriminatively trained reconstruction embedding for surface anomaly
detection", for giving back the undamaged image, and for damages that are partly transparent; Li et al. (2021),
"CutPaste: self-supervised learning for anomaly detection and localization", for pieces from elsewhere in the same
image, and for thin rotated rectangles; Schlüter et al. (2022), "Natural synthetic anomalies for self-supervised anomaly
detection and localization" (NSA), for pieces that blend in.

DRAEM has a second network, takes textures from another data set, and shapes from Perlin noise. NSA takes pieces from
other images, and blends them by Poisson's equation; here m fades out. Ellipses, shades and smooth noise as a texture
are from none of the three.
"""

import math
from collections.abc import Sequence
from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field, PositiveInt
from torch import Tensor, nn

from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.losses import Loss, image_distance
from hourglass.models.networks import map_shapes, strided_convolutions, transposed_convolutions

# Random numbers in [0, 1) of each damage: NUMBERS for its form and content, and a coarse grid of noise.
NUMBERS, COARSE = 14, 8
# Half the length of a damage, in shorter sides of the image; half its width, in half lengths. Both on a log scale.
LENGTHS, WIDTHS = (0.05, 0.6), (0.08, 1)
# Pieces, shades, and colours up to these shares; the rest are textures.
PIECES, SHADES, COLOURS = 0.35, 0.7, 0.85


class Mended(Autoencoder):
    """Convolutional encoder of damaged images, a grid of vectors, and convolutional decoder of undamaged images.

    Each grid position gets an equal number of the `latent_dim` dimensions. Those that remain are dropped: the model's
    `latent_dim` is the number in use.
    """

    restores = True
    # The evaluation has no classical baseline for damages.
    levels: Sequence[float] = ()

    def __init__(
        self,
        image_shape: Shape,
        *,
        latent_dim: PositiveInt,
        channels: Annotated[list[PositiveInt], Field(min_length=1)],
        damages: PositiveInt = 3,
        loss: Loss = "mse",
    ) -> None:
        *_, (_, rows, columns) = map_shapes(image_shape, channels)
        width = latent_dim // (rows * columns)
        if width == 0:
            raise ValueError(f"latent_dim: {rows} x {columns} positions need more than {latent_dim} dimensions")
        super().__init__(image_shape, width * rows * columns, loss)
        self.level = damages
        widest = channels[-1]
        self.encoder = nn.Sequential(
            strided_convolutions(image_shape, channels),
            nn.Conv2d(widest, widest, 3, padding=1),
            nn.GELU(),
            nn.Conv2d(widest, width, 1),
            nn.Flatten(),
        )
        self.decoder = nn.Sequential(
            nn.Unflatten(1, (width, rows, columns)),
            nn.Conv2d(width, widest, 3, padding=1),
            nn.GELU(),
            nn.Conv2d(widest, widest, 3, padding=1),
            nn.GELU(),
            transposed_convolutions(image_shape, channels),
        )
        # PyTorch's default makes signals fade through ten layers: training stays at one grey for hundreds of steps.
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
                nn.init.kaiming_normal_(layer.weight)

    def loss(self, x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        """`restoration`: the distance to the undamaged image, which the encoder did not get."""
        decoded = self.decode(self.encode(self.corrupt(x, self.level, generator)))
        return {"restoration": image_distance(decoded, x, self.loss_kind)}

    def corrupt(self, x: Tensor, level: float, generator: torch.Generator) -> Tensor:
        """Each image with `level` damages, one on another."""
        draws = torch.rand(len(x), int(level), NUMBERS + COARSE**2, generator=generator)
        for one in draws.to(x.device).unbind(1):
            x = damaged(x, one)
        return x

    def restore(self, observed: Tensor) -> Tensor:
        return self.reconstruct(observed)


def damaged(x: Tensor, draws: Tensor) -> Tensor:
    """Images (B, C, H, W) in [0, 1], each with one damage that its random numbers (B, NUMBERS + COARSE^2) say."""
    height, width = x.shape[2:]
    numbers = draws[:, :NUMBERS, None, None, None].unbind(1)
    row, column, angle, length, slim, oval, fading, down, right, mirrored, opacity, strength, sloping, kind = numbers
    noise = draws[:, NUMBERS:].unflatten(1, (1, COARSE, COARSE))
    rows = torch.arange(height, device=x.device)[:, None] - row * height
    columns = torch.arange(width, device=x.device) - column * width
    along = rows * (math.pi * angle).sin() + columns * (math.pi * angle).cos()
    across = rows * (math.pi * angle).cos() - columns * (math.pi * angle).sin()
    half_length = min(height, width) * between(LENGTHS, length)
    half_width = (half_length * between(WIDTHS, slim)).clamp(min=0.5)
    along, across = along / half_length, across / half_width
    distance = torch.where(oval < 0.5, (along**2 + across**2).sqrt(), torch.maximum(along.abs(), across.abs()))
    sharp = ((1 - distance) * half_width + 0.5).clamp(0, 1)
    cover = torch.where(fading < 0.5, (-distance.square()).exp(), sharp) * (0.4 + 0.6 * opacity)

    sign = torch.where(mirrored < 0.5, 1, -1)
    shade = (0.1 + 0.4 * strength) * sign * torch.where(sloping < 0.5, 1, along.clamp(-1, 1))
    texture = (0.3 + 1.2 * strength) * (F.interpolate(noise, (height, width), mode="bilinear") - 0.5)
    colour = noise[:, 0, 0, : x.shape[1], None, None]
    content = torch.where(kind < COLOURS, colour, x + texture)
    content = torch.where(kind < SHADES, x + shade, content)
    content = torch.where(kind < PIECES, piece(x, down, right, mirrored), content)
    return (x + cover * (content - x)).clamp(0, 1)


def piece(x: Tensor, down: Tensor, right: Tensor, mirrored: Tensor) -> Tensor:
    """Images (B, C, H, W) moved by shares of their height and width, around the edges; mirrored from one half on."""
    height, width = x.shape[2:]
    rows = (torch.arange(height, device=x.device)[:, None] + (down * height).long()) % height
    columns = (torch.arange(width, device=x.device) + (right * width).long()) % width
    moved = x.flatten(2).gather(2, (rows * width + columns).expand_as(x).flatten(2)).view_as(x)
    return torch.where(mirrored < 0.5, moved, moved.flip(3))


def between(ends: tuple[float, float], share: Tensor) -> Tensor:
    """The first end at 0, the second at 1, and a constant factor per step."""
    return ends[0] * (ends[1] / ends[0]) ** share
