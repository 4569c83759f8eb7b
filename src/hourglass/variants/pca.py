"""PCA: the linear autoencoder, solved in closed form. The baseline for every network.

    z = (x - mean) P        x' = z P^T + mean        P: the leading eigenvectors of the pixel covariance

No linear map through `latent_dim` dimensions has a lower squared error (Eckart and Young, 1936). A linear autoencoder
trained by gradient descent ends in the same subspace (Baldi and Hornik, 1989). Reconstructions may leave [0, 1];
figures and PSNR clip them, errors do not.

Source: lecture "Autoencoders: Aprendizaje de Representaciones Latentes", "Comparación conceptual".
"""

import math

import numpy as np
import torch
from pydantic import PositiveInt
from torch import Tensor

from hourglass.data.imageset import ImageSet, to_unit
from hourglass.models.autoencoder import Autoencoder, Shape

# Images per summed product; results depend on it in the last bits.
BLOCK = 4096


class PCA(Autoencoder):
    """Principal components of the training images; random directions before `solve`."""

    closed_form = True

    def __init__(self, image_shape: Shape, *, latent_dim: PositiveInt) -> None:
        super().__init__(image_shape, latent_dim, "mse")
        pixels = math.prod(image_shape)
        if latent_dim > pixels:
            raise ValueError(f"latent_dim: {latent_dim} components of {pixels} pixels; allowed: 1 to {pixels}")
        self.mean: Tensor
        self.components: Tensor
        self.register_buffer("mean", torch.zeros(pixels))
        self.register_buffer("components", torch.linalg.qr(torch.randn(pixels, latent_dim)).Q.T.contiguous())

    def encode(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        return (x.flatten(1) - self.mean) @ self.components.T

    def decode(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        return (z @ self.components + self.mean).unflatten(1, self.image_shape)

    def solve(self, images: ImageSet) -> None:
        """Set the components to the eigenvectors of the pixel covariance, summed in float64 over blocks of images."""
        total = torch.zeros(self.mean.numel(), dtype=torch.float64)
        products = torch.zeros(total.numel(), total.numel(), dtype=torch.float64)
        for rows in images.slices(BLOCK):
            x = torch.from_numpy(to_unit(images[rows], np.float64)).flatten(1)
            total += x.sum(0)
            products += x.T @ x
        mean = total / len(images)
        _, vectors = torch.linalg.eigh(products / len(images) - torch.outer(mean, mean))
        components = vectors.flip(1)[:, : self.latent_dim].T
        # The sign of an eigenvector is arbitrary: its largest entry becomes positive, so reruns agree.
        signs = components.gather(1, components.abs().argmax(1, keepdim=True)).sign()
        self.mean.copy_(mean)
        self.components.copy_(components * signs)
