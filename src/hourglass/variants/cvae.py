"""Conditional variational autoencoder: everybody is told the class, so the code need not say it.

    q(z|x,y) = N(mu(x,y), diag(sigma(x,y)^2))      p(z|y) = N(mu(y), sigma^2(y) I)
    loss     = -log p(x|z,y) + beta * KL(q(z|x,y) || p(z|y))            (the negative ELBO of log p(x|y))

Encoder and decoder are dense networks that receive y at every layer, in one of four ways
(models/conditioning.py). The prior is learned: a mean for each class, and one variance for each class, the same
in all dimensions. Draw z from the prior of a class and decode it with that class: images to order. Expect
reconstructions a little better than the VAE's at the same code, since y comes for free.

What the code then adds to the class is what the class leaves open: stance, width, shade. Measured from the prior,
(z - mu(y)) / sigma(y), a classifier on codes drawn from q(z|x,y) is hardly better than chance; from zero it reads
the class off mu(y), as far as the priors of the classes lie apart. On the means of q, which `encode` returns, it can
be better than on any other variant's code: the encoder was handed the true class, and leaves traces of it that are
far smaller than the noise sigma(x,y) but that a classifier, seeing no noise, finds. Those accuracies are no merit.

Detection: the network trained on one class has only ever seen that condition, and every image it scores, of
whatever true class, is scored under it: "how well can you be rebuilt as a T-shirt?". It is a VAE with biases
then, and should score like one.

Source: lecture "Autoencoder Clásico / Autoencoder Variacional", section 4; Sohn et al. (2015), "Learning
structured output representation using deep conditional generative models".
"""

import math

import torch
from pydantic import NonNegativeFloat, PositiveInt
from torch import Tensor, nn

from hourglass.models.autoencoder import Shape
from hourglass.models.conditioning import ConditionedDense, Kind, known
from hourglass.models.losses import Loss
from hourglass.models.variational import Variational


class CVAE(Variational):
    """Dense VAE whose encoder, decoder and prior know the class."""

    conditional = True

    def __init__(
        self,
        image_shape: Shape,
        *,
        latent_dim: PositiveInt,
        hidden: list[PositiveInt],
        conditioning: Kind = "concat",
        classes: PositiveInt = 10,
        loss: Loss = "bce",
        beta: NonNegativeFloat = 1.0,
        binarise: bool = False,
    ) -> None:
        super().__init__(image_shape, latent_dim, loss, beta, binarise)
        self.classes = classes
        widths = [math.prod(image_shape), *hidden]
        self.encoder = ConditionedDense([*widths, 2 * latent_dim], classes, conditioning)
        self.decoder = ConditionedDense([latent_dim, *reversed(widths)], classes, conditioning)
        # Every class starts from the VAE's prior, N(0, I).
        self.prior_mean = nn.Parameter(torch.zeros(classes, latent_dim))
        self.prior_logvar = nn.Parameter(torch.zeros(classes, 1))

    def prior(self, y: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Class numbers (B,) -> mean (B, latent_dim) and log-variance (B, 1) of p(z|y)."""
        y = known(y, self.classes)
        return self.prior_mean[y], self.prior_logvar[y]

    def posterior(self, x: Tensor, y: Tensor | None = None) -> tuple[Tensor, Tensor]:
        mean, logvar = self.encoder(x.flatten(1), known(y, self.classes)).chunk(2, dim=1)
        return mean, logvar

    def decode(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        return self.decoder(z, known(y, self.classes)).unflatten(1, self.image_shape)
