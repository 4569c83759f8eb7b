from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from hourglass.detectors.fitting import fit
from hourglass.inference import score
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build

Images = dict[str, NDArray[np.uint8]]
Network = tuple[Autoencoder, dict[str, Any]]
ALL = ["window", "neighbours", "direction", "kernel", "mahalanobis", "mixture", "pixel", "gradient"]


def test_the_score_is_the_mean_of_the_terms(networks: dict[str, Network], digits: Images) -> None:
    members = [networks["undercomplete"], networks["tied"]]
    detector = fit(members, ALL, digits["known"], digits["held_out"], 0, 0.1)
    terms = detector.terms(digits["strange"])
    assert terms.shape == (50, 2 * len(ALL))
    np.testing.assert_allclose(detector.score(digits["strange"]), terms.mean(1), rtol=1e-6)


@pytest.mark.parametrize("batch", [1, 7, 50])
def test_batches_change_nothing(
    batch: int, networks: dict[str, Network], digits: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = fit([networks["vae"]], [*ALL, "elbo"], digits["known"], digits["held_out"], 0, 0.1)
    scores, maps = detector.score(digits["strange"]), detector.maps(digits["strange"])
    monkeypatch.setattr("hourglass.detectors.detector.BATCH", batch)
    np.testing.assert_allclose(detector.score(digits["strange"]), scores, atol=1e-4)
    np.testing.assert_allclose(detector.maps(digits["strange"]), maps, rtol=1e-3, atol=1e-6)


def test_the_term_of_the_pixel_error_is_its_logarithm_scaled_to_held_out_images(
    networks: dict[str, Network], digits: Images
) -> None:
    model, settings = networks["cvae"]
    detector = fit([(model, settings)], ["pixel"], digits["known"], digits["held_out"], 3, 0.1)
    usual, strange = (np.log(score(model, digits[which], normal=3)) for which in ("held_out", "strange"))
    expected = (strange - usual.mean()) / usual.std(ddof=1)
    np.testing.assert_allclose(detector.score(digits["strange"]), expected, atol=1e-4)


def test_the_images_are_left_as_they_are(networks: dict[str, Network], digits: Images) -> None:
    images = digits["strange"].copy()
    detector = fit([networks["rotated"]], [*ALL, "restoration"], digits["known"], digits["held_out"], 0, 0.1)
    detector.score(images), detector.maps(images)
    np.testing.assert_array_equal(images, digits["strange"])


def test_maps_of_the_normal_images_it_was_fitted_on_are_one_on_average(
    networks: dict[str, Network], digits: Images
) -> None:
    detector = fit([networks["vae"], networks["tied"]], ["pixel"], digits["known"], digits["held_out"], 0, 0.1)
    assert detector.maps(digits["known"]).mean() == pytest.approx(1, abs=1e-4)
    assert detector.maps(digits["held_out"]).mean() == pytest.approx(1, abs=0.1)
    assert (detector.maps(digits["known"]) >= 0).all()


@pytest.mark.parametrize("change", [-60, 60])
@pytest.mark.parametrize("place", [(0, 0), (6, 2), (9, 12)])
def test_maps_are_highest_where_a_patch_is_put(place: tuple[int, int], change: int) -> None:
    """Of grey images with noise, in a code too short to hold the patch."""
    images = np.random.default_rng(0).normal(120, 10, (400, 1, 16, 16)).clip(0, 255).astype(np.uint8)
    settings = {"module": "pca", "latent_dim": 3}
    model = build(settings, (1, 16, 16), seed=0)
    model.solve(torch.from_numpy(images[:200]))
    detector = fit([(model.eval(), settings)], ["pixel"], images[:200], images[200:300], 0, 0.1)
    inside = np.zeros((16, 16), bool)
    inside[place[0] : place[0] + 3, place[1] : place[1] + 3] = True
    patched = images[300:].astype(int)
    patched[:, :, inside] += change
    maps = detector.maps(patched.clip(0, 255).astype(np.uint8))
    assert maps[:, inside].mean() > 10
    assert inside.ravel()[maps.reshape(100, -1).argmax(1)].all()
    far = np.ones((16, 16), bool)
    far[max(place[0] - 1, 0) : place[0] + 4, max(place[1] - 1, 0) : place[1] + 4] = False
    assert maps[:, far].mean() == pytest.approx(1, abs=0.2)


def test_maps_are_finite_where_nothing_is_ever_off(digits: Images) -> None:
    """A code as long as the image loses nothing."""
    settings = {"module": "pca", "latent_dim": 64}
    model = build(settings, (1, 8, 8), seed=0)
    black = np.zeros((20, 1, 8, 8), np.uint8)
    model.solve(torch.from_numpy(black))
    detector = fit([(model.eval(), settings)], ["pixel"], black, black, 0, 0.1)
    assert np.isfinite(detector.maps(digits["strange"])).all()
    assert detector.maps(black).max() <= detector.maps(digits["strange"]).max()
