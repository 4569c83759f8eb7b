import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hourglass.core.errors import SettingsError
from hourglass.data.imageset import ImageSet
from hourglass.detection.detector import NormalImages, fit
from hourglass.detection.files import load_detector, save_detector
from hourglass.detection.scorer import Scorer, applicable, find, names, selectable
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build
from hourglass.models.variational import Variational

GENERAL = {"cosine_knn", "gradient", "kernel_density", "mahalanobis", "gaussian_mixture", "knn", "pixel"} | {
    "smoothed_residual",
    "peak_residual",
}
SETTINGS: dict[str, dict[str, Any]] = {
    "vanilla": {"latent_dim": 2},
    "cvae": {"latent_dim": 2, "hidden": [8]},
    "rotated": {"latent_dim": 2, "channels": [], "hidden": [8]},
    "masked": {"latent_dim": 2, "width": 8, "depth": 1},
}


class Restoring(Variational):
    """Offers all that a scorer can look at."""

    restores = True


def network(module: str) -> Autoencoder:
    return build(module, SETTINGS[module], (1, 8, 8), seed=0)


def test_every_file_defines_one_scorer_of_its_own() -> None:
    model = Restoring((1, 8, 8), latent_dim=2, loss="mse", beta=1.0, binarise=False)
    found = [find(name, model) for name in names()]
    assert len(set(found)) == len(found)
    for name, scorer in zip(names(), found, strict=True):
        assert issubclass(scorer, Scorer)
        assert scorer.__module__ == f"hourglass.detection.scorers.{name}"


@pytest.mark.parametrize("name", names())
def test_scorer_gives_a_finite_score_per_image(name: str, digits: ImageSet, tmp_path: Path) -> None:
    module = next(module for module in SETTINGS if applicable_to(name, module))
    images = NormalImages(digits.of_class(0).first(60), digits.of_class(0).subset(slice(60, 120)), normal=0)
    detector = fit([network(module)], [name], images, 0.05)
    test = digits.first(7)
    scores = detector.score(test)
    assert scores.shape == (7,)
    assert np.isfinite(scores).all()
    save_detector(detector, tmp_path / "detector.safetensors")
    assert (load_detector(tmp_path / "detector.safetensors").score(test) == scores).all()


def applicable_to(name: str, module: str) -> bool:
    try:
        return bool(applicable([name], network(module)))
    except SettingsError:
        return False


@pytest.mark.parametrize(
    ("module", "more"),
    [("vanilla", set()), ("cvae", {"elbo"}), ("rotated", {"restoration"}), ("masked", {"restoration"})],
)
def test_scorers_apply_where_the_network_has_the_features(module: str, more: set[str]) -> None:
    assert set(applicable(names(), network(module))) == GENERAL | more


def test_only_candidates_are_applicable_in_their_order() -> None:
    assert applicable(["pixel", "elbo", "knn"], network("vanilla")) == ["pixel", "knn"]
    assert applicable(["knn", "elbo", "pixel"], network("cvae")) == ["knn", "elbo", "pixel"]


def test_slow_scorers_are_left_out_of_selection() -> None:
    assert selectable(["pixel", "kernel_density", "restoration", "knn"], network("rotated")) == ["pixel", "knn"]


def test_slow_scorers_are_selectable_where_there_are_no_others() -> None:
    assert selectable(["kernel_density", "restoration"], network("vanilla")) == ["kernel_density"]


def test_candidates_of_which_none_applies_are_an_error() -> None:
    with pytest.raises(SettingsError, match=r"^params.yaml: detect.candidates: no scorer among them applies to Vanil"):
        applicable(["elbo", "restoration"], network("vanilla"))


@pytest.mark.parametrize(
    ("name", "near"),
    [("pixels", "did you mean pixel?"), ("zzz", "allowed: cosine_knn, elbo, "), ("scorer", ""), ("../features", "")],
)
def test_an_unknown_scorer_is_named_with_the_nearest(name: str, near: str) -> None:
    own = "detect.variants.vae.scorers"
    for where, look_up in (
        (own, lambda: find(name, network("vanilla"), own)),
        ("detect.candidates", lambda: applicable(["pixel", name], network("vanilla"))),
    ):
        message = re.escape(f"params.yaml: {where}: {name!r} is not a file in detection/scorers/; {near}")
        with pytest.raises(SettingsError, match=message) as caught:
            look_up()
        assert "\n" not in str(caught.value)
