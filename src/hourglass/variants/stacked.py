"""Stacked autoencoder: each layer is first trained alone, as an autoencoder of the layer below; then all together.

    h0 = x,  hk = GELU(Wk h(k-1) + bk)        layer k minimises |GELU(Vk hk + ck) - h(k-1)|^2, h(k-1) held fixed

Greedy layer-wise pretraining: layer 1 is a vanilla autoencoder of the images, layer 2 one of layer 1's outputs, and so
on. The last layer's output, the latent code, is linear. Each layer's decoder ends in the activation of what it
reconstructs: GELU for hidden layers, none for images. So the pretrained layers together form the deep network, which
is then fine-tuned on the images. Hidden layers are not confined to [0, 1]: layers above the first always minimise the
squared error, whatever `loss` is.

Training has one phase per layer and a fine-tuning phase. The layers share half of `train.epochs` equally; fine-tuning
has the other half. With `pretrain: false` there is one phase for all parameters: the network is then the undercomplete
autoencoder with the same widths.

In 2006 deep networks could hardly be trained without pretraining. With today's activations and optimizers they can:
expect a lower error than without it when images or epochs are few, and little difference after long training.

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
    """A dense autoencoder that splits into one autoencoder per layer."""

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
        pretraining: list[Phase] = []
        # Every second module is a linear layer; its activation, if any, follows it.
        for start in range(0, len(self.down), 2):
            back = len(self.up) - 1 - start
            layer = nn.Sequential(self.down[start : start + 2], self.up[back : back + 2])
            loss = partial(self.layer_loss, self.down[:start], layer)
            pretraining.append(Phase(f"layer {len(pretraining) + 1}", loss, list(layer.parameters())))
        return [*pretraining, Phase("fine-tuning", self.loss, list(self.parameters()), share=len(pretraining))]

    def layer_loss(
        self, below: nn.Sequential, layer: nn.Sequential, x: Tensor, y: Tensor | None, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """`reconstruction`: the distance of one layer's autoencoder from the output of the layers below."""
        with torch.no_grad():
            target = below(x.flatten(1))
        return {"reconstruction": image_distance(layer(target), target, "mse" if len(below) else self.loss_kind)}
