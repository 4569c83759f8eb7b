"""Zeros of scikit-learn's digits as normal images, and networks for them, as they are before training."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build

NETWORKS: dict[str, dict[str, Any]] = {
    "undercomplete": {"module": "undercomplete", "latent_dim": 6, "hidden": [32]},
    "vae": {"module": "vae", "latent_dim": 4, "hidden": [16]},
    "cvae": {"module": "cvae", "latent_dim": 4, "hidden": [16]},
    "tied": {"module": "tied", "latent_dim": 4, "hidden": [16]},
    "rotated": {"module": "rotated", "latent_dim": 4, "channels": [], "hidden": [16], "train_normal": {"epochs": 3}},
}
Network = tuple[Autoencoder, dict[str, Any]]


@pytest.fixture(scope="session")
def digits() -> dict[str, NDArray[np.uint8]]:
    """known and held_out: normal images; strange: others."""
    found = load_digits()
    images = np.rint(found.images[:, None] * (255 / 16)).astype(np.uint8)
    normal = images[found.target == 0]
    return {"known": normal[:100], "held_out": normal[100:], "strange": images[found.target == 4][:50]}


@pytest.fixture
def networks() -> dict[str, Network]:
    return {name: (build(settings, (1, 8, 8), seed=0).eval(), settings) for name, settings in NETWORKS.items()}
