"""The contract of a variant: what every autoencoder of the project can do.

Shapes: B images a batch, C channels, H x W pixels. Images are float32 in [0, 1]. Class numbers `y` are
int64 (B,); a variant that is not `conditional` never receives them.

Every loss term is a sum over pixels or code dimensions, one value per image; the mean over the batch is
taken in one place, the training loop. Per-pixel figures are computed by the evaluation, not here.
"""

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from hourglass.models.losses import Loss, image_distance
from hourglass.models.trainable import Trainable

Shape = tuple[int, int, int]


class Autoencoder(Trainable):
    """A network that squeezes an image into a code of `latent_dim` numbers and rebuilds the image from it."""

    conditional: ClassVar[bool] = False
    """Whether `y` is part of the model; only then do labels reach it."""

    generative: ClassVar[bool] = False
    """Whether `sample` draws new images."""

    restores: ClassVar[bool] = False
    """Whether the model repairs images: `corrupt` damages them and `restore` undoes it."""

    sparse: ClassVar[bool] = False
    """Whether most numbers of a code are meant to be zero; only then is it of interest how many are not."""

    encoder: nn.Module
    decoder: nn.Module
    """What `encode` and `decode` apply; a variant that overrides those needs neither."""

    level: float
    """How strong the damage is that the model was trained to undo; only where it `restores`."""

    levels: Sequence[float]
    """The damage it is judged at, from weak to strong: `level` is one of four."""

    def __init__(self, image_shape: Shape, latent_dim: int, loss: Loss) -> None:
        """Keep the shape (C, H, W) of one image, the code's length, and how images are compared."""
        super().__init__()
        self.image_shape = image_shape
        self.latent_dim = latent_dim
        self.loss_kind = loss

    def encode(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """Images (B, C, H, W) -> codes (B, latent_dim). The same image always gets the same code."""
        return self.encoder(x)

    def decode(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """Codes (B, latent_dim) -> (B, C, H, W): means where the loss is mse, logits where it is bce."""
        return self.decoder(z)

    def means(self, decoded: Tensor) -> Tensor:
        """What `decode` returns -> images; with mse they may leave [0, 1] a little, and are not clipped here."""
        return decoded if self.loss_kind == "mse" else decoded.sigmoid()

    def reconstruct(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """Images (B, C, H, W) -> their reconstructions, same shape, without any randomness."""
        return self.means(self.decode(self.encode(x, y), y))

    def loss(self, x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        """What training minimises: `reconstruction`, unless a variant says otherwise."""
        return {"reconstruction": image_distance(self.decode(self.encode(x, y), y), x, self.loss_kind)}

    def score(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """Anomaly score (B,), higher is more anomalous: the mean squared error per pixel of the reconstruction."""
        return (self.reconstruct(x, y) - x).square().flatten(1).mean(1)

    def sample(self, count: int, y: Tensor | None, generator: torch.Generator) -> Tensor:
        """Draw `count` new images (count, C, H, W) in [0, 1]; only where the model is `generative`."""
        raise NotImplementedError

    def corrupt(self, x: Tensor, level: float, generator: torch.Generator) -> Tensor:
        """Images (B, C, H, W) -> what of them `restore` gets to see; only where the model `restores`.

        Noisy images (B, C, H, W), small ones (B, C, h, w), or images that are NaN where pixels are hidden.

        Args:
            level: how strong the damage is; what it measures is the variant's affair.
        """
        raise NotImplementedError

    def restore(self, observed: Tensor) -> Tensor:
        """What `corrupt` returned, and nothing else -> images (B, C, H, W), without any randomness."""
        raise NotImplementedError
