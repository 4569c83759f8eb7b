from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from hourglass.data.arrays import Split
from hourglass.experiments import generation
from hourglass.experiments.judge import Judge
from hourglass.experiments.material import Material
from hourglass.inference import decode, encode, reconstruct
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build

SHAPE = (1, 8, 8)
VARIANTS: dict[str, dict[str, Any]] = {
    "undercomplete": {"module": "undercomplete", "latent_dim": 4, "hidden": [16]},
    "vae": {"module": "vae", "latent_dim": 4, "hidden": [16]},
    "cvae": {"module": "cvae", "latent_dim": 4, "hidden": [16]},
}


@pytest.fixture(scope="module")
def material() -> Material:
    images = np.rint(load_digits().images[:, None] * (255 / 16)).astype(np.uint8)
    whole = Split(images, load_digits().target.astype(np.int64))
    train, validation, test = (whole.part(part) for part in (slice(900), slice(900, 1200), slice(1200, None)))
    torch.manual_seed(0)
    return Material(train, validation, test, Judge(SHAPE, 10).eval(), 5, seed=3)


def model(name: str) -> Autoencoder:
    return build(VARIANTS[name], SHAPE, seed=0).eval()


def test_who_has_a_prior_is_drawn_from_it_and_who_has_none_is_given_two(material: Material) -> None:
    assert generation.draws(model("vae"), material, 20).keys() == {"prior"}
    found = generation.draws(model("undercomplete"), material, 20)
    assert found.keys() == {"gaussian", "mixture"}
    for images in found.values():
        assert images.shape == (20, *SHAPE)
    wide = build({**VARIANTS["undercomplete"], "latent_dim": 65}, SHAPE, seed=0).eval()
    assert generation.draws(wide, material, 20).keys() == {"gaussian"}


def test_fitted_draws_have_the_codes_moments(material: Material, monkeypatch: pytest.MonkeyPatch) -> None:
    network = model("undercomplete")
    drawn: list[np.ndarray] = []
    monkeypatch.setattr(generation, "decode", lambda _, codes, labels: drawn.append(codes))
    generation.draws(network, material, 20_000)
    codes = encode(network, material.train.images, material.train.labels)
    for found in drawn:
        np.testing.assert_allclose(found.mean(0), codes.mean(0), atol=0.05 * codes.std())
        np.testing.assert_allclose(np.cov(found.T), np.cov(codes.T), atol=0.08 * codes.var())


@pytest.mark.parametrize("name", VARIANTS)
def test_figures_come_with_intervals_and_repeat(material: Material, name: str) -> None:
    found = generation.figures(model(name), material)
    expected = {"frechet", "interpolation_realism"}
    expected |= {"undercomplete": {"frechet_mixture"}, "vae": set(), "cvae": {"conditional_accuracy"}}[name]
    assert found.keys() == {"source"} | expected | {f"{key}_ci" for key in expected}
    assert found["source"] == ("gaussian" if name == "undercomplete" else "prior")
    for key in expected:
        low, high = found[f"{key}_ci"]
        assert low <= found[key] <= high
    assert generation.figures(model(name), material) == found


def test_real_images_pass_for_generated_ones(material: Material, monkeypatch: pytest.MonkeyPatch) -> None:
    """A generator that hands out test images has no distance, and all of them show what was ordered."""
    test = material.test
    ordered = material.classes(len(test.images))

    def look(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.reshape(images / images.max(), (len(images), -1)), ordered

    monkeypatch.setattr(generation, "draws", lambda *_: {"prior": test.images[:] / np.float32(255)})
    monkeypatch.setattr(material.judge, "look", look)
    found = generation.figures(model("cvae"), material)
    assert found["frechet"] == pytest.approx(0, abs=1e-6)
    assert found["conditional_accuracy"] == 1


def test_midpoints_lie_between_images_of_two_classes(material: Material, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generation, "encode", lambda _, images, labels: np.eye(10, dtype=np.float32)[labels])
    monkeypatch.setattr(generation, "decode", lambda _, codes, labels: np.concatenate([codes, labels[:, None]], 1))
    found = generation.midpoints(model("vae"), material)
    assert found.shape == (generation.PAIRS, 11)
    # Half of one class and half of another: never all of one.
    np.testing.assert_array_equal(np.sort(found[:, :10], axis=1)[:, -2:], 0.5)
    first = found[:, 10].astype(int)
    np.testing.assert_array_equal(found[np.arange(len(found)), first], 0.5)


@pytest.mark.parametrize("name", ["undercomplete", "vae", "cvae"])
def test_strips_lead_from_one_reconstruction_to_another(material: Material, name: str) -> None:
    network, shown = model(name), material.examples()
    strips = generation.pictures(network, material)["interpolations"]
    assert strips.shape == (5, generation.STEPS, *SHAPE)
    ((_, rebuilt),) = reconstruct(network, shown.images, shown.labels)
    np.testing.assert_allclose(strips[:, 0], rebuilt[::2], rtol=1e-4, atol=1e-5)
    if name != "cvae":  # which decodes the whole strip as the class it starts from
        np.testing.assert_allclose(strips[:, -1], rebuilt[1::2], rtol=1e-4, atol=1e-5)


def test_a_plane_of_codes_is_shown_as_a_grid(material: Material) -> None:
    network = build({**VARIANTS["vae"], "latent_dim": 2}, SHAPE, seed=0).eval()
    grid = generation.pictures(network, material)["manifold"]
    assert grid.shape == (generation.GRID, generation.GRID, *SHAPE)
    codes = encode(network, material.test.images, material.test.labels)
    corner = np.quantile(codes, 0.02, axis=0).astype(np.float32)[None]
    np.testing.assert_allclose(grid[0, 0], decode(network, corner, np.zeros(1, np.int64))[0], rtol=1e-4, atol=1e-6)
    # One number grows along a row, the other down a column.
    assert not np.allclose(grid[0, 0], grid[0, -1], atol=1e-4)
    assert not np.allclose(grid[0, 0], grid[-1, 0], atol=1e-4)
    assert "manifold" not in generation.pictures(model("vae"), material)


def test_it_applies_to_what_gives_back_what_it_saw() -> None:
    vq = {"module": "vqvae", "latent_dim": 8, "codes": 4, "channels": [4, 4]}
    noise = {"module": "denoising", "noise": "gaussian", "level": 0.5, "latent_dim": 3, "channels": [4], "hidden": 8}
    assert all(generation.applies(model(name)) for name in VARIANTS)
    assert not any(generation.applies(build(settings, SHAPE, seed=0)) for settings in (vq, noise))
