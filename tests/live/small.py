"""Small networks of every kind, and images for them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from hourglass.core.params import content
from hourglass.data.imageset import ImageSet
from hourglass.live.network import Images
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build

# Odd sides, so that convolutions and patches meet the border.
SHAPE = (1, 9, 9)
SCALE = 2
OWN = ("module", "train", "train_normal")


def images(count: int = 24, seed: int = 0) -> ImageSet:
    """Smooth random images of two classes."""
    noise = np.random.default_rng(seed).random((count, 1, 11, 11))
    smooth = np.mean([noise[:, :, row : row + 9, column : column + 9] for row in range(3) for column in range(3)], 0)
    return ImageSet((255 * smooth).astype(np.uint8), np.arange(count) % 2, ["even", "odd"])


def all_images() -> Images:
    return Images(images(seed=1), images(seed=2), images(seed=3), seed=0)


def settings() -> dict[str, dict[str, Any]]:
    """The variants of params.yaml, with narrow hidden layers."""
    return {name: _narrow(own) for name, own in content()["variants"].items()}


def model(own: Mapping[str, Any], seed: int = 3) -> Autoencoder:
    kept = {key: value for key, value in own.items() if key not in OWN}
    network = build(own["module"], kept, SHAPE, seed).eval()
    with torch.no_grad():
        for weights in network.parameters():
            weights.mul_(SCALE)  # untrained networks hardly react to what they are given
    return network


def _narrow(own: Mapping[str, Any]) -> dict[str, Any]:
    changed = dict(own)
    for key, width in (("hidden", 12), ("channels", 4)):
        if isinstance(changed.get(key), list):
            changed[key] = [width] * len(changed[key])
        elif key in changed:
            changed[key] = width
    return changed | {"latent_dim": 12 if own["module"] in ("pca", "vqvae") else min(own["latent_dim"], 16)}
