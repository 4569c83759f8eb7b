"""What a network makes of a batch of images: all that a scorer may look at."""

from functools import cached_property

import torch
from torch import Tensor

from hourglass.models.autoencoder import Autoencoder
from hourglass.models.losses import image_distance, kl_between_normals
from hourglass.models.variational import Variational

# The same corruptions for every image, so that a score depends on nothing but the image.
DRAWS = 4


class Features:
    """Features of B images. Each is computed when it is first asked for, and once."""

    def __init__(self, model: Autoencoder, x: Tensor, normal: int) -> None:
        """Keep the network and float32 images (B, C, H, W) in [0, 1].

        Args:
            normal: the class that a conditional network takes every image for. A detector does not know the true
                classes, so there is no way to pass them.
        """
        self.model = model
        self.x = x
        self.y = model.condition(torch.full((len(x),), normal, device=x.device))

    @cached_property
    def latent(self) -> Tensor:
        """Latent codes (B, latent_dim)."""
        return self.model.encode(self.x, self.y)

    @cached_property
    def residuals(self) -> Tensor:
        """Reconstruction minus image (B, C, H, W)."""
        return self.model.means(self.model.decode(self.latent, self.y)) - self.x

    @cached_property
    def restoration_residuals(self) -> Tensor:
        """Restored minus original image, for each of DRAWS corruptions: (DRAWS, B, C, H, W)."""

        def corrupted(draw: int) -> Tensor:
            def one(x: Tensor) -> Tensor:
                return self.model.corrupt(x[None], self.model.level, torch.Generator().manual_seed(draw))[0]

            # As in a loop over the images, each with the same generator, and many times as fast.
            return torch.vmap(one, randomness="same")(self.x)

        return torch.stack([self.model.restore(corrupted(draw)) - self.x for draw in range(DRAWS)])

    @cached_property
    def negative_elbo(self) -> Tensor:
        """-log p(x|z) + KL(q(z|x) || p(z)) at the posterior mean z, without any random draw: (B,).

        In nats with bce, less the entropy of the pixels: grey pixels cost that much even if reconstructed perfectly.
        """
        model = self.model
        assert isinstance(model, Variational)  # noqa: S101 (scorers/elbo.py asks before)
        distance = image_distance(model.decode(self.latent, self.y), self.x, model.loss_kind)
        if model.loss_kind == "bce":
            entropy = -torch.xlogy(self.x, self.x) - torch.xlogy(1 - self.x, 1 - self.x)
            distance = distance - entropy.flatten(1).sum(1)
        return distance + kl_between_normals(*model.posterior(self.x, self.y), *model.prior(self.y))
