import numpy as np
import pytest
import torch

from hourglass.detectors.sight import DRAWS, Sight
from hourglass.inference import encode, reconstruct
from hourglass.models.build import build

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 1, 8, 8), dtype=np.uint8)


@pytest.mark.parametrize("loss", ["mse", "bce"])
@pytest.mark.parametrize("module", ["vae", "cvae"])
def test_codes_and_residuals_are_those_of_the_normal_class(module: str, loss: str) -> None:
    model = build({"module": module, "latent_dim": 3, "hidden": [16], "loss": loss}, (1, 8, 8), seed=0).eval()
    with torch.inference_mode():
        sight = Sight(model, torch.from_numpy(IMAGES), normal=4)
        codes, residuals = sight.codes, sight.residuals
    labels = np.full(6, 4)
    np.testing.assert_allclose(codes, encode(model, IMAGES, labels), rtol=1e-5)
    ((x, rebuilt),) = reconstruct(model, IMAGES, labels)
    np.testing.assert_allclose(residuals, rebuilt - x, atol=1e-6)
    other = encode(model, IMAGES, np.zeros(6, np.int64))
    assert np.allclose(codes, other, rtol=1e-3) is (module == "vae")


def test_every_draw_is_another_damage_and_the_same_for_every_image() -> None:
    settings = {"module": "denoising", "noise": "gaussian", "level": 0.5, "latent_dim": 3, "channels": [4], "hidden": 8}
    model = build(settings, (1, 8, 8), seed=0).eval()
    seen: list[torch.Tensor] = []
    model.restore = lambda observed: seen.append(observed) or observed  # type: ignore[method-assign,func-returns-value]
    with torch.inference_mode():
        repairs = Sight(model, torch.from_numpy(IMAGES), normal=0).repairs
    assert repairs.shape == (DRAWS, 6, 1, 8, 8)
    for draw in range(DRAWS):
        noise = repairs[draw]  # nothing was repaired
        torch.testing.assert_close(noise, noise[:1].expand_as(noise), rtol=0, atol=1e-6)
        assert all((noise - repairs[other]).abs().max() > 0.5 for other in range(draw))


def test_each_part_is_computed_once_and_only_when_it_is_asked_for() -> None:
    model = build({"module": "vanilla", "latent_dim": 3}, (1, 8, 8), seed=0).eval()
    calls: list[str] = []
    model.encoder.register_forward_hook(lambda *_: calls.append("encode"))
    model.decoder.register_forward_hook(lambda *_: calls.append("decode"))
    sight = Sight(model, torch.from_numpy(IMAGES), normal=0)
    assert calls == []
    for _ in range(2):
        assert sight.codes.shape == (6, 3)
    assert calls == ["encode"]
    for _ in range(2):
        assert sight.residuals.shape == (6, 1, 8, 8)
    assert calls == ["encode", "decode"]
