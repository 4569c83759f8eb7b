from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from hourglass.core.errors import HourglassError
from hourglass.data.imageset import ImageSet, to_unit
from hourglass.evaluation import frechet
from hourglass.evaluation.realism import realism
from hourglass.evaluation.reference_classifier import ReferenceClassifier, load, measure, save, untrained
from hourglass.training.fit import fit
from hourglass.training.settings import TrainSettings

SHAPE = (1, 8, 8)
SETTINGS = TrainSettings(epochs=4, batch_size=64)


@pytest.fixture(scope="module")
def classifier(digits: ImageSet) -> ReferenceClassifier:
    found = untrained(SHAPE, classes=10, seed=0)
    fit(found, digits.subset(slice(1200)), digits.subset(slice(1200, 1500)), SETTINGS, seed=0)
    return found.eval()


def test_training_teaches_the_classes(classifier: ReferenceClassifier, digits: ImageSet) -> None:
    test = digits.subset(slice(1500, None))
    assert (classifier.classify(test)[1] == test.labels).mean() > 0.85


def test_features_decide_the_class(classifier: ReferenceClassifier, digits: ImageSet) -> None:
    features, classes = classifier.classify(digits.first(50))
    assert features.shape == (50, 64)
    assert (features >= 0).all()
    weight, bias = (value.detach().numpy() for value in (classifier.head.weight, classifier.head.bias))
    np.testing.assert_array_equal((features @ weight.T + bias).argmax(1), classes)


def test_generated_images_are_classified_as_real_ones_are(classifier: ReferenceClassifier, digits: ImageSet) -> None:
    """As floats in [0, 1], and what leaves that range is cut off; in batches as all at once."""
    images = digits.first(600)
    whole, pixels = classifier.classify(images)[0], to_unit(images[:])
    np.testing.assert_allclose(classifier.classify(pixels)[0], whole, rtol=1e-4, atol=1e-5)
    beyond = np.where(pixels == 1, np.float32(7), np.where(pixels == 0, np.float32(-7), pixels))
    np.testing.assert_allclose(classifier.classify(beyond)[0], whole, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        classifier.classify(images.subset(slice(550, None)))[0], whole[550:], rtol=1e-4, atol=1e-5
    )


def test_loss_needs_labels(classifier: ReferenceClassifier) -> None:
    with pytest.raises(ValueError, match="class number of every image"):
        classifier.loss(torch.rand(2, *SHAPE), None, torch.Generator())


def test_saving_and_loading_is_exact(classifier: ReferenceClassifier, digits: ImageSet, tmp_path: Path) -> None:
    save(classifier, tmp_path / "classifier.safetensors")
    again, shown = load(tmp_path / "classifier.safetensors"), digits.first(20)
    np.testing.assert_array_equal(again.classify(shown)[0], classifier.classify(shown)[0])
    save(again, tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "classifier.safetensors").read_bytes()


def test_damaged_file_is_an_error_of_one_line(tmp_path: Path) -> None:
    (tmp_path / "damaged.safetensors").write_bytes(b"nothing")
    for name in ("damaged.safetensors", "missing.safetensors"):
        with pytest.raises(HourglassError, match=r"cannot be read .*dvc repro") as caught:
            load(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_metrics_are_of_real_images(classifier: ReferenceClassifier, digits: ImageSet) -> None:
    train, test = digits.first(1200), digits.subset(slice(1200, None))
    found: Any = measure(classifier, train, test, seed=2)
    features, classes = classifier.classify(test)
    real, _ = classifier.classify(train.first(len(test)))
    assert found.accuracy.value == (classes == test.labels).mean()
    assert found.frechet == frechet.distance_estimate(real, features, seed=2)
    assert found.realism == realism(features, real)
