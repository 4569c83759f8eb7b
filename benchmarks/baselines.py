"""Measure one detector of another library, each class in turn as the normal one.

    python -m benchmarks.baselines sklearn.pca.documented 0.05      name, share of anomalies among the training images

Each baseline has its library's defaults and, where it has settings that matter, `documented`: settings of the method's
paper, of the library's documentation or of common practice, as the comments say. None was chosen by looking at an
anomaly, and often they are no better than the defaults.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.covariance import EllipticEnvelope
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import KernelDensity, LocalOutlierFactor
from sklearn.svm import OneClassSVM

from benchmarks.libraries import VARIANCE, Baseline, Floats, PcaReconstruction, Pyod, Sklearn, reduced
from benchmarks.protocol import TaskMetrics, measure, tasks
from hourglass.core import params
from hourglass.core.files import write_json
from hourglass.core.metrics import to_json
from hourglass.core.params import Common
from hourglass.core.stage import attempt
from hourglass.data.imageset import ImageSet, to_unit

RESULTS = Path("benchmarks/results/baselines")

# Seed -> an unfitted detector.
Maker = Callable[[int], Baseline]


def _pyod(name: str, reduce: bool = False, **settings: Any) -> Maker:
    return lambda seed: Pyod(name, seed, reduce, **settings)


BASELINES: Mapping[str, Maker] = {
    # Few random splits set an anomaly apart (Liu et al. 2008).
    "sklearn.isolation_forest.default": lambda seed: Sklearn(IsolationForest(random_state=seed)),
    # The paper's paths converge well before 100 trees; more only make scores less random.
    "sklearn.isolation_forest.documented": lambda seed: Sklearn(IsolationForest(n_estimators=500, random_state=seed)),
    # A boundary around the normal images in a kernel's feature space (Schölkopf et al. 2001).
    "sklearn.one_class_svm.default": lambda seed: Sklearn(OneClassSVM()),
    # nu as in Ruff et al. 2018, who try 0.01 and 0.1: the default takes half of the images for outliers.
    "sklearn.one_class_svm.documented": lambda seed: Sklearn(reduced(OneClassSVM(nu=0.1))),
    # How much sparser an image's neighbourhood is than its neighbours' (Breunig et al. 2000).
    "sklearn.local_outlier_factor.default": lambda seed: Sklearn(LocalOutlierFactor(novelty=True)),
    # The default of 20 neighbours is what scikit-learn's guide recommends.
    "sklearn.local_outlier_factor.documented": lambda seed: Sklearn(reduced(LocalOutlierFactor(novelty=True))),
    # Mahalanobis distance under a robust covariance (Rousseeuw & Van Driessen 1999). On raw pixels it takes minutes;
    # scikit-learn asks for more images than the square of the features, and 64 is what 6,000 allow.
    "sklearn.elliptic_envelope.documented": lambda seed: Sklearn(reduced(EllipticEnvelope(random_state=seed), 64)),
    # No default: scikit-learn's PCA keeps every component and reconstructs everything.
    "sklearn.pca.documented": lambda seed: PcaReconstruction(PCA(VARIANCE)),
    # A Gaussian on each normal image (Parzen 1962). No default: on all pixels it scores 100 images per second.
    # Scott's rule for the width; fewer dimensions suit trees and kernels alike.
    "sklearn.kernel_density.documented": lambda seed: Sklearn(reduced(KernelDensity(bandwidth="scott"), 64)),
    # Reconstruction error of 784-64-32-64-784 with dropout; pixels are standardised.
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
    # As above with 2 latent dimensions and noise; its KL divergence is capped at 0, so it does not count.
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
    # Chosen because a class has several kinds of images (Reynolds 2009); by default it is one Gaussian.
    "pyod.gmm.default": _pyod("gmm.GMM"),
    # As many Gaussians as DAGMM has at most (Zong et al. 2018).
    "pyod.gmm.documented": _pyod("gmm.GMM", reduce=True, n_components=4),
    # A network maps the distances to the nearest images to a score; it is trained on synthetic anomalies, which PyOD
    # puts among the neighbours (Goodge et al. 2022).
    "pyod.lunar.default": _pyod("lunar.LUNAR"),
    # The paper's network, which returns the score itself, its number of neighbours and its share for validation. PyOD's
    # default weighs the distances to 5.
    "pyod.lunar.documented": _pyod("lunar.LUNAR", model_type="SCORE", n_neighbours=100, val_size=0.15),
    # An autoencoder trained together with a one-class SVM on its latent codes; PyOD scores by the reconstruction error,
    # where Nguyen & Vien 2018 score by the SVM.
    "pyod.ae1svm.default": _pyod("ae1svm.AE1SVM"),
    # Its authors' settings on MNIST, as far as PyOD has them: 32 latent dimensions for their 64, random features that
    # are cosines only, 50 epochs for their 110. They divide by sigma = 3 where PyOD multiplies. PyOD does not use nu.
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
    # standardised over the images to score, so scores depend on what else is scored, as for ECOD.
    "pyod.dif.default": _pyod("dif.DIF"),
}


def flat(*sets: ImageSet) -> Floats:
    """Images of all sets as float32 (N, D) in [0, 1]."""
    return np.concatenate([to_unit(images[:]).reshape(len(images), -1) for images in sets])


def main(name: str, contamination: float) -> None:
    """Write one file: name -> normal class -> metrics."""
    seed = params.read(Common).seed
    found: dict[int, TaskMetrics] = {}
    for task in tasks(contamination, seed):
        baseline = BASELINES[name](seed)
        baseline.fit(flat(task.train, task.calibration))
        found[task.normal] = measure(baseline.score(flat(task.test)), task)
        print(f"{name}, normal class {task.normal}: ROC-AUC {found[task.normal].roc_auc:.4f}", flush=True)
    write_json(RESULTS / f"{name}-{contamination:g}.json", to_json({name: found}))


if __name__ == "__main__":
    sys.exit(attempt(lambda: main(sys.argv[1], float(sys.argv[2]))))
