"""PCA: the linear autoencoder, solved in closed form. The baseline every network has to beat.

    z = (x - mean) P        x' = z P^T + mean        P: the leading eigenvectors of the covariance

Of all linear maps through `latent_dim` numbers, none has a lower squared error (Eckart and Young, 1936),
and a linear autoencoder trained by gradient descent ends in the same subspace (Baldi and Hornik, 1989).
Its images are not confined to [0, 1]; pictures and PSNR clip them, errors do not.

Source: lecture "Autoencoders: Aprendizaje de Representaciones Latentes", "Comparación conceptual".
"""

import math

import torch
from pydantic import PositiveInt
from torch import Tensor

from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.trainable import Pixels


class PCA(Autoencoder):
    """Principal components of the training pixels; before `solve`, random directions."""

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

    def solve(self, images: Pixels) -> None:
        """Eigenvectors of the pixel covariance, summed in double precision over blocks: memory does not grow with N."""
        total = torch.zeros(self.mean.numel(), dtype=torch.float64)
        products = torch.zeros(total.numel(), total.numel(), dtype=torch.float64)
        for block in images.split(4096):
            x = block.flatten(1).double() / 255
            total += x.sum(0)
            products += x.T @ x
        mean = total / len(images)
        _, vectors = torch.linalg.eigh(products / len(images) - torch.outer(mean, mean))
        components = vectors.flip(1)[:, : self.latent_dim].T
        # An eigenvector's sign is arbitrary: make its largest entry positive, so that reruns agree.
        signs = components.gather(1, components.abs().argmax(1, keepdim=True)).sign()
        self.mean.copy_(mean)
        self.components.copy_(components * signs)
