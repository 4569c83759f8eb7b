"""What the report's page computes of an autoencoder: latent codes, images, and draws from the prior."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from hourglass.models.autoencoder import Autoencoder
from hourglass.models.variational import Variational


@dataclass(frozen=True)
class Function:
    """A function of a network, and example inputs by name, batches of one."""

    apply: Callable[..., Tensor]
    inputs: Mapping[str, Tensor]


def functions(model: Autoencoder) -> dict[str, Function]:
    """`encode`: image -> latent code; `decode`: latent code -> image; `prior`: noise -> latent code, if any.

    Those of a conditional network also take the class number `y`. `encode_N`, of a network that takes images with
    hidden patches: image, and numbers of its N visible patches -> latent code; one for each of the model's levels.
    """
    y = {"y": torch.tensor([0])} if model.conditional else {}
    x, code = torch.zeros(1, *model.image_shape), torch.zeros(1, model.latent_dim)
    # Looked up when they are called: `encode` may be replaced while it is traced.
    computed = {
        "encode": Function(lambda x, *y: model.encode(x, *y), {"x": x, **y}),
        "decode": Function(lambda z, *y: model.means(model.decode(z, *y)), {"z": code, **y}),
    }
    if isinstance(model, Variational):
        computed["prior"] = Function(lambda noise, *y: _draw(model, noise, *y), {"noise": code, **y})
    if hasattr(model, "patches"):
        for visible in (_visible(model, level) for level in model.levels):
            name = f"visible_{len(visible)}"
            computed[f"encode_{len(visible)}"] = Function(partial(_encode_visible, model), {"x": x, name: visible})
    return computed


def _visible(model: Any, level: float) -> Tensor:
    """Numbers of the patches that stay visible when an image is corrupted at this level, ascending, int64."""
    observed = model.corrupt(torch.zeros(1, *model.image_shape), level, torch.Generator().manual_seed(0))
    return (~model.patches(observed)[0].isnan().any(1)).nonzero().flatten()


def _encode_visible(model: Any, x: Tensor, visible: Tensor) -> Tensor:
    """`encode` of a masked autoencoder, of an image of which only these patches are looked at."""
    tokens = model.embedding(model.patches(x)[0][visible]) + model.positions[visible]
    latent: Tensor = model.code(model.encoder(tokens[None]).mean(1))
    return latent


def _draw(model: Variational, noise: Tensor, *y: Tensor) -> Tensor:
    """Noise (1, latent_dim) from N(0, I) -> a latent code from the prior."""
    mean, logvar = model.prior(*y)
    return mean + (0.5 * logvar).exp() * noise
