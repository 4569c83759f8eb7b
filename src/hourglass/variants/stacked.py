"""Stacked autoencoder: layer upon layer, each first trained alone to rebuild the codes of the layer below.

    h0 = x,  hk = GELU(Wk h(k-1) + bk)        layer k minimises |GELU(Vk hk + ck) - h(k-1)|^2, h(k-1) held fixed

Greedy layer-wise training: layer 1 is a vanilla autoencoder of the images; its codes are what layer 2 has to
rebuild, and so on up to the last layer, whose code is linear. A layer's way back ends in the activation that
made what it rebuilds (GELU for codes, none for the images), so the trained layers, put together, are the deep
network. Then all of it is fine-tuned on the images. Codes are not confined to [0, 1]: layers above the first
are compared by squared error whatever `loss` says.

Training has one phase a layer and one of fine-tuning. The layers share half of `train.epochs` equally, the
fine-tuning has the other half. With `pretrain: false` everything learns at once, for all epochs: the joint
twin, the same network as the undercomplete autoencoder with these widths.

In 2006 this was how deep networks could be trained at all. Today's activations and optimizers do without it;
what is left is a head start, so expect a gain over the joint twin when images or epochs are few, and little
after long training.

Source: lecture "Autoencoders" (Métodos Generativos), "Autoencoders Apilados", and lecture 156, "Temas";
Bengio et al. (2007), "Greedy layer-wise training of deep networks".
"""

import math
from collections.abc import Sequence
from functools import partial

import torch
from pydantic import PositiveInt
from torch import Tensor, nn

from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.losses import Loss, image_distance
from hourglass.models.networks import dense
from hourglass.models.trainable import Phase


class Stacked(Autoencoder):
    """A dense autoencoder that can be taken apart into one autoencoder per layer."""

    def __init__(
        self,
        image_shape: Shape,
        *,
        latent_dim: PositiveInt,
        hidden: list[PositiveInt],
        loss: Loss = "mse",
        pretrain: bool = True,
    ) -> None:
        super().__init__(image_shape, latent_dim, loss)
        self.pretrain = pretrain
        widths = [math.prod(image_shape), *hidden, latent_dim]
        self.down = dense(widths)
        self.up = dense(widths[::-1])

    def encode(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        return self.down(x.flatten(1))

    def decode(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        return self.up(z).unflatten(1, self.image_shape)

    @property
    def phases(self) -> Sequence[Phase]:
        if not self.pretrain:
            return super().phases
        found: list[Phase] = []
        # Every second module is a layer; behind it stands its activation, if it has one.
        for start in range(0, len(self.down), 2):
            back = len(self.up) - 1 - start
            layer = nn.Sequential(self.down[start : start + 2], self.up[back : back + 2])
            loss = partial(self.layer_loss, self.down[:start], layer)
            found.append(Phase(f"layer {len(found) + 1}", loss, list(layer.parameters())))
        return [*found, Phase("fine-tuning", self.loss, list(self.parameters()), share=len(found))]

    def layer_loss(
        self, below: nn.Sequential, layer: nn.Sequential, x: Tensor, y: Tensor | None, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """How far one layer's own autoencoder is from what the layers below make of `x`."""
        with torch.no_grad():
            target = below(x.flatten(1))
        return {"reconstruction": image_distance(layer(target), target, "mse" if len(below) else self.loss_kind)}
