"""Which networks are trained, which scorers a detector has, and what sets its threshold."""

from dataclasses import replace

import numpy as np
import pytest
from torch import Tensor
from torch.nn.utils import parameters_to_vector

from hourglass.core.errors import SettingsError
from hourglass.data.imageset import ImageSet
from hourglass.detection.build import build
from hourglass.detection.detector import Detector, NormalImages, combine, fit
from hourglass.detection.scorer import names, selectable
from hourglass.detection.selection import select
from hourglass.detection.settings import DetectorPlan
from hourglass.detection.threshold import conformal
from hourglass.models.autoencoder import Autoencoder
from hourglass.training.recipe import Recipe
from hourglass.training.settings import TrainSettings
from hourglass.training.train import train

SCHEDULE = TrainSettings(epochs=2, batch_size=16, learning_rate=0.01)
VAE = Recipe("variants.vae", "vae", {"latent_dim": 3, "hidden": [8]}, SCHEDULE)
TIED = Recipe("variants.tied", "tied", {"latent_dim": 3, "hidden": [8]}, SCHEDULE)
SEED = 5
PLAN = DetectorPlan(scorers=["pixel"], candidates=names(), false_positive_rate=0.1)


def plan(**changes: object) -> DetectorPlan:
    return PLAN.model_copy(update=changes)


def trained(recipe: Recipe, seed: int, zeros: NormalImages, on: ImageSet | None = None) -> Autoencoder:
    return train(recipe, seed, on or zeros.train, zeros.calibration)[0]


def weights(model: Autoencoder) -> Tensor:
    return parameters_to_vector(model.parameters())


def networks(detector: Detector) -> list[bytes]:
    return [weights(member.model).detach().numpy().tobytes() for member in detector.members]


def expected(*models: Autoencoder) -> list[bytes]:
    return [weights(model).detach().numpy().tobytes() for model in models]


def test_missing_networks_are_trained_from_successive_seeds(zeros: NormalImages) -> None:
    first, second, third = (trained(VAE, SEED + number, zeros) for number in range(3))
    found = build(plan(networks=3), [VAE], SEED, zeros, [first])
    assert found.members[0].model is first
    assert networks(found) == expected(first, second, third)
    assert {tuple(member.scorers) for member in found.members} == {("pixel",)}


def test_each_recipe_gives_a_network(zeros: NormalImages) -> None:
    vae, tied = trained(VAE, SEED, zeros), trained(TIED, SEED, zeros)
    assert networks(build(PLAN, [VAE, TIED], SEED, zeros)) == expected(vae, tied)
    assert networks(build(PLAN, [VAE, TIED], SEED, zeros, [vae, tied])) == expected(vae, tied)
    two = build(plan(networks=2), [VAE, TIED], SEED, zeros)
    assert networks(two) == expected(vae, tied, trained(VAE, SEED + 1, zeros), trained(TIED, SEED + 1, zeros))


def test_stated_scorers_are_fitted_at_the_target_rate(zeros: NormalImages, fours: ImageSet) -> None:
    model = trained(VAE, SEED, zeros)
    found = build(plan(scorers=["knn", "elbo"]), [VAE], SEED, zeros, [model])
    by_hand = fit([model], ["knn", "elbo"], zeros, 0.1)
    np.testing.assert_array_equal(found.score(fours), by_hand.score(fours))
    assert (found.threshold, found.false_positive_rate) == (by_hand.threshold, 0.1)


def test_stated_scorers_count_the_same(zeros: NormalImages) -> None:
    found = build(plan(scorers=["knn", "elbo"]), [VAE], SEED, zeros, [trained(VAE, SEED, zeros)])
    assert found.weights == {"knn": 0.5, "elbo": 0.5}


def test_without_stated_scorers_they_are_weighted(zeros: NormalImages) -> None:
    model = trained(VAE, SEED, zeros)
    every = fit([model], selectable(names(), model), zeros, 0.1)
    found = build(plan(scorers=None), [VAE], SEED, zeros, [model])
    assert found.weights == select(every, zeros.calibration)
    assert len(set(found.weights.values())) > 1
    scores = found.standardised(zeros.calibration) @ np.array(list(found.weights.values()))
    assert found.threshold == pytest.approx(conformal(scores, 0.1), abs=1e-5)


def test_only_applicable_candidates_are_weighted(zeros: NormalImages) -> None:
    few = plan(scorers=None, candidates=["mahalanobis", "elbo", "gradient"])
    found = build(few, [TIED], SEED, zeros, [trained(TIED, SEED, zeros)])
    assert list(found.weights) == list(found.members[0].scorers) == ["mahalanobis", "gradient"]


def test_an_ensemble_selects_for_all_its_networks(zeros: NormalImages) -> None:
    """Weights are those of the values averaged over networks."""
    found = build(plan(scorers=None, networks=2), [TIED], SEED, zeros)
    every = fit([member.model for member in found.members], list(found.weights), zeros, 0.1)
    assert found.weights == select(every, zeros.calibration)
    assert found.weights != build(plan(scorers=None), [TIED], SEED, zeros).weights


def test_unknown_candidates_are_named(zeros: NormalImages) -> None:
    with pytest.raises(SettingsError, match="'pixels' is not a file in detection/scorers/; did you mean pixel"):
        build(plan(scorers=None, candidates=["pixels"]), [TIED], SEED, zeros, [trained(TIED, SEED, zeros)])


def test_cross_conformal_trains_every_network_on_both_halves(zeros: NormalImages) -> None:
    models = [trained(VAE, SEED, zeros), trained(TIED, SEED, zeros)]
    found = build(plan(threshold="cross_conformal"), [VAE, TIED], SEED, zeros, models)
    halves = [zeros.train.subset(slice(first, None, 2)) for first in (0, 1)]
    scores = []
    for seen, unseen in (halves, halves[::-1]):
        networks = [trained(recipe, SEED, zeros, seen) for recipe in (VAE, TIED)]
        half = NormalImages(seen, zeros.calibration, normal=0)
        scores.append(fit(networks, ["pixel"], half, 0.1).score(unseen))
    assert found.threshold == conformal(np.concatenate(scores), 0.1)
    assert [member.model for member in found.members] == models
    assert found.threshold_method == "cross_conformal"


def test_cross_conformal_weights_scorers_as_the_detector_does(zeros: NormalImages) -> None:
    found = build(plan(scorers=None, threshold="cross_conformal"), [TIED], SEED, zeros)
    halves = [zeros.train.subset(slice(first, None, 2)) for first in (0, 1)]
    scores = []
    for seen, unseen in (halves, halves[::-1]):
        half = fit([trained(TIED, SEED, zeros, seen)], list(found.weights), replace(zeros, train=seen), 0.1)
        scores.append(combine(half.standardised(unseen), found.weights))
    assert found.threshold == conformal(np.concatenate(scores), 0.1)


def test_cross_conformal_changes_the_threshold_only(zeros: NormalImages, fours: ImageSet) -> None:
    model = trained(VAE, SEED, zeros)
    one, other = (build(plan(threshold=how), [VAE], SEED, zeros, [model]) for how in ("calibration", "cross_conformal"))
    np.testing.assert_array_equal(one.score(fours), other.score(fours))
    assert one.threshold != other.threshold
    assert (one.threshold_method, other.threshold_method) == ("calibration", "cross_conformal")
