"""A codebook of K learned vectors. Each input vector is replaced by the nearest of them, and so by an index below K.

    q(v)  = e_k,  k = argmin_k |v - e_k|^2            straight-through gradient: d q / d v is the identity
    n_k  <- decay n_k + (1 - decay) (share of the batch's vectors nearest to e_k)
    e_k  <- moving average of these vectors, with the same decay

The codebook needs no gradient: it follows the vectors as k-means does, batch by batch. An entry that is hardly ever
the nearest is dead. It is restarted at a vector drawn from the batch.

This is not taken from vector-quantize-pytorch: its restarts draw from torch's global generator, and its losses are
means over the batch. Here every draw comes from the given generator, and a loss has one value per image.

Source: van den Oord et al. (2017), "Neural discrete representation learning", section 3 and appendix A.1;
Dhariwal et al. (2020), "Jukebox", section 3.1, for the restarts.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hourglass.models.autoencoder import Autoencoder

DECAY = 0.99
# An entry is dead below this fraction of the share that it would have if all were used equally.
DEAD = 0.1


class Quantiser(nn.Module):
    """A codebook of `codes` vectors (width,). They are buffers: saved, but not trained by gradients."""

    def __init__(self, codes: int, width: int) -> None:
        super().__init__()
        self.codebook: Tensor
        self.share: Tensor
        self.register_buffer("codebook", torch.randn(codes, width))
        # Zero at first, so the first batch restarts all entries but the most used.
        self.register_buffer("share", torch.zeros(codes))

    def nearest(self, vectors: Tensor) -> Tensor:
        """Vectors (..., width) -> index of the nearest entry, int64 (...)."""
        # |v|^2 is the same for every entry, so it is left out.
        return (self.codebook.square().sum(1) - 2 * vectors @ self.codebook.T).argmin(-1)

    def forward(self, vectors: Tensor) -> Tensor:
        """Vectors (..., width) -> the nearest entries, same shape; gradients pass straight through to `vectors`."""
        # The bracket is exactly zero: the result is equal to the entries, bit by bit.
        return self.codebook[self.nearest(vectors)] + (vectors - vectors.detach())

    @torch.no_grad()
    def follow(self, vectors: Tensor, generator: torch.Generator) -> None:
        """Move each entry towards the vectors (N, width) nearest to it, and restart dead entries at drawn vectors."""
        hits = F.one_hot(self.nearest(vectors), len(self.codebook)).to(vectors.dtype)
        before = DECAY * self.share
        share = before + (1 - DECAY) * hits.mean(0)
        sums = before[:, None] * self.codebook + (1 - DECAY) / len(vectors) * hits.T @ vectors
        alive = share >= (floor := DEAD / len(self.codebook))
        drawn = torch.randint(len(vectors), (len(self.codebook),), generator=generator)
        self.codebook.copy_(torch.where(alive[:, None], sums / share[:, None], vectors[drawn.to(vectors.device)]))
        # At the limit, a restarted entry restarts again until it is used; with more time, most stay dead.
        self.share.copy_(share.clamp(min=floor))


class Quantised(Autoencoder):
    """An autoencoder whose latent code is a sequence of codebook entries.

    codes: number of codebook entries.
    """

    codes: int

    def indices(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W) -> indices of codebook entries (B, length), int64, below `codes`."""
        raise NotImplementedError

    def decode_indices(self, indices: Tensor) -> Tensor:
        """Indices of codebook entries (B, length) -> what `decode` returns for those entries."""
        raise NotImplementedError
