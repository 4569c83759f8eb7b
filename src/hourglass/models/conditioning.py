"""Four ways to condition a network on the class y of its images, and a dense network that uses them.

    concat           [h, onehot(y)]                     the class as further features
    embedding        h + e(y)                           a learned vector per class, added
    film             (1 + gamma(y)) * h + beta(y)       a learned scale and shift of each feature
    cross_attention  h + attention(h, tokens of y)      features attend to learned tokens of the class

Before a linear layer, concat and embedding can only shift that layer's outputs by class. FiLM also scales features by
class. With cross-attention, what is added depends on the features too.

Source: lecture "Autoencoder Clásico / Autoencoder Variacional", section 4.1, which names the four; Sohn et al.
(2015), "Learning structured output representation using deep conditional generative models"; Perez et al.
(2018), "FiLM: visual reasoning with a general conditioning layer"; Vaswani et al. (2017), "Attention is all
you need".
"""

from collections.abc import Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hourglass.core.errors import SettingsError

Kind = Literal["concat", "embedding", "film", "cross_attention"]


class Conditioning(nn.Module):
    """Features (B, features) and class numbers (B,) -> conditioned features (B, outputs)."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.features, self.classes = features, classes
        self.outputs = features

    def forward(self, h: Tensor, y: Tensor) -> Tensor:
        """Condition the features `h` on the classes `y`."""
        raise NotImplementedError


class Concat(Conditioning):
    """The one-hot class, `classes` further features. It has no weights."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__(features, classes)
        self.outputs = features + classes

    def forward(self, h: Tensor, y: Tensor) -> Tensor:
        """Condition the features `h` on the classes `y`."""
        return torch.cat([h, F.one_hot(y, self.classes).to(h.dtype)], dim=1)


class Embedding(Conditioning):
    """A learned vector per class, added to the features; zero before training."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__(features, classes)
        self.shift = nn.Parameter(torch.zeros(classes, features))

    def forward(self, h: Tensor, y: Tensor) -> Tensor:
        """Condition the features `h` on the classes `y`."""
        return h + self.shift[y]


class FiLM(Conditioning):
    """A learned scale and shift of each feature by class; the identity before training."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__(features, classes)
        self.scale = nn.Parameter(torch.zeros(classes, features))
        self.shift = nn.Parameter(torch.zeros(classes, features))

    def forward(self, h: Tensor, y: Tensor) -> Tensor:
        """Condition the features `h` on the classes `y`."""
        return (1 + self.scale[y]) * h + self.shift[y]


class CrossAttention(Conditioning):
    """Groups of features attend to learned tokens of their class, and add the result.

    Several tokens are needed: with one, all attention weights would be 1, whatever the features are.
    """

    WIDTH = 16
    TOKENS = 4

    def __init__(self, features: int, classes: int) -> None:
        super().__init__(features, classes)
        self.tokens = nn.Parameter(torch.randn(classes, self.TOKENS, self.WIDTH))
        # No biases: softmax ignores what all its inputs share, so the bias of the keys would have no effect.
        self.query, self.key, self.value, self.out = (nn.Linear(self.WIDTH, self.WIDTH, bias=False) for _ in range(4))

    def forward(self, h: Tensor, y: Tensor) -> Tensor:
        """Condition the features `h` on the classes `y`."""
        groups = F.pad(h, (0, -self.features % self.WIDTH)).unflatten(1, (-1, self.WIDTH))
        # Queries and outputs are linear, so their matrices can be applied to the tokens, which are far fewer.
        keys = self.key(self.tokens) @ self.query.weight
        values = self.out(self.value(self.tokens))
        attended = F.scaled_dot_product_attention(groups, keys[y], values[y])
        return h + attended.flatten(1)[:, : self.features]


KINDS: dict[Kind, type[Conditioning]] = {
    "concat": Concat,
    "embedding": Embedding,
    "film": FiLM,
    "cross_attention": CrossAttention,
}


class ConditionedDense(nn.Module):
    """Linear layers of the given widths with GELU between them; the input of each is conditioned on the class."""

    def __init__(self, widths: Sequence[int], classes: int, kind: Kind) -> None:
        super().__init__()
        conditions = [KINDS[kind](width, classes) for width in widths[:-1]]
        inputs = [condition.outputs for condition in conditions]
        self.conditions = nn.ModuleList(conditions)
        self.layers = nn.ModuleList(map(nn.Linear, inputs, widths[1:]))

    def forward(self, h: Tensor, y: Tensor) -> Tensor:
        """(B, widths[0]) and class numbers (B,) -> (B, widths[-1])."""
        for number, (condition, layer) in enumerate(zip(self.conditions, self.layers, strict=True)):
            h = layer(condition(F.gelu(h) if number else h, y))
        return h


def required(y: Tensor | None, classes: int) -> Tensor:
    """`y`, checked.

    Raises:
        ValueError: `y` is None.
        SettingsError: a class number is not below `classes`.
    """
    if y is None:
        raise ValueError("a conditional model needs the class number of every image")
    if (y >= classes).any():
        raise SettingsError(f"params.yaml: classes: {classes}, but there is an image of class {int(y.max())}")
    return y
