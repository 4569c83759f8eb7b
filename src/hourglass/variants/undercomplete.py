"""Undercomplete autoencoder: deep dense layers around a latent code that is too small to copy the image.

    z = f(x)        x' = g(z)        f: pixels -> hidden -> latent_dim        g: f's widths in reverse

With fewer latent dimensions than pixels the network cannot be the identity. It has to find what the images have in
common. The latent code is linear; GELU stands between the layers. Expect a clearly lower error than PCA's with as many
dimensions, because f and g are nonlinear. The fewer the dimensions, the larger the gain.

Settings worth a recipe:
- `hidden: []` leaves one matrix for f and one for g (lecture 156's exercise 784 -> 64 -> 784). With mse that is a
  linear autoencoder, whose optimum is PCA's subspace. Expect an error close to PCA's, never lower on training images.
- `latent_dim: 2` can be plotted without a projection. Expect blurred images, and classes that begin to separate.

Source: lecture 156 "Autoencoders: undercomplete, stacked, denoising, sparse", "Temas" and exercises 1 and 2;
Hinton and Salakhutdinov (2006), "Reducing the dimensionality of data with neural networks".
"""

from pydantic import PositiveInt

from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.losses import Loss
from hourglass.models.networks import dense_decoder, dense_encoder


class Undercomplete(Autoencoder):
    """Dense encoder and decoder of any depth around a linear latent code."""

    def __init__(
        self, image_shape: Shape, *, latent_dim: PositiveInt, hidden: list[PositiveInt], loss: Loss = "mse"
    ) -> None:
        super().__init__(image_shape, latent_dim, loss)
        self.encoder = dense_encoder(image_shape, hidden, latent_dim)
        self.decoder = dense_decoder(image_shape, hidden, latent_dim)
