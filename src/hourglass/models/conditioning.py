"""Four ways to tell a network which class y its image belongs to, and a network that listens.

    concat           [h, onehot(y)]                     the class as more inputs
    embedding        h + e(y)                           a learned vector, added
    film             (1 + gamma(y)) * h + beta(y)       a learned scale and shift of each feature
    cross_attention  h + attention(h, tokens of y)      features ask learned tokens of the class

In front of a linear layer, concat and embedding can only shift that layer's outputs, by class. FiLM also
turns features up, down or off by class. Cross-attention makes what is added depend on the features too.

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
    """Features (B, features) and class numbers (B,) -> features (B, outputs) that know the class."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.features, self.classes = features, classes
        self.outputs = features

    def forward(self, h: Tensor, y: Tensor) -> Tensor:
        """Join `y` to `h`."""
        raise NotImplementedError


class Concat(Conditioning):
    """The class as `classes` more features, one of them 1 and the rest 0. It has no weights of its own."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__(features, classes)
        self.outputs = features + classes

    def forward(self, h: Tensor, y: Tensor) -> Tensor:
        """Join `y` to `h`."""
        return torch.cat([h, F.one_hot(y, self.classes).to(h.dtype)], dim=1)


class Embedding(Conditioning):
    """A learned vector per class, added to the features; zero, and so no condition, before training."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__(features, classes)
        self.shift = nn.Parameter(torch.zeros(classes, features))

    def forward(self, h: Tensor, y: Tensor) -> Tensor:
        """Join `y` to `h`."""
        return h + self.shift[y]


class FiLM(Conditioning):
    """A learned scale and shift of each feature by class; the identity before training."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__(features, classes)
        self.scale = nn.Parameter(torch.zeros(classes, features))
        self.shift = nn.Parameter(torch.zeros(classes, features))

    def forward(self, h: Tensor, y: Tensor) -> Tensor:
        """Join `y` to `h`."""
        return (1 + self.scale[y]) * h + self.shift[y]


class CrossAttention(Conditioning):
    """Groups of features query learned tokens of their class, and add what they find.

    With a single token the attention weights would all be 1 and the answer the same whatever is asked; with
    several, each group of features chooses its own mixture.
    """

    WIDTH = 16
    TOKENS = 4

    def __init__(self, features: int, classes: int) -> None:
        super().__init__(features, classes)
        self.tokens = nn.Parameter(torch.randn(classes, self.TOKENS, self.WIDTH))
        # No biases: that of the keys has no effect, since softmax ignores what all its inputs share.
        self.query, self.key, self.value, self.out = (nn.Linear(self.WIDTH, self.WIDTH, bias=False) for _ in range(4))

    def forward(self, h: Tensor, y: Tensor) -> Tensor:
        """Join `y` to `h`."""
        groups = F.pad(h, (0, -self.features % self.WIDTH)).unflatten(1, (-1, self.WIDTH))
        tokens = self.tokens[y]
        found = F.scaled_dot_product_attention(self.query(groups), self.key(tokens), self.value(tokens))
        return h + self.out(found).flatten(1)[:, : self.features]


KINDS: dict[Kind, type[Conditioning]] = {
    "concat": Concat,
    "embedding": Embedding,
    "film": FiLM,
    "cross_attention": CrossAttention,
}


class ConditionedDense(nn.Module):
    """Linear layers of the given widths with GELU between them; the class joins the input of each."""

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


def known(y: Tensor | None, classes: int) -> Tensor:
    """`y`, which a conditional model cannot do without.

    Raises:
        SettingsError: an image's class is not among the first `classes`.
    """
    if y is None:
        raise ValueError("a conditional model needs the class number of every image")
    if (y >= classes).any():
        raise SettingsError(f"params.yaml: classes: {classes}, but there is an image of class {int(y.max())}")
    return y
