"""Anomaly detectors of scikit-learn and PyOD behind one interface, fitted on flat images of one class."""

import importlib
import inspect
import io
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any, Protocol
from unittest.mock import patch

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline, make_pipeline

from hourglass.detection.threshold import Scores

Floats = NDArray[np.float32]

# Ruff et al. 2018 (Deep SVDD) give shallow detectors the principal components that keep 95% of the variance.
VARIANCE = 0.95


class Baseline(Protocol):
    """A detector of another library; images are float32 (N, D) in [0, 1], and are left as they are."""

    def fit(self, x: Floats) -> None:
        """Fit the detector on normal images."""

    def score(self, x: Floats) -> Scores:
        """Images (N, D) -> anomaly scores (N,), higher is more anomalous."""


class Sklearn:
    """A scikit-learn estimator with `score_samples`, which is higher for normal images."""

    def __init__(self, estimator: BaseEstimator) -> None:
        self.estimator = estimator

    def fit(self, x: Floats) -> None:
        """Fit the estimator."""
        with _seeded(0):  # a one-class SVM draws from NumPy's generator, to no effect on its scores
            self.estimator.fit(x)

    def score(self, x: Floats) -> Scores:
        """`score_samples` with its sign changed."""
        return -self.estimator.score_samples(x)


class PcaReconstruction:
    """PCA as a detector: the mean squared error of reconstructions from the components that are kept."""

    def __init__(self, pca: PCA) -> None:
        self.pca = pca

    def fit(self, x: Floats) -> None:
        """Find the components."""
        self.pca.fit(x)

    def score(self, x: Floats) -> Scores:
        """Reconstruction errors."""
        return ((x - self.pca.inverse_transform(self.pca.transform(x))) ** 2).mean(axis=1)


class Pyod:
    """A PyOD detector, named `module.Class`, on pixels or on their principal components.

    PyOD seeds the global generators in the constructor. Some detectors draw from them when they are fitted and, VAE,
    when they score. So the detector is built in `fit`, seeded each time, and the generators are put back.
    """

    def __init__(self, name: str, seed: int, reduce: bool = False, **settings: Any) -> None:
        module, kind = name.split(".")
        self.kind = getattr(importlib.import_module(f"pyod.models.{module}"), kind)
        self.seed = seed
        self.reduce = reduce
        self.settings = settings

    def fit(self, x: Floats) -> None:
        """Build the detector and fit it."""
        with _seeded(self.seed), redirect_stdout(io.StringIO()):  # AE1SVM prints its epochs
            detector = self._build(x.shape[1])
            self.detector = (reduced(detector) if self.reduce else detector).fit(x)

    def score(self, x: Floats) -> Scores:
        """PyOD's decision function."""
        with _seeded(self.seed):
            return self.detector.decision_function(x)

    def _build(self, features: int) -> BaseEstimator:
        # Whichever of these it takes; the rest is PyOD's default.
        given = {"random_state": self.seed, "n_features": features, "device": "cpu", "verbose": 0}
        taken = inspect.signature(self.kind).parameters
        with patch("torch.cuda.is_available", return_value=False):  # LUNAR and AE1SVM take whatever device there is
            return self.kind(**{key: value for key, value in given.items() if key in taken}, **self.settings)


def reduced(estimator: BaseEstimator, components: float = VARIANCE) -> Pipeline:
    """The estimator on principal components: so many, or those that keep such a share of the variance."""
    return make_pipeline(PCA(components, svd_solver="full"), estimator)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed every global generator; afterwards they, and the environment, are as they were."""
    python, numpy = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(), patch.dict(os.environ):  # PyOD sets PYTHONHASHSEED
            random.seed(seed)
            np.random.seed(seed)
            torch.manual_seed(seed)
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
