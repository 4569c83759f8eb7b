"""Conditional variational autoencoder: encoder, decoder and prior are given the class y.

    q(z|x,y) = N(mu(x,y), diag(sigma(x,y)^2))      p(z|y) = N(mu(y), sigma^2(y) I)
    loss     = -log p(x|z,y) + beta * KL(q(z|x,y) || p(z|y))            (the negative ELBO of log p(x|y))

Encoder and decoder are dense networks. They receive y at every layer, in one of four ways (models/conditioning.py).
The prior is learned: a mean and a variance per class, the variance shared by all dimensions. To sample images of a
class, draw z from its prior and decode it with that class. Expect slightly better reconstructions than the VAE's with
as many latent dimensions, because z need not hold the class.

What z holds is what the class leaves open: pose, width, shade. How well a classifier predicts the class from it
depends on which z it gets, so these accuracies do not rank the variant:
- Draws from q(z|x,y), standardised by the prior, (z - mu(y)) / sigma(y): hardly better than chance.
- The same draws as they are: better, because they contain mu(y), and the priors of the classes differ.
- Means of q(z|x,y), which `encode` returns: they can be the most accurate of all variants. The encoder was given the
  true class, and the means keep traces of it that are far smaller than sigma(x,y).

Anomaly detection: the network trained on one class knows that condition only. It scores every image under it,
whatever the image's true class. It is then a VAE with additional biases; expect the scores of a VAE.

Source: lecture "Autoencoder Clásico / Autoencoder Variacional", section 4; Sohn et al. (2015), "Learning
structured output representation using deep conditional generative models".
"""

import math

import torch
from pydantic import NonNegativeFloat, PositiveInt
from torch import Tensor, nn

from hourglass.models.autoencoder import Shape
from hourglass.models.conditioning import ConditionedDense, Kind, required
from hourglass.models.losses import Loss
from hourglass.models.variational import Variational


class CVAE(Variational):
    """Dense VAE whose encoder, decoder and prior are conditioned on the class."""

    conditional = True

    def __init__(
        self,
        image_shape: Shape,
        *,
        latent_dim: PositiveInt,
        hidden: list[PositiveInt],
        conditioning: Kind = "concat",
        classes: PositiveInt = 10,
        loss: Loss = "bce",
        beta: NonNegativeFloat = 1.0,
        binarise: bool = False,
    ) -> None:
        super().__init__(image_shape, latent_dim, loss, beta, binarise)
        self.classes = classes
        widths = [math.prod(image_shape), *hidden]
        self.encoder = ConditionedDense([*widths, 2 * latent_dim], classes, conditioning)
        self.decoder = ConditionedDense([latent_dim, *reversed(widths)], classes, conditioning)
        # Every class starts from the VAE's prior, N(0, I).
        self.prior_mean = nn.Parameter(torch.zeros(classes, latent_dim))
        self.prior_logvar = nn.Parameter(torch.zeros(classes, 1))

    def prior(self, y: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Class numbers (B,) -> mean (B, latent_dim) and log-variance (B, 1) of p(z|y)."""
        y = required(y, self.classes)
        return self.prior_mean[y], self.prior_logvar[y]

    def posterior(self, x: Tensor, y: Tensor | None = None) -> tuple[Tensor, Tensor]:
        mean, logvar = self.encoder(x.flatten(1), required(y, self.classes)).chunk(2, dim=1)
        return mean, logvar

    def decode(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        return self.decoder(z, required(y, self.classes)).unflatten(1, self.image_shape)
