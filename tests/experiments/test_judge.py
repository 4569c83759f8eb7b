from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from hourglass.core.errors import HourglassError
from hourglass.experiments.judge import Judge, read, write
from hourglass.training.fit import Examples, fit
from hourglass.training.settings import TrainSettings

SHAPE = (1, 8, 8)
SETTINGS = TrainSettings(epochs=4, batch_size=64, learning_rate=0.005, weight_decay=0.01, gradient_clip=5.0)


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    images = np.rint(load_digits().images[:, None] * (255 / 16)).astype(np.uint8)
    return images, load_digits().target.astype(np.int64)


@pytest.fixture(scope="module")
def judge(digits: tuple[np.ndarray, np.ndarray]) -> Judge:
    images, labels = map(torch.from_numpy, digits)
    torch.manual_seed(0)
    found = Judge(SHAPE, classes=10)
    train, validation = (Examples(images[part], labels[part]) for part in (slice(1200), slice(1200, 1500)))
    fit(found, train, validation, SETTINGS, seed=0)
    return found.eval()


def test_the_training_loop_teaches_it_the_classes(judge: Judge, digits: tuple[np.ndarray, np.ndarray]) -> None:
    images, labels = (part[1500:] for part in digits)
    assert (judge.look(images)[1] == labels).mean() > 0.85


def test_features_decide_the_class(judge: Judge, digits: tuple[np.ndarray, np.ndarray]) -> None:
    features, classes = judge.look(digits[0][:50])
    assert features.shape == (50, 64)
    assert (features >= 0).all()
    weight, bias = (value.detach().numpy() for value in (judge.head.weight, judge.head.bias))
    np.testing.assert_array_equal((features @ weight.T + bias).argmax(1), classes)


def test_generated_images_are_seen_as_real_ones_are(judge: Judge, digits: tuple[np.ndarray, np.ndarray]) -> None:
    """As floats in [0, 1], and what leaves that range is cut off; in batches as all at once."""
    images = digits[0][:600]
    whole = judge.look(images)[0]
    np.testing.assert_allclose(judge.look(images / 255)[0], whole, rtol=1e-4, atol=1e-5)
    beyond = np.where(images == 255, 7.0, np.where(images == 0, -7.0, images / 255))
    np.testing.assert_allclose(judge.look(beyond)[0], whole, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(judge.look(images[550:])[0], whole[550:], rtol=1e-4, atol=1e-5)


def test_it_needs_labels_to_learn(judge: Judge) -> None:
    with pytest.raises(ValueError, match="class number of every image"):
        judge.loss(torch.rand(2, *SHAPE), None, torch.Generator())


def test_writing_and_reading_is_exact(judge: Judge, digits: tuple[np.ndarray, np.ndarray], tmp_path: Path) -> None:
    write(judge, tmp_path / "judge.safetensors")
    again = read(tmp_path / "judge.safetensors")
    np.testing.assert_array_equal(again.look(digits[0][:20])[0], judge.look(digits[0][:20])[0])
    write(again, tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "judge.safetensors").read_bytes()


def test_a_damaged_file_is_an_error_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "judge.safetensors").write_bytes(b"nothing")
    for name in ("judge.safetensors", "missing.safetensors"):
        with pytest.raises(HourglassError, match=r"cannot be read .*dvc repro judge") as caught:
            read(tmp_path / name)
        assert "\n" not in str(caught.value)
