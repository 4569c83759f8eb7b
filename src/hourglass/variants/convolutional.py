"""Convolutional autoencoder: strided convolutions down, a dense bottleneck, transposed convolutions up.

A convolution looks at small neighbourhoods and uses the same weights everywhere, so it spends its
parameters on what images are made of. Dense layers around the bottleneck then mix the places. Expect the
best reconstructions of the plain autoencoders, at the price of more arithmetic.

Trained on one class only, its reconstruction error is the anomaly detector of the lecture's homework
(accepted there from a ROC-AUC of 0.85 on).

Source: lecture "Autoencoders" (Métodos Generativos), "Autoencoders Convolucionales"; lecture 156,
"Homework verificable"; Masci et al. (2011), "Stacked convolutional auto-encoders".
"""

from pydantic import PositiveInt

from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.losses import Loss
from hourglass.models.networks import ConvolutionalDecoder, ConvolutionalEncoder


class Convolutional(Autoencoder):
    """Convolutional encoder and decoder around a dense code."""

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
