"""Digits to measure networks on, with an untrained reference classifier."""

import pytest

from hourglass.data.imageset import ImageSet
from hourglass.evaluation import image_files, reference_classifier
from hourglass.evaluation.context import Context


@pytest.fixture(scope="session")
def context(digits: ImageSet) -> Context:
    """More test images than a batch has."""
    train, validation, test = (digits.subset(rows) for rows in (slice(900), slice(900, 1200), slice(1200, None)))
    classifier = reference_classifier.untrained(digits.image_shape, 10, seed=0).eval()
    files = image_files.measure(test.first(40)[:])
    return Context(train, validation, test, classifier, files, importance_samples=5, seed=3)
