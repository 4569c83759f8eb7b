"""What a network makes of a batch of images: all that a scorer may look at."""

from functools import cached_property

import torch
from torch import Tensor

from hourglass.models.autoencoder import Autoencoder
from hourglass.models.losses import image_distance, kl_between_normals
from hourglass.models.variational import Variational

# The same damage for every image and every run, so that an image's score depends on nothing but the image.
DRAWS = 4


class Sight:
    """B images as one network sees them. Each part is computed when it is first asked for, and once."""

    def __init__(self, model: Autoencoder, images: Tensor, normal: int) -> None:
        """Keep the network and uint8 images (B, C, H, W).

        Args:
            normal: the class that a conditional network takes every image for. A detector does not know the true
                classes, so there is no way to hand them in.
        """
        self.model = model
        self.x = images.float().div(255)
        self.y = torch.full((len(images),), normal) if model.conditional else None

    @cached_property
    def codes(self) -> Tensor:
        """Codes (B, latent_dim)."""
        return self.model.encode(self.x, self.y)

    @cached_property
    def residuals(self) -> Tensor:
        """Reconstruction minus image (B, C, H, W)."""
        return self.model.means(self.model.decode(self.codes, self.y)) - self.x

    @cached_property
    def repairs(self) -> Tensor:
        """Restored minus original image, for each of DRAWS kinds of damage: (DRAWS, B, C, H, W)."""
        found = []
        for draw in range(DRAWS):
            damaged = [
                self.model.corrupt(x, self.model.level, torch.Generator().manual_seed(draw)) for x in self.x.split(1)
            ]
            found.append(self.model.restore(torch.cat(damaged)) - self.x)
        return torch.stack(found)

    @cached_property
    def negative_elbo(self) -> Tensor:
        """-log p(x|z) + KL(q(z|x) || p(z)), z being the posterior's mean: no draw, no noise. (B,).

        In nats with bce, less the entropy of the pixels: what grey ones cost however well they are rebuilt.
        """
        model = self.model
        assert isinstance(model, Variational)  # noqa: S101 (scorers/elbo.py asks before)
        distance = image_distance(model.decode(self.codes, self.y), self.x, model.loss_kind)
        if model.loss_kind == "bce":
            entropy = -torch.xlogy(self.x, self.x) - torch.xlogy(1 - self.x, 1 - self.x)
            distance = distance - entropy.flatten(1).sum(1)
        return distance + kl_between_normals(*model.posterior(self.x, self.y), *model.prior(self.y))
