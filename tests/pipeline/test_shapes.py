"""Every variant at every shape of images that users have: built, trained for one step, and looked at by a detector."""

from typing import Any

import numpy as np
import pytest
import torch

from hourglass.core.errors import SettingsError
from hourglass.data.imageset import ImageSet
from hourglass.data.settings import DataSettings, ImageSettings
from hourglass.detection.detector import NormalImages, fit
from hourglass.detection.scorer import applicable, names
from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.build import build, modules
from hourglass.pipeline.validate import require_sensible

SHAPES: list[Shape] = [(1, 28, 28), (3, 32, 32), (3, 64, 64), (3, 128, 128), (1, 48, 64), (1, 17, 43)]
SETTINGS: dict[str, dict[str, Any]] = {
    "pca": {},
    "vanilla": {},
    "undercomplete": {"hidden": [8]},
    "stacked": {"hidden": [8], "pretrain": True},
    "tied": {"hidden": [8]},
    "sparse": {"penalty": "l1", "weight": 0.001},
    "convolutional": {"channels": [4, 4], "hidden": 8},
    "denoising": {"noise": "gaussian", "level": 0.5, "channels": [4, 4], "hidden": 8},
    "mended": {"channels": [4, 4, 4], "latent_dim": 512},
    "super_resolution": {"hidden": [8]},
    "masked": {"patch": 8, "width": 8, "depth": 1, "hidden": 8},
    "rotated": {"channels": [4, 4], "hidden": [8]},
    "vae": {"hidden": [8]},
    "cvae": {"hidden": [8]},
    "vqvae": {"channels": [4, 4, 4], "codes": 4, "latent_dim": 512},
}


def images(shape: Shape, count: int, seed: int) -> ImageSet:
    return ImageSet(np.random.default_rng(seed).integers(0, 256, (count, *shape), np.uint8))


def step(model: Autoencoder, some: ImageSet) -> None:
    """One gradient step of every phase of the training; afterwards all weights are finite."""
    x, y = some.batch(slice(None))
    for phase in model.phases:
        optimizer = torch.optim.AdamW(phase.parameters, lr=1e-3)
        terms = phase.loss(x, model.condition(y), torch.Generator().manual_seed(0))
        torch.stack([term.mean() for term in terms.values()]).sum().backward()
        optimizer.step()
        optimizer.zero_grad()
    assert all(value.isfinite().all() for value in model.parameters())


def own(shape: Shape, classes: int = 1) -> DataSettings:
    channels, height, width = shape
    named = [str(number) for number in range(classes)]
    settings = ImageSettings.model_validate(
        {"height": height, "width": width, "channels": channels, "classes": named, "digest": ""}
    )
    return DataSettings(name="own", images=settings)


def test_every_module_is_tried() -> None:
    assert SETTINGS.keys() == set(modules())


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "x".join(map(str, shape)))
@pytest.mark.parametrize("module", SETTINGS)
def test_a_variant_works_at_a_shape(module: str, shape: Shape) -> None:
    model = build(module, {"latent_dim": 4, **SETTINGS[module]}, shape, seed=0)
    if not model.closed_form:  # solving for principal components of thousands of pixels takes too long for a test
        step(model, images(shape, 6, 0))
    scorers = applicable(names(), model)
    detector = fit([model.eval()], scorers, NormalImages(images(shape, 6, 2), images(shape, 4, 3), 0), 0.1)
    some = images(shape, 2, 4)
    assert torch.from_numpy(detector.score(some)).isfinite().all()
    assert detector.maps(some).shape == (2, *shape[1:])


def test_principal_components_of_many_pixels_are_refused() -> None:
    require_sensible("v", build("pca", {"latent_dim": 2}, (3, 32, 32), 0), own((3, 32, 32)))
    with pytest.raises(SettingsError, match=r"v: PCA needs the covariance of 49,152 values .*, at most 8,192; make"):
        require_sensible("v", build("pca", {"latent_dim": 2}, (3, 128, 128), 0), own((3, 128, 128)))


def test_a_network_of_too_many_parameters_is_refused() -> None:
    model = build("undercomplete", {"latent_dim": 2, "hidden": [1100]}, (3, 128, 128), 0)
    with pytest.raises(SettingsError, match=r"v: 108,\d+,\d+ parameters for 3 x 128 x 128 images, at most 100,000,000"):
        require_sensible("v", model, own((3, 128, 128)))


def test_a_conditional_network_needs_all_classes() -> None:
    model = build("cvae", {"latent_dim": 2, "hidden": [4], "classes": 2}, (1, 16, 16), 0)
    require_sensible("v", model, own((1, 16, 16), classes=2))
    with pytest.raises(SettingsError, match=r"v.classes: 2, but data.images.classes has 3"):
        require_sensible("v", model, own((1, 16, 16), classes=3))
