import numpy as np
import pytest
import torch

from hourglass.data.imageset import BATCH, ImageSet
from hourglass.evaluation.inference import (
    codebook_indices,
    decode,
    decode_indices,
    draw_codes,
    encode,
    map_arrays,
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

SHAPE = (1, 8, 8)
# Two batches and a part of a third.
COUNT = 2 * BATCH + 7
IMAGES = ImageSet(np.random.default_rng(0).integers(0, 256, (COUNT, *SHAPE), dtype=np.uint8), np.arange(COUNT) % 10)


def test_map_arrays_keeps_rows_together_and_in_order() -> None:
    first, second = np.arange(COUNT), np.arange(COUNT) / 7
    seen: list[int] = []

    def both(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        seen.append(len(a))
        return torch.stack([a, b], dim=1)

    np.testing.assert_array_equal(map_arrays(both, first, second), np.stack([first, second], axis=1))
    assert seen == [BATCH, BATCH, 7]


def test_every_image_is_scored_as_the_normal_class() -> None:
    model = build("cvae", {"latent_dim": 3, "hidden": [16]}, SHAPE, seed=0).eval()
    x, _ = IMAGES.batch(slice(None))
    with torch.inference_mode():
        for normal in (0, 4):
            expected = model.score(x, torch.full((COUNT,), normal))
            np.testing.assert_allclose(score(model, IMAGES, normal), expected, rtol=1e-5)
    assert not np.allclose(score(model, IMAGES, 0), score(model, IMAGES, 4), rtol=1e-3)


def test_unconditional_network_gets_no_class() -> None:
    model = build("vanilla", {"latent_dim": 3}, SHAPE, seed=0).eval()
    np.testing.assert_array_equal(score(model, IMAGES, 0), score(model, IMAGES, 4))


def test_codebook_indices_of_all_batches() -> None:
    model = build("vqvae", {"latent_dim": 8, "codes": 5, "channels": [4, 4]}, SHAPE, seed=0).eval()
    assert isinstance(model, Quantised)
    found = codebook_indices(model, IMAGES)
    assert found.shape == (COUNT, 4)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, model.indices(IMAGES.batch(slice(None))[0]))
    rebuilt = np.concatenate([part for _, part in reconstruct(model, IMAGES)])
    np.testing.assert_allclose(decode_indices(model, found), rebuilt, rtol=1e-5, atol=1e-6)


def test_restoration_draws_new_noise_for_each_batch() -> None:
    settings = {"noise": "gaussian", "level": 0.5, "latent_dim": 3, "channels": [4], "hidden": 8}
    model = build("denoising", settings, SHAPE, seed=0).eval()
    found = restore(model, IMAGES, model.level, seed=2)
    assert {images.shape for images in vars(found).values()} == {(COUNT, *SHAPE)}
    np.testing.assert_allclose(found.originals, IMAGES[:] / 255, rtol=1e-6)
    noise = found.observed - found.originals
    assert abs(np.corrcoef(noise[0].ravel(), noise[BATCH].ravel())[0, 1]) < 0.5
    with torch.inference_mode():
        expected = model.restore(torch.from_numpy(found.observed))
    np.testing.assert_allclose(found.restored, expected, rtol=1e-4, atol=1e-6)
    again = restore(model, IMAGES, model.level, seed=2)
    for name, images in vars(again).items():
        np.testing.assert_array_equal(images, vars(found)[name])


def test_samples_are_of_the_classes_asked_for() -> None:
    model = build("cvae", {"latent_dim": 3, "hidden": [16]}, SHAPE, seed=0).eval()
    labels, generator = np.arange(COUNT) % 3, torch.Generator().manual_seed(4)
    with torch.inference_mode():
        expected = [model.sample(len(y), y, generator) for y in torch.from_numpy(labels).split(BATCH)]
    np.testing.assert_array_equal(sample(model, labels, seed=4), torch.cat(expected))


@pytest.mark.parametrize("module", ["vae", "cvae"])
def test_decoding_latent_codes_is_reconstructing(module: str) -> None:
    """Also with bce, whose decoder returns logits; a conditional network needs labels, another ignores them."""
    model = build(module, {"latent_dim": 3, "hidden": [16], "loss": "bce"}, SHAPE, seed=0).eval()
    labels = IMAGES.labels
    rebuilt = np.concatenate([part for _, part in reconstruct(model, IMAGES)])
    np.testing.assert_allclose(decode(model, encode(model, IMAGES), labels), rebuilt, rtol=1e-5)
    other = decode(model, encode(model, IMAGES), labels[::-1].copy())
    assert np.allclose(other, rebuilt, rtol=1e-5) is (module == "vae")


def test_drawn_codes_scatter_around_the_posterior_mean() -> None:
    model = build("vae", {"latent_dim": 3, "hidden": [16]}, SHAPE, seed=0).eval()
    assert isinstance(model, Variational)
    many = IMAGES.subset(np.zeros(5000, np.int64))
    drawn = draw_codes(model, many, seed=1)
    with torch.inference_mode():
        mean, logvar = model.posterior(IMAGES.batch(slice(1))[0])
    np.testing.assert_allclose(drawn.mean(0), mean[0], atol=0.06)
    np.testing.assert_allclose(drawn.std(0), (logvar[0] / 2).exp(), rtol=0.05)
    # The prior is N(0, I) already.
    np.testing.assert_allclose(standardise(model, drawn, many.labels), drawn, rtol=1e-6)


def test_standardised_codes_do_not_depend_on_the_class() -> None:
    model = build("cvae", {"latent_dim": 3, "hidden": [16], "classes": 2}, SHAPE, seed=0).eval()
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
