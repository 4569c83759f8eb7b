import numpy as np
import pytest
import torch
from torch import Tensor

from hourglass.data.imageset import to_unit
from hourglass.detection.features import DRAWS, Features
from hourglass.models.build import build

X = torch.from_numpy(to_unit(np.random.default_rng(0).integers(0, 256, (6, 1, 8, 8), dtype=np.uint8)))


@pytest.mark.parametrize("loss", ["mse", "bce"])
@pytest.mark.parametrize("module", ["vae", "cvae"])
def test_features_are_those_of_the_normal_class(module: str, loss: str) -> None:
    model = build(module, {"latent_dim": 3, "hidden": [16], "loss": loss}, (1, 8, 8), seed=0).eval()
    with torch.inference_mode():
        features = Features(model, X, normal=4)
        latent, residuals = features.latent, features.residuals
        normal, other = (model.condition(torch.full((6,), number)) for number in (4, 0))
        torch.testing.assert_close(latent, model.encode(X, normal), rtol=1e-5, atol=0)
        torch.testing.assert_close(residuals, model.reconstruct(X, normal) - X, rtol=0, atol=1e-6)
        assert torch.allclose(latent, model.encode(X, other), rtol=1e-3) is (module == "vae")


def test_draws_differ_and_are_the_same_for_every_image() -> None:
    settings = {"noise": "gaussian", "level": 0.5, "latent_dim": 3, "channels": [4], "hidden": 8}
    model = build("denoising", settings, (1, 8, 8), seed=0).eval()
    model.restore = lambda observed: observed  # type: ignore[method-assign]
    with torch.inference_mode():
        noise = Features(model, X, normal=0).restoration_residuals
    assert noise.shape == (DRAWS, 6, 1, 8, 8)
    for number, draw in enumerate(noise):
        torch.testing.assert_close(draw, draw[:1].expand_as(draw), rtol=0, atol=1e-6)
        assert all((draw - noise[other]).abs().max() > 0.5 for other in range(number))


def test_each_feature_is_computed_once_and_on_demand() -> None:
    model = build("vanilla", {"latent_dim": 3}, (1, 8, 8), seed=0).eval()
    calls: list[str] = []
    model.encoder.register_forward_hook(lambda *_: calls.append("encode"))
    model.decoder.register_forward_hook(lambda *_: calls.append("decode"))
    features = Features(model, X, normal=0)
    found: list[Tensor] = []
    assert calls == []
    for _ in range(2):
        found.append(features.latent)
    assert calls == ["encode"]
    for _ in range(2):
        found.append(features.residuals)
    assert calls == ["encode", "decode"]
    assert [one.shape for one in found] == [(6, 3)] * 2 + [X.shape] * 2
