import numpy as np
import pytest
import torch

from hourglass.inference import (
    decode,
    decode_indices,
    draw_codes,
    encode,
    indices,
    reconstruct,
    restore,
    sample,
    score,
    standardise,
)
from hourglass.models.build import build
from hourglass.models.gaussian import draw
from hourglass.models.quantiser import Quantised
from hourglass.models.variational import Variational
from hourglass.variants.cvae import CVAE

IMAGES = np.random.default_rng(0).integers(0, 256, (7, 1, 8, 8), dtype=np.uint8)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hourglass.inference.BATCH", 3)


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
    rebuilt = np.concatenate([part for _, part in reconstruct(model, IMAGES, np.zeros(7, np.int64))])
    np.testing.assert_allclose(decode_indices(model, found), rebuilt, rtol=1e-5, atol=1e-6)


def test_restoration_goes_on_drawing_from_batch_to_batch() -> None:
    settings = {"module": "denoising", "noise": "gaussian", "level": 0.5, "latent_dim": 3, "channels": [4], "hidden": 8}
    model = build(settings, (1, 8, 8), seed=0).eval()
    found = restore(model, IMAGES, model.level, seed=2)
    assert {name: images.shape for name, images in found.items()} == dict.fromkeys(
        ("originals", "observed", "restored"), (7, 1, 8, 8)
    )
    np.testing.assert_allclose(found["originals"], IMAGES / 255, rtol=1e-6)
    noise = found["observed"] - found["originals"]
    assert abs(np.corrcoef(noise[0].ravel(), noise[3].ravel())[0, 1]) < 0.5
    with torch.inference_mode():
        expected = model.restore(torch.from_numpy(found["observed"]))
    np.testing.assert_allclose(found["restored"], expected, rtol=1e-4, atol=1e-6)
    for name, images in restore(model, IMAGES, model.level, seed=2).items():
        np.testing.assert_array_equal(images, found[name])


def test_samples_are_of_the_classes_asked_for() -> None:
    model = build({"module": "cvae", "latent_dim": 3, "hidden": [16]}, (1, 8, 8), seed=0).eval()
    labels, generator = np.array([0, 1, 2, 0, 1]), torch.Generator().manual_seed(4)
    with torch.inference_mode():
        expected = [model.sample(len(y), y, generator) for y in torch.from_numpy(labels).split(3)]
    np.testing.assert_array_equal(sample(model, labels, seed=4), torch.cat(expected))


@pytest.mark.parametrize("module", ["vae", "cvae"])
def test_decoding_the_codes_is_reconstructing(module: str) -> None:
    """Also with bce, whose decoder returns logits; a conditional model needs labels, another ignores them."""
    model = build({"module": module, "latent_dim": 3, "hidden": [16], "loss": "bce"}, (1, 8, 8), seed=0).eval()
    labels = np.arange(7)
    rebuilt = np.concatenate([part for _, part in reconstruct(model, IMAGES, labels)])
    decoded = decode(model, encode(model, IMAGES, labels), labels)
    np.testing.assert_allclose(decoded, rebuilt, rtol=1e-5)
    other = decode(model, encode(model, IMAGES, labels), labels[::-1].copy())
    assert np.allclose(other, rebuilt, rtol=1e-5) is (module == "vae")


def test_drawn_codes_scatter_around_the_posterior_mean() -> None:
    model = build({"module": "vae", "latent_dim": 3, "hidden": [16]}, (1, 8, 8), seed=0).eval()
    assert isinstance(model, Variational)
    many = np.repeat(IMAGES[:1], 5000, axis=0)
    drawn = draw_codes(model, many, np.zeros(5000, np.int64), seed=1)
    with torch.inference_mode():
        mean, logvar = model.posterior(torch.from_numpy(IMAGES[:1]) / 255)
    np.testing.assert_allclose(drawn.mean(0), mean[0], atol=0.06)
    np.testing.assert_allclose(drawn.std(0), (logvar[0] / 2).exp(), rtol=0.05)
    # The prior is N(0, I) already.
    np.testing.assert_allclose(standardise(model, drawn, np.zeros(5000, np.int64)), drawn, rtol=1e-6)


def test_codes_of_a_prior_have_nothing_left_of_its_class() -> None:
    model = build({"module": "cvae", "latent_dim": 3, "hidden": [16], "classes": 2}, (1, 8, 8), seed=0).eval()
    assert isinstance(model, CVAE)
    labels = np.arange(20_000) % 2
    with torch.inference_mode():
        model.prior_mean.copy_(torch.tensor([[5.0, 0, 0], [-5.0, 1, 2]]))
        model.prior_logvar.copy_(torch.tensor([[0.0], [3.0]]))
        codes = draw(*model.prior(torch.from_numpy(labels)), torch.Generator().manual_seed(0)).numpy()
    found = standardise(model, codes, labels)
    for number in range(2):
        np.testing.assert_allclose(found[labels == number].mean(0), 0, atol=0.04)
        np.testing.assert_allclose(found[labels == number].std(0), 1, atol=0.03)
