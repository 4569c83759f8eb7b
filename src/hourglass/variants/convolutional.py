"""Convolutional autoencoder: strided convolutions, a dense bottleneck, transposed convolutions.

A convolution covers a small neighbourhood and has the same weights at every position, so it needs few parameters. The
dense layers beside the latent code then combine all positions. Expect the lowest reconstruction error of the plain
autoencoders, at a higher computational cost.

Trained on one class only, its reconstruction error is the anomaly detector of the lecture's homework, which asks for
a ROC-AUC of at least 0.85.

Source: lecture "Autoencoders" (Métodos Generativos), "Autoencoders Convolucionales"; lecture 156,
"Homework verificable"; Masci et al. (2011), "Stacked convolutional auto-encoders".
"""

from pydantic import PositiveInt

from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.losses import Loss
from hourglass.models.networks import ConvolutionalDecoder, ConvolutionalEncoder


class Convolutional(Autoencoder):
    """Convolutional encoder and decoder around a dense latent code."""

    def __init__(
        self,
        image_shape: Shape,
        *,
        latent_dim: PositiveInt,
        channels: list[PositiveInt],
        hidden: PositiveInt,
        loss: Loss = "mse",
    ) -> None:
        super().__init__(image_shape, latent_dim, loss)
        self.encoder = ConvolutionalEncoder(image_shape, channels, hidden, latent_dim)
        self.decoder = ConvolutionalDecoder(image_shape, channels, hidden, latent_dim)
