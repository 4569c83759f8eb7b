import numpy as np
import pytest
import torch

from hourglass.models.build import build
from hourglass.models.inference import indices, score
from hourglass.models.quantiser import Quantised

IMAGES = np.random.default_rng(0).integers(0, 256, (7, 1, 8, 8), dtype=np.uint8)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hourglass.models.inference.BATCH", 3)


def test_every_image_is_scored_under_the_normal_class() -> None:
    model = build({"module": "cvae", "latent_dim": 3, "hidden": [16]}, (1, 8, 8), seed=0).eval()
    x = torch.from_numpy(IMAGES) / 255
    with torch.inference_mode():
        for normal in (0, 4):
            np.testing.assert_allclose(
                score(model, IMAGES, normal), model.score(x, torch.full((7,), normal)), rtol=1e-5
            )
    assert not np.allclose(score(model, IMAGES, 0), score(model, IMAGES, 4), rtol=1e-3)


def test_an_unconditional_model_sees_no_class() -> None:
    model = build({"module": "vanilla", "latent_dim": 3}, (1, 8, 8), seed=0).eval()
    np.testing.assert_array_equal(score(model, IMAGES, 0), score(model, IMAGES, 4))


def test_indices_of_all_batches() -> None:
    settings = {"module": "vqvae", "latent_dim": 8, "codes": 5, "channels": [4, 4]}
    model = build(settings, (1, 8, 8), seed=0).eval()
    assert isinstance(model, Quantised)
    found = indices(model, IMAGES)
    assert found.shape == (7, 4)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, model.indices(torch.from_numpy(IMAGES) / 255))
