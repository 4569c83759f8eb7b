"""How much a code knows about the classes, although it was learned without them."""

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import silhouette_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

Codes = NDArray[np.floating]
Labels = NDArray[np.int64]

NEIGHBOURS = 10
# Bounds that keep time and memory flat however large the dataset is.
TRAIN_CODES = 20_000
SILHOUETTE_CODES = 2_000


def measure(train: Codes, train_labels: Labels, test: Codes, test_labels: Labels) -> dict[str, float]:
    """Compare codes (N, D) with classes (N,).

    Returns:
        knn_accuracy: share of test codes whose class is the majority's among the 10 nearest of the
            first 20,000 training codes (Euclidean distance, codes as they are).
        probe_accuracy: share of test codes that logistic regression on standardised codes, fitted on the
            same training codes, gets right: what a linear layer can read out.
        silhouette: how much nearer a code is to its own class than to the next, in [-1, 1], over the
            first 2,000 test codes.
    """
    train, train_labels = train[:TRAIN_CODES], train_labels[:TRAIN_CODES]
    neighbours = KNeighborsClassifier(NEIGHBOURS, algorithm="brute").fit(train, train_labels)
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(train, train_labels)
    return {
        "knn_accuracy": float(neighbours.score(test, test_labels)),
        "probe_accuracy": float(probe.score(test, test_labels)),
        "silhouette": float(silhouette_score(test[:SILHOUETTE_CODES], test_labels[:SILHOUETTE_CODES])),
    }
