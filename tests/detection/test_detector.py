"""What a fitted detector makes of images: scores and maps."""

import numpy as np
import pytest
import torch

from hourglass.data import imageset
from hourglass.data.imageset import ImageSet
from hourglass.detection.detector import NormalImages, fit
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build

ALL = [
    *("smoothed_residual", "knn", "cosine_knn", "kernel_density"),
    *("mahalanobis", "gaussian_mixture", "pixel", "gradient"),
]


def test_equal_weights_give_the_plain_mean_to_the_bit(
    networks: dict[str, Autoencoder], zeros: NormalImages, fours: ImageSet
) -> None:
    detector = fit([networks["undercomplete"], networks["tied"]], ALL, zeros, 0.1)
    values = detector.standardised(fours)
    assert values.shape == (50, 2 * len(ALL))
    np.testing.assert_array_equal(detector.score(fours), values.mean(1))


def test_a_score_is_the_weighted_mean_over_scorers_and_networks(
    networks: dict[str, Autoencoder], zeros: NormalImages, fours: ImageSet
) -> None:
    even = fit([networks["undercomplete"], networks["tied"]], ["pixel", "knn"], zeros, 0.1)
    detector = even.reweighted({"pixel": 0.7, "knn": 0.3}, zeros.calibration)
    expected = detector.standardised(fours) @ np.array([0.35, 0.15, 0.35, 0.15])
    np.testing.assert_allclose(detector.score(fours), expected, rtol=1e-5)


def test_other_weights_get_a_threshold_of_their_own(networks: dict[str, Autoencoder], zeros: NormalImages) -> None:
    even = fit([networks["vae"]], ["pixel", "knn"], zeros, 0.1)
    detector = even.reweighted({"pixel": 0.9, "knn": 0.1}, zeros.calibration)
    flagged = np.count_nonzero(detector.score(zeros.calibration) > detector.threshold)
    assert flagged == int((len(zeros.calibration) + 1) * 0.1) - 1
    assert detector.threshold != even.threshold
    assert even.reweighted(even.weights, zeros.calibration).threshold == even.threshold


@pytest.mark.parametrize("batch", [1, 7, 50])
def test_batch_size_changes_nothing(
    batch: int,
    networks: dict[str, Autoencoder],
    zeros: NormalImages,
    fours: ImageSet,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    detector = fit([networks["vae"]], [*ALL, "elbo"], zeros, 0.1)
    scores, maps = detector.score(fours), detector.maps(fours)
    monkeypatch.setattr(imageset.ImageSet.slices, "__defaults__", (batch,))
    monkeypatch.setattr(imageset.map_batches, "__defaults__", (batch,))
    np.testing.assert_allclose(detector.score(fours), scores, rtol=0, atol=2e-6)
    np.testing.assert_allclose(detector.maps(fours), maps, rtol=1e-3, atol=1e-6)


def test_pixel_scores_are_standardised_logarithms(
    networks: dict[str, Autoencoder], zeros: NormalImages, fours: ImageSet
) -> None:
    """Of the pixel error of the normal class, which is not the images' own here."""
    model = networks["cvae"]
    detector = fit([model], ["pixel"], NormalImages(zeros.train, zeros.calibration, normal=3), 0.1)

    def by_hand(images: ImageSet) -> np.ndarray:
        x, _ = images.batch(slice(None))
        with torch.inference_mode():
            return model.score(x, torch.full((len(images),), 3)).log().numpy()

    usual = by_hand(zeros.calibration)
    np.testing.assert_allclose(detector.score(fours), (by_hand(fours) - usual.mean()) / usual.std(ddof=1), atol=1e-4)


def test_scoring_leaves_the_images_as_they_are(
    networks: dict[str, Autoencoder], zeros: NormalImages, fours: ImageSet
) -> None:
    before = fours[:].copy()
    images = ImageSet(before.copy())
    detector = fit([networks["rotated"]], [*ALL, "restoration"], zeros, 0.1)
    detector.score(images), detector.maps(images)
    np.testing.assert_array_equal(images[:], before)


def test_maps_of_normal_images_are_one_on_average(networks: dict[str, Autoencoder], zeros: NormalImages) -> None:
    detector = fit([networks["vae"], networks["tied"]], ["pixel"], zeros, 0.1)
    assert detector.maps(zeros.train).mean() == pytest.approx(1, abs=1e-4)
    assert detector.maps(zeros.calibration).mean() == pytest.approx(1, abs=0.1)
    assert (detector.maps(zeros.train) >= 0).all()


@pytest.mark.parametrize("change", [-60, 60])
@pytest.mark.parametrize("place", [(0, 0), (6, 2), (9, 12)])
def test_maps_are_highest_on_an_added_patch(place: tuple[int, int], change: int) -> None:
    """Of grey images with noise; the latent code is too short to hold the patch."""
    pixels = np.random.default_rng(0).normal(120, 10, (400, 1, 16, 16)).clip(0, 255).astype(np.uint8)
    images = ImageSet(pixels)
    normal = NormalImages(images.first(200), images.subset(slice(200, 300)), normal=0)
    model = build("pca", {"latent_dim": 3}, (1, 16, 16), seed=0)
    model.solve(normal.train)
    detector = fit([model.eval()], ["pixel"], normal, 0.1)
    inside = np.zeros((16, 16), bool)
    inside[place[0] : place[0] + 3, place[1] : place[1] + 3] = True
    patched = pixels[300:].astype(int)
    patched[:, :, inside] += change
    maps = detector.maps(ImageSet(patched.clip(0, 255).astype(np.uint8)))
    assert maps[:, inside].mean() > 10
    assert inside.ravel()[maps.reshape(100, -1).argmax(1)].all()
    far = np.ones((16, 16), bool)
    far[max(place[0] - 1, 0) : place[0] + 4, max(place[1] - 1, 0) : place[1] + 4] = False
    assert maps[:, far].mean() == pytest.approx(1, abs=0.2)


def test_maps_are_finite_where_normal_residuals_are_zero(fours: ImageSet) -> None:
    """A latent code as long as the image loses nothing."""
    black = ImageSet(np.zeros((20, 1, 8, 8), np.uint8))
    model = build("pca", {"latent_dim": 64}, (1, 8, 8), seed=0)
    model.solve(black)
    detector = fit([model.eval()], ["pixel"], NormalImages(black, black, normal=0), 0.1)
    assert np.isfinite(detector.maps(fours)).all()
    assert detector.maps(black).max() <= detector.maps(fours).max()


def test_images_may_have_channels_and_unequal_sides() -> None:
    model = build("vae", {"latent_dim": 3, "hidden": [8]}, (3, 10, 6), seed=0).eval()
    images = ImageSet(np.random.default_rng(0).integers(0, 256, (50, 3, 10, 6), dtype=np.uint8))
    normal = NormalImages(images.first(30), images.subset(slice(30, None)), normal=0)
    detector = fit([model], ["smoothed_residual", "knn", "cosine_knn"], normal, 0.1)
    assert detector.score(images).shape == (50,)
    assert detector.maps(images).shape == (50, 10, 6)
