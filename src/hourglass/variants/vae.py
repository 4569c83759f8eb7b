"""Variational autoencoder: the encoder predicts a distribution over codes, so codes can be drawn afresh.

    q(z|x) = N(mu(x), diag(sigma(x)^2))     z = mu + sigma * eps,  eps ~ N(0, I),  sigma = exp(logvar / 2)
    loss   = -log p(x|z) + beta * KL(q(z|x) || N(0, I))            (the negative ELBO for beta = 1)

Reparametrisation moves the randomness into eps, so gradients pass through mu and sigma. The KL term pulls
the codes together around the origin; the space between them fills up, and decoding a draw from N(0, I)
gives a plausible image. The price is blur: expect a higher reconstruction error than a plain autoencoder's
with the same code.

With `bce`, -log p(x|z) is a Bernoulli log-likelihood (exact for binary pixels, a bound-like surrogate for grey
ones); with `mse` it is that of a Gaussian with variance 1/2, up to a constant.

Source: lecture "Autoencoder Clásico / Autoencoder Variacional", section 3, and lecture "Autoencoders"
(AI for Beginners); Kingma and Welling (2014), "Auto-Encoding Variational Bayes".
"""

import torch
from pydantic import NonNegativeFloat, PositiveInt
from torch import Tensor

from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.gaussian import draw
from hourglass.models.losses import Loss, image_distance, kl_to_standard_normal
from hourglass.models.networks import dense_decoder, dense_encoder


class VAE(Autoencoder):
    """Dense VAE with a diagonal Gaussian posterior and a standard normal prior."""

    generative = True

    def __init__(
        self,
        image_shape: Shape,
        *,
        latent_dim: PositiveInt,
        hidden: list[PositiveInt],
        loss: Loss = "bce",
        beta: NonNegativeFloat = 1.0,
    ) -> None:
        super().__init__(image_shape, loss)
        self.latent_dim = latent_dim
        self.beta = beta
        self.encoder = dense_encoder(image_shape, hidden, 2 * latent_dim)
        self.decoder = dense_decoder(image_shape, hidden, latent_dim)

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Images (B, C, H, W) -> mean and log-variance of q(z|x), each (B, latent_dim)."""
        mean, logvar = self.encoder(x).chunk(2, dim=1)
        return mean, logvar

    def encode(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """The posterior mean: the code of an image is not a random draw."""
        return self.posterior(x)[0]

    def loss(self, x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        mean, logvar = self.posterior(x)
        z = draw(mean, logvar, generator)
        return {
            "reconstruction": image_distance(self.decode(z), x, self.loss_kind),
            "kl": self.beta * kl_to_standard_normal(mean, logvar),
        }

    def sample(self, count: int, y: Tensor | None, generator: torch.Generator) -> Tensor:
        return self.means(self.decode(torch.randn(count, self.latent_dim, generator=generator)))
