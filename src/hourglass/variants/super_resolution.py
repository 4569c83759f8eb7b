"""Super-resolution: the encoder sees the image at half its resolution, the decoder gives it back at full size.

    s = means of x over squares of factor x factor pixels        z = f(s)        x' = g(z)
    loss = |x - g(f(s))|^2

Many large images shrink to the same small one; the network answers with their mean, and so adds the edges and
prints that images of its kind have at such places. On other kinds of images it would add the same ones
("específicos de los datos").

Everything passes through the code, as in any autoencoder: there is no enlarged copy of the input that the
decoder only had to touch up. So the code must not lose anything, and the encoder is one matrix: `latent_dim` of
at least the small image's pixels (14 x 14 = 196) can hold them all, and the decoder has all the knowledge.
A linear decoder would be the best linear interpolation, which already beats bicubic; a hidden layer bends it.

The small image is all that is ever seen: `encode` and `reconstruct` shrink what they are given, `restore`
takes what is small already. Expect edges sharper than bicubic's, and no text on a shirt.

Source: lecture "Autoencoders" (AI for Beginners), "Superresolución"; Dong et al. (2014), "Learning a deep
convolutional network for image super-resolution".
"""

import math
from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field, PositiveInt
from torch import Tensor

from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.corruption import downsample
from hourglass.models.losses import Loss
from hourglass.models.networks import dense_decoder, dense_encoder


class SuperResolution(Autoencoder):
    """A linear code of the small image, and a dense decoder to the large one."""

    restores = True

    def __init__(
        self,
        image_shape: Shape,
        *,
        latent_dim: PositiveInt,
        hidden: list[PositiveInt],
        factor: Annotated[int, Field(ge=2)] = 2,
        loss: Loss = "mse",
    ) -> None:
        super().__init__(image_shape, latent_dim, loss)
        channels, height, width = image_shape
        self.small = math.ceil(height / factor), math.ceil(width / factor)
        self.factor = self.level = factor
        self.levels = [factor, factor + 1, 2 * factor, 3 * factor]
        self.encoder = dense_encoder((channels, *self.small), [], latent_dim)
        self.decoder = dense_decoder(image_shape, hidden, latent_dim)

    def encode(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        return self.encoder(downsample(x, self.factor))

    def corrupt(self, x: Tensor, level: float, generator: torch.Generator) -> Tensor:
        return downsample(x, int(level))

    def restore(self, observed: Tensor) -> Tensor:
        # A smaller image than the encoder's is stretched to what it takes; its own size is left as it is.
        stretched = F.interpolate(observed, self.small, mode="bicubic")
        return self.means(self.decode(self.encoder(stretched)))
