"""Undercomplete autoencoder: deep dense layers down to a code that is too small to copy the image.

    z = f(x)        x' = g(z)        f: pixels -> hidden -> latent_dim        g: f's widths in reverse

With fewer code numbers than pixels the identity is out of reach, and the network has to find what the
images have in common. The code is linear, GELU stands between the layers. Expect a clearly lower error
than PCA's with as many numbers, because f and g may bend; the narrower the code, the larger the gain.

Settings worth a recipe:
- `hidden: []` leaves one matrix each way (lecture 156's exercise 784 -> 64 -> 784). With mse that is a linear
  autoencoder, whose optimum is PCA's subspace: expect it close to PCA, and never better on training images.
- `latent_dim: 2` can be drawn as it is, without a projection; expect blurred images, and classes that
  begin to lie apart.

Source: lecture 156 "Autoencoders: undercomplete, stacked, denoising, sparse", "Temas" and exercises 1 and 2;
Hinton and Salakhutdinov (2006), "Reducing the dimensionality of data with neural networks".
"""

from pydantic import PositiveInt

from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.losses import Loss
from hourglass.models.networks import dense_decoder, dense_encoder


class Undercomplete(Autoencoder):
    """Dense encoder and decoder of any depth around a linear code."""

    def __init__(
        self, image_shape: Shape, *, latent_dim: PositiveInt, hidden: list[PositiveInt], loss: Loss = "mse"
    ) -> None:
        super().__init__(image_shape, latent_dim, loss)
        self.encoder = dense_encoder(image_shape, hidden, latent_dim)
        self.decoder = dense_decoder(image_shape, hidden, latent_dim)
