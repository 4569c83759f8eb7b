"""The contract of a variant: what every autoencoder of the project can do.

Shapes: B images per batch, C channels, H x W pixels. Images are float32 in [0, 1]. Class numbers `y` are int64 (B,);
a variant that is not `conditional` never receives them.

Every loss term is a sum over pixels or latent dimensions, one value per image. The training loop takes the mean over
the batch. Per-pixel metrics are the evaluation's.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from hourglass.models.losses import Loss, image_distance
from hourglass.models.trainable import Trainable

Shape = tuple[int, int, int]


class Autoencoder(Trainable):
    """A network that encodes images as latent codes of `latent_dim` dimensions, and decodes these into images."""

    generative: ClassVar[bool] = False
    """Whether `sample` draws new images."""

    restores: ClassVar[bool] = False
    """Whether the model restores images: `corrupt` corrupts them and `restore` undoes it."""

    sparse: ClassVar[bool] = False
    """Whether most latent dimensions of an image should be zero; the evaluation then counts those that are not."""

    description: Mapping[str, Any]
    """`module`, `settings` and `image_shape` that `build` made the network from. Once it is trained, also `training`:
    seed, number of images and schedule, and `image_fit`: how files were brought to that shape, `pad` or `stretch`.
    It is saved with the weights."""

    encoder: nn.Module
    decoder: nn.Module
    """What `encode` and `decode` apply; a variant that overrides these methods needs neither."""

    level: float
    """Strength of the corruption that the model is trained to undo; only where it `restores`."""

    levels: Sequence[float]
    """Strengths at which restoration is evaluated, ascending, `level` among them; empty where none is."""

    def __init__(self, image_shape: Shape, latent_dim: int, loss: Loss) -> None:
        """Keep the shape (C, H, W) of one image, the number of latent dimensions, and the kind of loss."""
        super().__init__()
        self.image_shape = image_shape
        self.latent_dim = latent_dim
        self.loss_kind = loss

    def encode(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """Images (B, C, H, W) -> latent codes (B, latent_dim); deterministic."""
        return self.encoder(x)

    def decode(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """Latent codes (B, latent_dim) -> (B, C, H, W): means where the loss is mse, logits where it is bce."""
        return self.decoder(z)

    def means(self, decoded: Tensor) -> Tensor:
        """What `decode` returns -> images. With mse they may leave [0, 1]; they are not clipped here."""
        return decoded if self.loss_kind == "mse" else decoded.sigmoid()

    def reconstruct(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """Images (B, C, H, W) -> their reconstructions, same shape; deterministic."""
        return self.means(self.decode(self.encode(x, y), y))

    def loss(self, x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        """Terms that training minimises: `reconstruction`, unless a variant overrides this."""
        return {"reconstruction": image_distance(self.decode(self.encode(x, y), y), x, self.loss_kind)}

    def score(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """Anomaly score (B,), higher is more anomalous: the mean squared error per pixel of the reconstruction."""
        return (self.reconstruct(x, y) - x).square().flatten(1).mean(1)

    def sample(self, count: int, y: Tensor | None, generator: torch.Generator) -> Tensor:
        """Draw `count` new images (count, C, H, W) in [0, 1]; only where the model is `generative`."""
        raise NotImplementedError

    def corrupt(self, x: Tensor, level: float, generator: torch.Generator) -> Tensor:
        """Images (B, C, H, W) -> the corrupted images that `restore` takes; only where the model `restores`.

        They are noisy images (B, C, H, W), small ones (B, C, h, w), or images with NaN where pixels are hidden.

        Args:
            level: strength of the corruption, in the variant's own unit.
        """
        raise NotImplementedError

    def restore(self, observed: Tensor) -> Tensor:
        """What `corrupt` returned -> restored images (B, C, H, W); deterministic."""
        raise NotImplementedError
