import os
import random

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from benchmarks.rivals import RIVALS, Floats, Scores

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


@pytest.fixture(scope="module", params=RIVALS)
def name(request: pytest.FixtureRequest) -> str:
    if request.param.startswith("pyod."):
        pytest.importorskip("pyod")
    return request.param


@pytest.fixture(scope="module")
def scores(name: str, images: tuple[Floats, Floats]) -> Scores:
    return fit_and_score(name, images)


def fit_and_score(name: str, images: tuple[Floats, Floats]) -> Scores:
    detector = RIVALS[name](SEED)
    detector.fit(images[0])
    return detector.score(images[1])


def surroundings() -> list[object]:
    numpy = np.random.get_state(legacy=False)["state"]["key"].tolist()
    generators = [random.getstate(), numpy, torch.get_rng_state().tolist()]
    return [*generators, torch.get_default_dtype(), torch.are_deterministic_algorithms_enabled(), dict(os.environ)]


def test_ranks_outliers_above_normal_images(scores: Scores) -> None:
    assert scores.shape == (100,)
    assert roc_auc_score(np.repeat([0, 1], 50), scores) > 0.95


def test_same_seed_same_scores_and_nothing_else_changes(
    name: str, images: tuple[Floats, Floats], scores: Scores, capfd: pytest.CaptureFixture[str]
) -> None:
    copies = tuple(x.copy() for x in images)
    random.seed(8)
    np.random.seed(8)
    torch.manual_seed(8)
    before = surroundings()

    np.testing.assert_array_equal(fit_and_score(name, images), scores)

    assert surroundings() == before
    assert capfd.readouterr() == ("", "")
    for x, copy in zip(images, copies, strict=True):
        np.testing.assert_array_equal(x, copy)
