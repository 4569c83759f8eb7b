import os
import random

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from benchmarks.baselines import BASELINES, flat
from benchmarks.libraries import Floats
from hourglass.data.imageset import ImageSet
from hourglass.detection.threshold import Scores

SEED = 3

pytestmark = [
    # So few images are too few for a robust covariance.
    pytest.mark.filterwarnings("ignore:Determinant has increased"),
    # DIF prepares for a GPU.
    pytest.mark.filterwarnings("ignore:'pin_memory' argument"),
]


@pytest.fixture(scope="module")
def images() -> tuple[Floats, Floats]:
    """300 grey images; 50 more of them, then 50 of noise from black to white."""
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(0.4, 0.05, (350, 100)), rng.random((50, 100))]).astype(np.float32)
    return x[:300], x[300:]


@pytest.fixture(scope="module", params=BASELINES)
def name(request: pytest.FixtureRequest) -> str:
    if request.param.startswith("pyod."):
        pytest.importorskip("pyod")
    return request.param


@pytest.fixture(scope="module")
def scores(name: str, images: tuple[Floats, Floats]) -> Scores:
    return fit_and_score(name, images)


def fit_and_score(name: str, images: tuple[Floats, Floats]) -> Scores:
    detector = BASELINES[name](SEED)
    detector.fit(images[0])
    return detector.score(images[1])


def global_state() -> list[object]:
    numpy = np.random.get_state(legacy=False)["state"]["key"].tolist()
    generators = [random.getstate(), numpy, torch.get_rng_state().tolist()]
    return [*generators, torch.get_default_dtype(), torch.are_deterministic_algorithms_enabled(), dict(os.environ)]


def test_outliers_rank_above_normal_images(scores: Scores) -> None:
    assert scores.shape == (100,)
    assert roc_auc_score(np.repeat([0, 1], 50), scores) > 0.95


def test_seed_fixes_scores_and_global_state_is_kept(
    name: str, images: tuple[Floats, Floats], scores: Scores, capfd: pytest.CaptureFixture[str]
) -> None:
    copies = tuple(x.copy() for x in images)
    random.seed(8)
    np.random.seed(8)
    torch.manual_seed(8)
    before = global_state()

    np.testing.assert_array_equal(fit_and_score(name, images), scores)

    assert global_state() == before
    assert capfd.readouterr() == ("", "")
    for x, copy in zip(images, copies, strict=True):
        np.testing.assert_array_equal(x, copy)


def test_sets_of_images_become_rows_of_pixels(digits: ImageSet) -> None:
    both = flat(digits.first(3), digits.subset(slice(5, 7)))
    assert both.shape == (5, 64)
    assert both.dtype == np.float32
    np.testing.assert_array_equal(both[3].reshape(1, 8, 8), digits.batch(slice(5, 6))[0][0])
