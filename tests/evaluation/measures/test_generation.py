from typing import Any

import numpy as np
import pytest

from hourglass.core.metrics import Estimate
from hourglass.data.imageset import ImageSet, to_unit
from hourglass.evaluation.context import Context
from hourglass.evaluation.inference import Floats, decode, encode, reconstruct
from hourglass.evaluation.measures import generation
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build

SHAPE = (1, 8, 8)
VARIANTS: dict[str, dict[str, Any]] = {
    "undercomplete": {"latent_dim": 4, "hidden": [16]},
    "vae": {"latent_dim": 4, "hidden": [16]},
    "cvae": {"latent_dim": 4, "hidden": [16]},
}


def model(name: str) -> Autoencoder:
    return build(name, VARIANTS[name], SHAPE, seed=0).eval()


def test_plain_networks_get_two_fitted_densities(context: Context) -> None:
    assert generation.generate(model("vae"), context, 20).keys() == {"prior"}
    found = generation.generate(model("undercomplete"), context, 20)
    assert found.keys() == {"gaussian", "mixture"}
    for images in found.values():
        assert images.shape == (20, *SHAPE)
    wide = build("undercomplete", {**VARIANTS["undercomplete"], "latent_dim": 65}, SHAPE, seed=0).eval()
    assert generation.generate(wide, context, 20).keys() == {"gaussian"}


def test_fitted_draws_have_the_moments_of_the_codes(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    network = model("undercomplete")
    drawn: list[np.ndarray] = []
    monkeypatch.setattr(generation, "decode", lambda _, codes, labels: drawn.append(codes))
    generation.generate(network, context, 20_000)
    codes = encode(network, context.train)
    for found in drawn:
        np.testing.assert_allclose(found.mean(0), codes.mean(0), atol=0.05 * codes.std())
        np.testing.assert_allclose(np.cov(found.T), np.cov(codes.T), atol=0.08 * codes.var())


@pytest.mark.parametrize("name", VARIANTS)
def test_metrics_come_with_intervals_and_repeat(context: Context, name: str) -> None:
    found: Any = generation.metrics(model(name), context)
    expected = {"frechet", "interpolation_realism"}
    expected |= {"undercomplete": {"frechet_mixture"}, "vae": set(), "cvae": {"conditional_accuracy"}}[name]
    estimates = {key: value for key, value in vars(found).items() if isinstance(value, Estimate)}
    assert estimates.keys() == expected
    assert found.source == ("gaussian" if name == "undercomplete" else "prior")
    assert all(estimate.low <= estimate.value <= estimate.high for estimate in estimates.values())
    assert generation.metrics(model(name), context) == found


def test_real_images_have_no_distance(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """A generator that gives test images has no distance, and all of them show the class that was asked for."""
    ordered = context.class_cycle(len(context.test))

    def classify(images: ImageSet | Floats) -> tuple[Floats, np.ndarray]:
        pixels = to_unit(images[:]) if isinstance(images, ImageSet) else images
        return pixels.reshape(len(pixels), -1), ordered

    monkeypatch.setattr(generation, "generate", lambda *_: {"prior": to_unit(context.test[:])})
    monkeypatch.setattr(context.reference, "classify", classify)
    found: Any = generation.metrics(model("cvae"), context)
    assert found.frechet.value == pytest.approx(0, abs=1e-6)
    assert found.conditional_accuracy is not None
    assert found.conditional_accuracy.value == 1


def test_midpoints_lie_between_images_of_two_classes(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generation, "encode", lambda _, images: np.eye(10, dtype=np.float32)[images.labels])
    monkeypatch.setattr(generation, "decode", lambda _, codes, labels: np.concatenate([codes, labels[:, None]], 1))
    found = generation.midpoints(model("vae"), context)
    assert found.shape == (generation.PAIRS, 11)
    # Half of one class and half of another: never all of one.
    np.testing.assert_array_equal(np.sort(found[:, :10], axis=1)[:, -2:], 0.5)
    first = found[:, 10].astype(int)
    np.testing.assert_array_equal(found[np.arange(len(found)), first], 0.5)


@pytest.mark.parametrize("name", ["undercomplete", "vae", "cvae"])
def test_interpolations_lead_from_one_reconstruction_to_another(context: Context, name: str) -> None:
    network, shown = model(name), context.examples()
    strips = generation.examples(network, context)["interpolations"]
    assert strips.shape == (5, generation.STEPS, *SHAPE)
    ((_, rebuilt),) = reconstruct(network, shown)
    np.testing.assert_allclose(strips[:, 0], rebuilt[::2], rtol=1e-4, atol=1e-5)
    if name != "cvae":  # which decodes the whole strip as the class it starts from
        np.testing.assert_allclose(strips[:, -1], rebuilt[1::2], rtol=1e-4, atol=1e-5)


def test_manifold_is_a_grid_of_the_plane_of_codes(context: Context) -> None:
    network = build("vae", {**VARIANTS["vae"], "latent_dim": 2}, SHAPE, seed=0).eval()
    grid = generation.examples(network, context)["manifold"]
    assert grid.shape == (generation.GRID, generation.GRID, *SHAPE)
    codes = encode(network, context.test)
    corner = np.quantile(codes, 0.02, axis=0).astype(np.float32)[None]
    np.testing.assert_allclose(grid[0, 0], decode(network, corner, np.zeros(1, np.int64))[0], rtol=1e-4, atol=1e-6)
    # One dimension grows along a row, the other down a column.
    assert not np.allclose(grid[0, 0], grid[0, -1], atol=1e-4)
    assert not np.allclose(grid[0, 0], grid[-1, 0], atol=1e-4)
    assert "manifold" not in generation.examples(model("vae"), context)


def test_generation_applies_to_networks_that_reproduce_images() -> None:
    noise = {"noise": "gaussian", "level": 0.5, "latent_dim": 3, "channels": [4], "hidden": 8}
    assert all(generation.applies(model(name)) for name in VARIANTS)
    assert not generation.applies(build("vqvae", {"latent_dim": 8, "codes": 4, "channels": [4, 4]}, SHAPE, seed=0))
    assert not generation.applies(build("denoising", noise, SHAPE, seed=0))
