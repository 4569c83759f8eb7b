from pathlib import Path

import numpy as np
import pytest

from benchmarks.protocol import Task, TaskMetrics, contaminated, measure, task
from hourglass.core import layout
from hourglass.core.errors import SettingsError
from hourglass.data.imageset import ImageSet

NORMAL = 2


@pytest.fixture
def images() -> ImageSet:
    """A hundred images of each of five classes; every pixel is the number of the class."""
    labels = np.repeat(np.arange(5), 100)
    pixels = np.broadcast_to(labels.astype(np.uint8)[:, None, None, None], (500, 1, 4, 4)).copy()
    return ImageSet(pixels, labels, "abcde")


def true_classes(images: ImageSet) -> list[int]:
    return [int(number) for number in images[:][:, 0, 0, 0]]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.05, 0.1])
def test_share_of_normal_images_is_replaced_by_anomalies(images: ImageSet, share: float) -> None:
    found = contaminated(images, NORMAL, share, np.random.default_rng(0))
    assert len(found) == 100
    assert sum(number != NORMAL for number in true_classes(found)) == round(100 * share)
    assert set(found.labels.tolist()) == {NORMAL}


def test_anomalies_come_from_all_other_classes(images: ImageSet) -> None:
    before = images[:].copy()
    found = contaminated(images, NORMAL, 0.5, np.random.default_rng(0))
    assert set(true_classes(found)) == {0, 1, 2, 3, 4}
    assert (images[:] == before).all()


def test_same_seed_draws_the_same_anomalies(images: ImageSet) -> None:
    first, again, other = (
        true_classes(contaminated(images, NORMAL, 0.1, np.random.default_rng(seed))) for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize(("normal", "expected"), [(0, TaskMetrics(3 / 8, 3 / 4)), (3, TaskMetrics(0.0))])
def test_t_shirts_are_also_compared_with_shirts_alone(normal: int, expected: TaskMetrics) -> None:
    labels = np.array([0, 0, 6, 6, 3, 3])
    test = ImageSet(np.zeros((6, 1, 2, 2), np.uint8), labels)
    scores = np.array([1.0, 2.0, 3.0, 1.5, -9.0, -9.0]) * (1 if normal == 0 else -1)
    assert measure(scores, Task(normal, 0.0, test, test, test)) == expected


def test_other_data_sets_are_refused(digits: ImageSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("train", "validation", "test"):
        digits.save(layout.split(name))
    with pytest.raises(SettingsError, match=r"data\.name: the benchmark needs fashion_mnist"):
        task(0, 0.0, 1)
