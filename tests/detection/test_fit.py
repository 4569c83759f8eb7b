"""How a detector is fitted: standardisation, threshold, which images it learns from."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from hourglass.core.errors import HourglassError, SettingsError
from hourglass.data.imageset import ImageSet
from hourglass.detection import detector as module
from hourglass.detection.detector import NormalImages, fit
from hourglass.detection.features import Features
from hourglass.detection.scorers.pixel import Pixel
from hourglass.detection.scorers.smoothed_residual import SmoothedResidual
from hourglass.models.autoencoder import Autoencoder

SCORERS = ["smoothed_residual", "knn", "cosine_knn"]
Networks = dict[str, Autoencoder]


@pytest.mark.parametrize("names", [["undercomplete"], ["undercomplete", "vae"]])
def test_values_are_standardised_on_calibration_images(
    names: list[str], networks: Networks, zeros: NormalImages
) -> None:
    detector = fit([networks[name] for name in names], SCORERS, zeros, 0.1)
    values = detector.standardised(zeros.calibration)
    assert values.shape == (len(zeros.calibration), 3 * len(names))
    np.testing.assert_allclose(values.mean(0), 0, atol=1e-4)
    np.testing.assert_allclose(values.std(0, ddof=1), 1, atol=1e-4)
    # Training images are their own nearest neighbours: they would not do for the standardisation.
    assert detector.standardised(zeros.train)[:, 1].mean() < -0.5


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.3])
def test_threshold_matches_target_rate(rate: float, networks: Networks, zeros: NormalImages) -> None:
    detector = fit([networks["vae"]], SCORERS, zeros, rate)
    flagged = np.count_nonzero(detector.score(zeros.calibration) > detector.threshold)
    assert flagged == int((len(zeros.calibration) + 1) * rate) - 1
    assert detector.false_positive_rate == rate


def test_the_scale_of_a_scorer_does_not_matter(
    networks: Networks, zeros: NormalImages, fours: ImageSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor do its unit and its zero: errors of another size shift their logarithm, bits are nats times a constant."""
    before = fit([networks["vae"]], SCORERS, zeros, 0.1).score(fours)
    unscaled = SmoothedResidual.score
    monkeypatch.setattr(SmoothedResidual, "score", lambda self, seen: 7 * unscaled(self, seen) + np.log(1000))
    np.testing.assert_allclose(fit([networks["vae"]], SCORERS, zeros, 0.1).score(fours), before, atol=1e-4)


def test_a_scorer_named_twice_counts_once(networks: Networks, zeros: NormalImages, fours: ImageSet) -> None:
    once, twice = (
        fit([networks["vae"]], scorers, zeros, 0.1) for scorers in (["pixel", "knn"], ["pixel", "knn", "pixel"])
    )
    np.testing.assert_array_equal(once.score(fours), twice.score(fours))


def test_the_order_of_the_scorers_does_not_matter(networks: Networks, zeros: NormalImages, fours: ImageSet) -> None:
    one, other = (fit([networks["vae"]], names, zeros, 0.1).score(fours) for names in (SCORERS, SCORERS[::-1]))
    np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("name", ["undercomplete", "cvae", "rotated"])
def test_fitting_leaves_the_network_as_it_is(name: str, networks: Networks, zeros: NormalImages) -> None:
    model = networks[name]
    before = {key: value.clone() for key, value in model.state_dict().items()}
    detector = fit([model], SCORERS, zeros, 0.1)
    assert all(value.equal(before[key]) for key, value in model.state_dict().items())
    assert detector.members[0].model is model


def test_two_networks_give_the_mean_of_both(networks: Networks, zeros: NormalImages, fours: ImageSet) -> None:
    pair = [networks["undercomplete"], networks["vae"]]
    both, *single = (fit(members, SCORERS, zeros, 0.1) for members in (pair, pair[:1], pair[1:]))
    expected = np.mean([detector.score(fours) for detector in single], axis=0)
    np.testing.assert_allclose(both.score(fours), expected, atol=1e-5)
    expected = np.mean([detector.maps(fours) for detector in single], axis=0)
    np.testing.assert_allclose(both.maps(fours), expected, rtol=1e-4)


@pytest.mark.parametrize("value", [0.0, -87.33654, 1 / 3])
def test_a_constant_scorer_changes_no_ranking(
    value: float, networks: Networks, zeros: NormalImages, fours: ImageSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where the sum over the images is rounded."""
    monkeypatch.setattr(Pixel, "score", lambda _, features: torch.full((len(features.x),), value))
    detector = fit([networks["vae"]], ["pixel", "smoothed_residual"], zeros, 0.1)
    values = detector.standardised(fours)
    np.testing.assert_allclose(values[:, 0], 0, atol=1e-4)
    np.testing.assert_allclose(detector.score(fours), values[:, 1] / 2, atol=1e-4)


def test_a_scorer_constant_on_normal_images_keeps_its_scale(
    networks: Networks, zeros: NormalImages, monkeypatch: pytest.MonkeyPatch
) -> None:
    def score(_: Pixel, features: Features) -> Tensor:
        return 3 + 2 * (features.x[:, 0, 4, 4] > 0.5).float()

    monkeypatch.setattr(Pixel, "score", score)
    pixels = zeros.calibration[:].copy()
    pixels[:, :, 4, 4] = 0
    detector = fit([networks["vae"]], ["pixel"], replace(zeros, calibration=ImageSet(pixels.copy())), 0.1)
    pixels[:5, :, 4, 4] = 255
    np.testing.assert_allclose(detector.score(ImageSet(pixels[:10])), [2] * 5 + [0] * 5)


def test_a_bounded_number_of_codes_is_kept_evenly_spread(
    networks: Networks, zeros: NormalImages, fours: ImageSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FITTED", 12)
    detector = fit([networks["vae"]], SCORERS, zeros, 0.1)
    assert [len(detector.members[0].scorers[name].state["codes"]) for name in ("knn", "cosine_knn")] == [12, 12]
    few = zeros.train.subset(np.linspace(0, 99, 12).astype(int))
    again = fit([networks["vae"]], SCORERS, replace(zeros, train=few), 0.1)
    np.testing.assert_array_equal(detector.score(fours), again.score(fours))
    assert len(np.unique(few[:], axis=0)) == 12


def test_all_codes_are_kept_where_they_are_few(networks: Networks, zeros: NormalImages) -> None:
    assert len(fit([networks["vae"]], SCORERS, zeros, 0.1).members[0].scorers["knn"].state["codes"]) == 100


def test_fitting_twice_gives_the_same_detector(networks: Networks, zeros: NormalImages, fours: ImageSet) -> None:
    scorers = ["gaussian_mixture", "kernel_density", "mahalanobis", "elbo"]
    one, two = (fit([networks["vae"]], scorers, zeros, 0.1) for _ in range(2))
    np.testing.assert_array_equal(one.score(fours), two.score(fours))
    assert one.threshold == two.threshold


@pytest.mark.parametrize(("train", "calibration"), [(100, 0), (0, 50), (100, 1), (1, 50)])
def test_too_few_images_are_an_error(train: int, calibration: int, networks: Networks, zeros: NormalImages) -> None:
    few = NormalImages(zeros.train.first(train), zeros.calibration.first(calibration), normal=0)
    with pytest.raises(HourglassError, match=f"two for calibration; there are {train} and {calibration}$"):
        fit([networks["vae"]], SCORERS, few, 0.1)


def test_a_network_that_gives_nan_is_an_error(networks: Networks, zeros: NormalImages) -> None:
    with torch.no_grad():
        next(networks["vae"].parameters()).fill_(torch.nan)
    with pytest.raises(HourglassError, match="NaN or infinite"):
        fit([networks["vae"]], ["pixel"], zeros, 0.1)


@pytest.mark.parametrize(
    ("scorer", "message"),
    [
        ("knns", "'knns' is not a file in detection/scorers/; did you mean knn?"),
        ("elbo", "scorer 'elbo' does not apply to Undercomplete"),
        ("restoration", "scorer 'restoration' does not apply to Undercomplete"),
    ],
)
def test_a_wrong_scorer_is_named(scorer: str, message: str, networks: Networks, zeros: NormalImages) -> None:
    with pytest.raises(SettingsError) as caught:
        fit([networks["undercomplete"]], ["pixel", scorer], zeros, 0.1)
    assert str(caught.value) == f"params.yaml: detect: {message}"
