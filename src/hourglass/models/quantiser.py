"""A codebook: each vector is replaced by the nearest of K learned ones, and so becomes a number from 0 to K - 1.

    q(v)  = e_k,  k = argmin_k |v - e_k|^2            backwards, d q / d v is taken to be the identity
    n_k  <- decay n_k + (1 - decay) (share of the batch's vectors nearest to e_k)
    e_k  <- their moving average, weighted in the same way

The codebook follows the vectors as k-means would, batch by batch, and needs no gradient. A code that is hardly
ever the nearest gets no vectors to follow: it is dead, and is moved to a vector of the batch.

Source: van den Oord et al. (2017), "Neural discrete representation learning", section 3 and appendix A.1;
Dhariwal et al. (2020), "Jukebox", section 3.1, for the restarts. Written here rather than taken from
vector-quantize-pytorch, whose restarts draw from torch's global generator and whose losses are means over
the batch, where this project's come from a generator of their own and are one value per image.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hourglass.models.autoencoder import Autoencoder

DECAY = 0.99
# A code is dead below this fraction of the share it would have if all were used alike.
DEAD = 0.1


class Quantiser(nn.Module):
    """`codes` vectors of `width` numbers each; buffers, so that they are saved but not trained by gradients."""

    def __init__(self, codes: int, width: int) -> None:
        super().__init__()
        self.codebook: Tensor
        self.share: Tensor
        self.register_buffer("codebook", torch.randn(codes, width))
        # Nothing has been seen yet: the first batch restarts every code but the most popular.
        self.register_buffer("share", torch.zeros(codes))

    def nearest(self, vectors: Tensor) -> Tensor:
        """(..., width) -> the number of each one's nearest code, (...)."""
        # |v|^2 is the same for every code, so that it need not be added.
        return (self.codebook.square().sum(1) - 2 * vectors @ self.codebook.T).argmin(-1)

    def forward(self, vectors: Tensor) -> Tensor:
        """(..., width) -> the nearest code of each; the gradient passes straight through to `vectors`."""
        # The bracket is exactly zero, so that the codes come out bit by bit.
        return self.codebook[self.nearest(vectors)] + (vectors - vectors.detach())

    @torch.no_grad()
    def follow(self, vectors: Tensor, generator: torch.Generator) -> None:
        """Move the codes towards the vectors (N, width) nearest to them, and dead codes onto one of the vectors."""
        hits = F.one_hot(self.nearest(vectors), len(self.codebook)).to(vectors.dtype)
        before = DECAY * self.share
        share = before + (1 - DECAY) * hits.mean(0)
        sums = before[:, None] * self.codebook + (1 - DECAY) / len(vectors) * hits.T @ vectors
        alive = share >= (floor := DEAD / len(self.codebook))
        chosen = vectors[torch.randint(len(vectors), (len(self.codebook),), generator=generator)]
        self.codebook.copy_(torch.where(alive[:, None], sums / share[:, None], chosen))
        # A restarted code stays on the brink, so that it is moved again until it is of use. Given the time to
        # die first, most of the codebook stays dead: 105 of 128 codes instead of 18 after 160 steps.
        self.share.copy_(share.clamp(min=floor))


class Quantised(Autoencoder):
    """An autoencoder whose code is a sequence of codebook entries, and can be written as their numbers.

    codes: how many entries the codebook has.
    """

    codes: int

    def indices(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W) -> numbers of codebook entries (B, length), int64, from 0 to `codes` - 1."""
        raise NotImplementedError

    def decode_indices(self, indices: Tensor) -> Tensor:
        """Numbers of codebook entries (B, length) -> what `decode` returns for those entries."""
        raise NotImplementedError
