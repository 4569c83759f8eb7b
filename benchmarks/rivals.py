"""Anomaly detectors of other libraries behind one interface, fitted on flat images of one class.

Each comes with its library's defaults and, where it has settings that matter, `documented`: settings of the method's
paper, of the library's documentation or of common practice, as the comments say. None was chosen by looking at an
anomaly, and often they are no better than the defaults.
"""

import importlib
import inspect
import io
import os
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from typing import Any, Protocol
from unittest.mock import patch

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.covariance import EllipticEnvelope
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import KernelDensity, LocalOutlierFactor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import OneClassSVM

Floats = NDArray[np.float32]
Scores = NDArray[np.floating]

# Ruff et al. 2018 (Deep SVDD) give shallow detectors the principal components that keep 95% of the variance.
VARIANCE = 0.95


class Detector(Protocol):
    """What every rival can do; images are float32 (N, D) in [0, 1] and are left as they are."""

    def fit(self, x: Floats) -> None:
        """Learn what normal images look like."""

    def score(self, x: Floats) -> Scores:
        """Images (N, D) -> anomaly scores (N,), higher is more anomalous."""


Maker = Callable[[int], Detector]


class Sklearn:
    """A scikit-learn estimator whose `score_samples` tells how normal an image is."""

    def __init__(self, estimator: BaseEstimator) -> None:
        self.estimator = estimator

    def fit(self, x: Floats) -> None:
        """Fit the estimator."""
        with _seeded(0):  # a one-class SVM draws from NumPy's generator, to no effect on its scores
            self.estimator.fit(x)

    def score(self, x: Floats) -> Scores:
        """Minus how normal each image is."""
        return -self.estimator.score_samples(x)


class Reconstruction:
    """PCA as a detector: the mean squared error of an image rebuilt from the components kept."""

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

    It is imported here, and built on fitting: PyOD seeds the global generators in the constructor and some detectors
    draw from them later, on fitting or, VAE, on scoring. All of it happens under the seed, and the generators are put
    back.
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
            self.detector = (_reduced(detector) if self.reduce else detector).fit(x)

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


def _reduced(estimator: BaseEstimator, components: float = VARIANCE) -> Pipeline:
    return make_pipeline(PCA(components, svd_solver="full"), estimator)


def _pyod(name: str, reduce: bool = False, **settings: Any) -> Maker:
    return lambda seed: Pyod(name, seed, reduce, **settings)


# Name -> seed -> an unfitted detector.
RIVALS: Mapping[str, Maker] = {
    # Few random splits set an anomaly apart (Liu et al. 2008).
    "sklearn.isolation_forest.default": lambda seed: Sklearn(IsolationForest(random_state=seed)),
    # The paper's paths converge well before 100 trees; more only make scores less random.
    "sklearn.isolation_forest.documented": lambda seed: Sklearn(IsolationForest(n_estimators=500, random_state=seed)),
    # A boundary around the normal images in a kernel's feature space (Schölkopf et al. 2001).
    "sklearn.one_class_svm.default": lambda seed: Sklearn(OneClassSVM()),
    # nu as in Ruff et al. 2018, who try 0.01 and 0.1: the default's half of the images as outliers is for dirty data.
    "sklearn.one_class_svm.documented": lambda seed: Sklearn(_reduced(OneClassSVM(nu=0.1))),
    # How much sparser an image's neighbourhood is than its neighbours' (Breunig et al. 2000).
    "sklearn.local_outlier_factor.default": lambda seed: Sklearn(LocalOutlierFactor(novelty=True)),
    # The default of 20 neighbours is what scikit-learn's guide recommends.
    "sklearn.local_outlier_factor.documented": lambda seed: Sklearn(_reduced(LocalOutlierFactor(novelty=True))),
    # Mahalanobis distance under a robust covariance (Rousseeuw & Van Driessen 1999). On raw pixels it takes minutes;
    # scikit-learn asks for more images than the square of the features, and 64 is what 6,000 allow.
    "sklearn.elliptic_envelope.documented": lambda seed: Sklearn(_reduced(EllipticEnvelope(random_state=seed), 64)),
    # No default: scikit-learn's PCA keeps every component and rebuilds everything.
    "sklearn.pca.documented": lambda seed: Reconstruction(PCA(VARIANCE)),
    # A Gaussian on each normal image (Parzen 1962). No default: on all pixels it scores a hundred images a second.
    # Scott's rule for the width; on fewer dimensions, which trees and kernels alike prefer.
    "sklearn.kernel_density.documented": lambda seed: Sklearn(_reduced(KernelDensity(bandwidth="scott"), 64)),
    # Reconstruction error of 784-64-32-64-784 with dropout; pixels standardised.
    "pyod.auto_encoder.default": _pyod("auto_encoder.AutoEncoder"),
    # The deep autoencoder of Keras' tutorial on MNIST (Chollet 2016). Pixels are not standardised: one that never
    # varies in training would be divided by 1e-8.
    "pyod.auto_encoder.documented": _pyod(
        "auto_encoder.AutoEncoder",
        preprocessing=False,
        hidden_neuron_list=[128, 64, 32],
        batch_norm=False,
        dropout_rate=0,
        batch_size=256,
        epoch_num=100,
    ),
    # As above through a code of 2 numbers with noise; its KL divergence is capped at 0, so it does not count.
    "pyod.vae.default": _pyod("vae.VAE"),
    # The network and batches of PyTorch's example on MNIST. PyOD averages squared errors over pixels where the bound of
    # Kingma & Welling 2014 sums them, so the KL divergence weighs 1/784.
    "pyod.vae.documented": _pyod(
        "vae.VAE",
        preprocessing=False,
        encoder_neuron_list=[400],
        decoder_neuron_list=[400],
        latent_dim=20,
        output_activation_name="sigmoid",
        dropout_rate=0,
        beta=1 / 784,
        capacity=float("inf"),
        batch_size=128,
    ),
    # Distance from a centre to which a network maps normal images (Ruff et al. 2018).
    "pyod.deep_svdd.default": _pyod("deep_svdd.DeepSVDD"),
    # The paper's batches, epochs and activation on MNIST; its convolutions and pretraining PyOD does not have.
    "pyod.deep_svdd.documented": _pyod(
        "deep_svdd.DeepSVDD",
        preprocessing=False,
        hidden_neurons=[128, 64, 32],
        hidden_activation="leaky_relu",
        dropout_rate=0,
        batch_size=200,
        epochs=150,
    ),
    # How far out in the tail each pixel is (Li et al. 2022); no settings. PyOD ranks the images to score among the
    # training images and each other, so scores depend on what else is scored, and here ECOD sees the whole test set.
    "pyod.ecod.default": _pyod("ecod.ECOD"),
    # Distance to the fifth nearest normal image (Ramaswamy et al. 2000).
    "pyod.knn.default": _pyod("knn.KNN"),
    # The mean distance to all five (Angiulli & Pizzuti 2002).
    "pyod.knn.documented": _pyod("knn.KNN", reduce=True, method="mean"),
    # Chosen because it isolates by spheres, so that many weak pixels count together (Bandaragoda et al. 2018).
    "pyod.inne.default": _pyod("inne.INNE"),
    # Chosen because a class has kinds (Reynolds 2009); by default it is one Gaussian.
    "pyod.gmm.default": _pyod("gmm.GMM"),
    # As many Gaussians as DAGMM has at most (Zong et al. 2018).
    "pyod.gmm.documented": _pyod("gmm.GMM", reduce=True, n_components=4),
    # A network turns the distances to the nearest images into a score; it learns how from made-up anomalies, which PyOD
    # puts among the neighbours (Goodge et al. 2022).
    "pyod.lunar.default": _pyod("lunar.LUNAR"),
    # The paper's network, which gives the score itself, its neighbours and its share for validation. PyOD's default is
    # to weigh the distances to 5.
    "pyod.lunar.documented": _pyod("lunar.LUNAR", model_type="SCORE", n_neighbours=100, val_size=0.15),
    # An autoencoder trained together with a one-class SVM on its code; PyOD scores by the reconstruction error, where
    # Nguyen & Vien 2018 score by the SVM.
    "pyod.ae1svm.default": _pyod("ae1svm.AE1SVM"),
    # The settings of its authors on MNIST, as far as PyOD has them: its code has 32 numbers where theirs has 64, its
    # random features are cosines only, its epochs 50 where they take 110. They divide by sigma = 3 where PyOD
    # multiplies; their nu PyOD does not use.
    "pyod.ae1svm.documented": _pyod(
        "ae1svm.AE1SVM",
        preprocessing=False,
        hidden_neurons=[256],
        hidden_activation="sigmoid",
        batch_norm=False,
        dropout_rate=0,
        batch_size=16,
        alpha=1000,
        sigma=1 / 3,
        kernel_approx_features=500,
    ),
    # Isolation forests on the outputs of random networks (Xu et al. 2023); its defaults are the paper's. Outputs are
    # standardised over the images to score, so scores depend on what else is scored, as those of ECOD.
    "pyod.dif.default": _pyod("dif.DIF"),
}
