"""Zeros of scikit-learn's digits as normal images, and untrained networks for them."""

from typing import Any

import pytest

from hourglass.data.imageset import ImageSet
from hourglass.detection.detector import NormalImages
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build

NETWORKS: dict[str, dict[str, Any]] = {
    "undercomplete": {"latent_dim": 6, "hidden": [32]},
    "vae": {"latent_dim": 4, "hidden": [16]},
    "cvae": {"latent_dim": 4, "hidden": [16]},
    "tied": {"latent_dim": 4, "hidden": [16]},
    "rotated": {"latent_dim": 4, "channels": [], "hidden": [16]},
}


@pytest.fixture(scope="session")
def zeros(digits: ImageSet) -> NormalImages:
    normal = digits.of_class(0)
    return NormalImages(normal.first(100), normal.subset(slice(100, None)), normal=0)


@pytest.fixture(scope="session")
def fours(digits: ImageSet) -> ImageSet:
    """Anomalies."""
    return digits.of_class(4).first(50)


@pytest.fixture
def networks() -> dict[str, Autoencoder]:
    return {name: build(name, settings, (1, 8, 8), seed=0).eval() for name, settings in NETWORKS.items()}
