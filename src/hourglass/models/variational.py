"""What variational autoencoders share: a posterior over latent codes for every image, and a prior over latent codes.

    loss = -log p(x|z, y) + beta * KL(q(z|x, y) || p(z|y)),   z drawn from q        (the negative ELBO for beta = 1)

Source: Kingma and Welling (2014), "Auto-Encoding Variational Bayes".
"""

import torch
from torch import Tensor

from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.gaussian import draw
from hourglass.models.losses import Loss, image_distance, kl_between_normals


class Variational(Autoencoder):
    """An autoencoder with a Gaussian posterior and a Gaussian prior, both diagonal."""

    generative = True

    def __init__(self, image_shape: Shape, latent_dim: int, loss: Loss, beta: float, binarise: bool) -> None:
        """Keep `beta`, the weight of the KL term, and `binarise`: whether every loss draws each pixel as 0 or 1."""
        super().__init__(image_shape, latent_dim, loss)
        self.beta = beta
        self.binarise = binarise

    def posterior(self, x: Tensor, y: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Images (B, C, H, W) -> mean and log-variance of q(z|x, y), each (B, latent_dim)."""
        mean, logvar = self.encoder(x).chunk(2, dim=1)
        return mean, logvar

    def prior(self, y: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of p(z|y), in shapes that broadcast to (B, latent_dim)."""
        raise NotImplementedError

    def encode(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """The posterior mean, which is deterministic."""
        return self.posterior(x, y)[0]

    def loss(self, x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        """`reconstruction` from one latent code drawn from the posterior, and `kl`, times `beta`."""
        if self.binarise:
            x = binarised(x, generator)
        posterior = self.posterior(x, y)
        return {
            "reconstruction": image_distance(self.decode(draw(*posterior, generator), y), x, self.loss_kind),
            "kl": self.beta * kl_between_normals(*posterior, *self.prior(y)),
        }

    def sample(self, count: int, y: Tensor | None, generator: torch.Generator) -> Tensor:
        """Decoded draws from the prior; pixels are means, not draws."""
        mean, logvar = self.prior(y)
        return self.means(self.decode(draw(mean.expand(count, self.latent_dim), logvar, generator), y))


def binarised(x: Tensor, generator: torch.Generator) -> Tensor:
    """Each pixel drawn as 0 or 1, with its grey value in [0, 1] as the probability of 1; same shape."""
    return torch.bernoulli(x.cpu(), generator=generator).to(x.device)
