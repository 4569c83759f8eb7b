"""Variational autoencoder: the encoder predicts a distribution over latent codes, so new images can be sampled.

    q(z|x) = N(mu(x), diag(sigma(x)^2))     z = mu + sigma * eps,  eps ~ N(0, I),  sigma = exp(logvar / 2)
    loss   = -log p(x|z) + beta * KL(q(z|x) || N(0, I))            (the negative ELBO for beta = 1)

Reparametrisation moves the randomness into eps, so gradients flow through mu and sigma. The KL term pulls the latent
codes towards the prior N(0, I). Decoding a draw from the prior then gives a plausible image. The cost is blur: expect
a higher reconstruction error than a plain autoencoder's with as many latent dimensions.

With `mse`, -log p(x|z) is that of a Gaussian with variance 1/2, up to a constant. With `bce` it is a Bernoulli
log-likelihood of binary pixels. `binarise: true` draws them from the grey values, as the literature's benchmarks do;
without it, grey values take their place, and the loss is a surrogate.

Source: lecture "Autoencoder Clásico / Autoencoder Variacional", section 3, and lecture "Autoencoders"
(AI for Beginners); Kingma and Welling (2014), "Auto-Encoding Variational Bayes".
"""

import torch
from pydantic import NonNegativeFloat, PositiveInt
from torch import Tensor

from hourglass.models.autoencoder import Shape
from hourglass.models.losses import Loss
from hourglass.models.networks import dense_decoder, dense_encoder
from hourglass.models.variational import Variational


class VAE(Variational):
    """Dense VAE with a diagonal Gaussian posterior and a standard normal prior."""

    def __init__(
        self,
        image_shape: Shape,
        *,
        latent_dim: PositiveInt,
        hidden: list[PositiveInt],
        loss: Loss = "bce",
        beta: NonNegativeFloat = 1.0,
        binarise: bool = False,
    ) -> None:
        super().__init__(image_shape, latent_dim, loss, beta, binarise)
        self.encoder = dense_encoder(image_shape, hidden, 2 * latent_dim)
        self.decoder = dense_decoder(image_shape, hidden, latent_dim)

    def prior(self, y: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """N(0, I): mean 0 and log-variance 0 in every dimension."""
        return torch.zeros(1, 1, device=self.device), torch.zeros(1, 1, device=self.device)
