from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from hourglass.core.errors import HourglassError, SettingsError
from hourglass.detectors import fitting
from hourglass.detectors.detector import Detector
from hourglass.detectors.fitting import fit
from hourglass.detectors.scorers.pixel import Pixel
from hourglass.detectors.scorers.window import Window
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build

Images = dict[str, NDArray[np.uint8]]
Network = tuple[Autoencoder, dict[str, Any]]
SCORERS = ["window", "neighbours", "direction"]


def fitted(networks: list[Network], digits: Images, scorers: list[str] = SCORERS, rate: float = 0.1) -> Detector:
    return fit(networks, scorers, digits["known"], digits["held_out"], normal=0, false_alarm_rate=rate)


@pytest.mark.parametrize("names", [["undercomplete"], ["undercomplete", "vae"]])
def test_each_term_has_mean_zero_and_deviation_one_over_held_out_images(
    names: list[str], networks: dict[str, Network], digits: Images
) -> None:
    detector = fitted([networks[name] for name in names], digits)
    terms = detector.terms(digits["held_out"])
    assert terms.shape == (len(digits["held_out"]), 3 * len(names))
    np.testing.assert_allclose(terms.mean(0), 0, atol=1e-4)
    np.testing.assert_allclose(terms.std(0, ddof=1), 1, atol=1e-4)
    # Images that the scorers have learned are their own nearest neighbours: they would not do for the scaling.
    assert detector.terms(digits["known"])[:, 1].mean() < -0.5


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.3])
def test_of_held_out_images_as_many_exceed_the_threshold_as_the_rate_allows(
    rate: float, networks: dict[str, Network], digits: Images
) -> None:
    detector = fitted([networks["vae"]], digits, rate=rate)
    count = len(digits["held_out"])
    flagged = np.count_nonzero(detector.score(digits["held_out"]) > detector.threshold)
    assert flagged == int((count + 1) * rate) - 1
    assert detector.false_alarm_rate == rate


def test_the_scale_of_a_scorer_does_not_matter(
    networks: dict[str, Network], digits: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor do its unit and its zero: errors of another size shift their logarithm, bits are nats times a constant."""
    before = fitted([networks["vae"]], digits).score(digits["strange"])
    honest = Window.score
    monkeypatch.setattr(Window, "score", lambda self, sight: 7 * honest(self, sight) + np.log(1000))
    np.testing.assert_allclose(fitted([networks["vae"]], digits).score(digits["strange"]), before, atol=1e-4)


def test_a_scorer_named_twice_counts_once(networks: dict[str, Network], digits: Images) -> None:
    once, twice = (
        fitted([networks["vae"]], digits, scorers) for scorers in (["pixel", "window"], ["pixel", "window", "pixel"])
    )
    np.testing.assert_array_equal(once.score(digits["strange"]), twice.score(digits["strange"]))


def test_the_order_of_the_scorers_does_not_matter(networks: dict[str, Network], digits: Images) -> None:
    one, other = (
        fitted([networks["vae"]], digits, scorers).score(digits["strange"]) for scorers in (SCORERS, SCORERS[::-1])
    )
    np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("name", ["undercomplete", "cvae", "rotated"])
def test_fitting_leaves_the_network_as_it_is(name: str, networks: dict[str, Network], digits: Images) -> None:
    model, settings = networks[name]
    before = {key: value.clone() for key, value in model.state_dict().items()}
    detector = fitted([(model, settings)], digits)
    assert all(value.equal(before[key]) for key, value in model.state_dict().items())
    assert detector.members[0].model is model
    assert detector.members[0].settings == settings


def test_two_networks_are_worth_the_mean_of_both(networks: dict[str, Network], digits: Images) -> None:
    pair = [networks["undercomplete"], networks["vae"]]
    both, *single = (fitted(members, digits) for members in (pair, pair[:1], pair[1:]))
    expected = np.mean([detector.score(digits["strange"]) for detector in single], axis=0)
    np.testing.assert_allclose(both.score(digits["strange"]), expected, atol=1e-5)
    expected = np.mean([detector.maps(digits["strange"]) for detector in single], axis=0)
    np.testing.assert_allclose(both.maps(digits["strange"]), expected, rtol=1e-4)


def test_a_term_that_is_the_same_for_every_image_changes_no_ranking(
    networks: dict[str, Network], digits: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where the sum over the images is rounded."""
    for value in (0.0, -87.33654, 1 / 3):
        monkeypatch.setattr(Pixel, "score", lambda self, sight, value=value: torch.full((len(sight.x),), value))
        detector = fitted([networks["vae"]], digits, ["pixel", "window"])
        terms = detector.terms(digits["strange"])
        np.testing.assert_allclose(terms[:, 0], 0, atol=1e-4)
        np.testing.assert_allclose(detector.score(digits["strange"]), terms[:, 1] / 2, atol=1e-4)


def test_a_term_of_normal_images_alone_keeps_its_own_scale(
    networks: dict[str, Network], digits: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    def score(self: Pixel, sight: Any) -> Tensor:
        return 3 + 2 * (sight.x[:, 0, 4, 4] > 0.5).float()

    monkeypatch.setattr(Pixel, "score", score)
    held_out = digits["held_out"].copy()
    held_out[:, :, 4, 4] = 0
    detector = fit([networks["vae"]], ["pixel"], digits["known"], held_out, normal=0, false_alarm_rate=0.1)
    held_out[:5, :, 4, 4] = 255
    np.testing.assert_allclose(detector.score(held_out[:10]), [2] * 5 + [0] * 5)


def test_no_more_codes_are_kept_than_stated_and_they_are_evenly_spread(
    networks: dict[str, Network], digits: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "KNOWN", 12)
    detector = fitted([networks["vae"]], digits)
    few = digits["known"][np.linspace(0, 99, 12).astype(int)]
    assert [len(detector.members[0].scorers[name].state["known"]) for name in ("neighbours", "direction")] == [12, 12]
    again = fit([networks["vae"]], SCORERS, few, digits["held_out"], normal=0, false_alarm_rate=0.1)
    np.testing.assert_array_equal(detector.score(digits["strange"]), again.score(digits["strange"]))
    assert len(np.unique(few, axis=0)) == 12


def test_all_codes_are_kept_where_they_are_few(networks: dict[str, Network], digits: Images) -> None:
    assert len(fitted([networks["vae"]], digits).members[0].scorers["neighbours"].state["known"]) == 100


def test_fitting_twice_gives_the_same_detector(networks: dict[str, Network], digits: Images) -> None:
    scorers = ["mixture", "kernel", "mahalanobis", "elbo"]
    one, two = (fitted([networks["vae"]], digits, scorers) for _ in range(2))
    np.testing.assert_array_equal(one.score(digits["strange"]), two.score(digits["strange"]))
    assert one.threshold == two.threshold


@pytest.mark.parametrize(("known", "held_out"), [(100, 0), (0, 50), (100, 1), (1, 50)])
def test_too_few_images_are_an_error(known: int, held_out: int, networks: dict[str, Network], digits: Images) -> None:
    with pytest.raises(HourglassError, match=f"there are {known} to learn from and {held_out} held out$"):
        fit([networks["vae"]], SCORERS, digits["known"][:known], digits["held_out"][:held_out], 0, 0.1)


def test_a_network_that_gives_no_number_is_an_error(networks: dict[str, Network], digits: Images) -> None:
    model, settings = networks["vae"]
    with torch.no_grad():
        next(model.parameters()).fill_(torch.nan)
    with pytest.raises(HourglassError, match="NaN or infinite"):
        fitted([(model, settings)], digits, ["pixel"])


@pytest.mark.parametrize(
    ("scorer", "message"),
    [
        ("neighbors", "'neighbors' is not a file in detectors/scorers/; did you mean neighbours?"),
        ("elbo", "scorer 'elbo' does not apply to Undercomplete"),
        ("restoration", "scorer 'restoration' does not apply to Undercomplete"),
    ],
)
def test_a_wrong_scorer_is_named(scorer: str, message: str, networks: dict[str, Network], digits: Images) -> None:
    with pytest.raises(SettingsError) as caught:
        fitted([networks["undercomplete"]], digits, ["pixel", scorer])
    assert str(caught.value) == f"params.yaml: detect: {message}"


def test_images_may_have_channels_and_unequal_sides() -> None:
    settings = {"module": "vae", "latent_dim": 3, "hidden": [8]}
    model = build(settings, (3, 10, 6), seed=0).eval()
    images = np.random.default_rng(0).integers(0, 256, (50, 3, 10, 6), dtype=np.uint8)
    detector = fit([(model, settings)], SCORERS, images[:30], images[30:], normal=0, false_alarm_rate=0.1)
    assert detector.score(images).shape == (50,)
    assert detector.maps(images).shape == (50, 10, 6)
