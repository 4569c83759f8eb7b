"""How much a code knows about the classes and the images, although it was learned without the classes."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import TSNE
from sklearn.manifold import trustworthiness as sklearn_trustworthiness
from sklearn.metrics import silhouette_samples
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from hourglass.evaluation.intervals import mean_interval, share_interval

Codes = NDArray[np.floating]
Labels = NDArray[np.int64]

NEIGHBOURS = 10
# Bounds that keep time and memory flat however large the dataset is.
TRAIN_CODES = 20_000
TEST_CODES = 10_000
SILHOUETTE_CODES = 2_000
TRUSTED_CODES = 1_000
# Labels a class -> how often they are drawn: the fewer, the more depends on which.
DRAWS = {10: 10, 100: 5, 1000: 1}
# Codes of up to 256 numbers are within 0.002 of their final accuracy by then. Pixels, as they overfit, would take a
# thousand iterations and lose 0.03 by it (docs/lab-notes.md).
ITERATIONS = 50
# t-SNE has settled by then; the thousand of the default double the time.
PICTURE_ITERATIONS = 500


def measure(train: Codes, train_labels: Labels, test: Codes, test_labels: Labels, seed: int) -> dict[str, Any]:
    """Compare codes (N, D) with classes (N,).

    A linear probe is logistic regression on standardised codes: what a linear layer can read out.

    Returns:
        knn_accuracy: share of test codes whose class is the majority's among the 10 nearest of the
            first 20,000 training codes (Euclidean distance, codes as they are).
        probe_accuracy: share of test codes that a linear probe fitted on the same training codes gets right.
        probe_accuracy_10, probe_accuracy_100, probe_accuracy_1000: likewise with that many of these codes a class,
            or all there are of a class that has fewer; means over 10, 5 and 1 draws. The seed decides which codes
            are labelled, so that they are the same images for every variant.
        probe_accuracy_10_std, probe_accuracy_100_std: standard deviation over the draws.
        silhouette: how much nearer a code is to its own class than to the next, in [-1, 1], over the
            first 2,000 test codes.
        Each with _ci, its 95% interval over the test codes, given the training codes and the draws.
    """
    train, train_labels = train[:TRAIN_CODES], train_labels[:TRAIN_CODES]
    near = neighbours(train, train_labels, test, test_labels)
    apart = silhouette_samples(test[:SILHOUETTE_CODES], test_labels[:SILHOUETTE_CODES])
    # To know how far codes spread takes no labels: all of them say it, however few are labelled.
    scaler = StandardScaler().fit(train)
    train, test = scaler.transform(train), scaler.transform(test)
    found: dict[str, Any] = {
        **near,
        **linear_probe(train, train_labels, test, test_labels),
        "silhouette": float(apart.mean()),
        "silhouette_ci": mean_interval(apart, seed),
    }
    random = np.random.default_rng(seed)
    for labels, draws in DRAWS.items():
        chosen = [labelled(train_labels, labels, random) for _ in range(draws)]
        hits = np.array([probe(train[part], train_labels[part], test) == test_labels for part in chosen])
        found[f"probe_accuracy_{labels}"] = float(hits.mean())
        found[f"probe_accuracy_{labels}_ci"] = mean_interval(hits.mean(0), seed)
        if draws > 1:
            found[f"probe_accuracy_{labels}_std"] = float(hits.mean(1).std(ddof=1))
    return found


def neighbours(train: Codes, train_labels: Labels, test: Codes, test_labels: Labels) -> dict[str, Any]:
    """`knn_accuracy` and its interval, as in `measure`."""
    train, train_labels = train[:TRAIN_CODES], train_labels[:TRAIN_CODES]
    nearest = KNeighborsClassifier(NEIGHBOURS, algorithm="brute").fit(train, train_labels)
    hits = nearest.predict(test) == test_labels
    return {"knn_accuracy": float(hits.mean()), "knn_accuracy_ci": share_interval(hits)}


def linear_probe(train: Codes, train_labels: Labels, test: Codes, test_labels: Labels) -> dict[str, Any]:
    """`probe_accuracy` and its interval, as in `measure`."""
    scaler = StandardScaler().fit(train)
    hits = probe(scaler.transform(train), train_labels, scaler.transform(test)) == test_labels
    return {"probe_accuracy": float(hits.mean()), "probe_accuracy_ci": share_interval(hits)}


def probe(train: Codes, labels: Labels, test: Codes) -> Labels:
    """The classes (M,) that logistic regression, fitted on codes (N, D) and classes (N,), gives codes (M, D)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(max_iter=ITERATIONS).fit(train, labels).predict(test)


def labelled(labels: Labels, count: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Where `count` of each class stand among `labels` (N,), drawn without replacement; all of a smaller class."""
    places = random.permutation(len(labels))
    return np.concatenate([places[labels[places] == number][:count] for number in np.unique(labels)])


def trustworthiness(pixels: Codes, codes: Codes) -> float:
    """Whether images whose codes are near are near themselves: pixels (N, P), codes (N, D), in the same order.

    Venna and Kaski (2001): 1 where the 10 nearest codes of every image belong to its 10 nearest images, 0.5 on
    average where codes are unrelated to images; an intruder costs the more, the farther its image is. Euclidean
    distances among the first 1,000.
    """
    pixels, codes = pixels[:TRUSTED_CODES], codes[:TRUSTED_CODES]
    return float(sklearn_trustworthiness(pixels, codes, n_neighbors=NEIGHBOURS))


def picture(codes: Codes, seed: int) -> Codes:
    """Codes (N, D) as points of the plane (N, 2): as they are if D is 2 at most, by t-SNE else.

    t-SNE (van der Maaten and Hinton, 2008) starts from the first two principal components and keeps neighbours
    together; distances between groups and their sizes mean nothing. Codes that are all the same are one point.
    """
    if (codes == codes[0]).all():
        return np.zeros((len(codes), 2))
    if codes.shape[1] <= 2:
        return np.pad(codes, ((0, 0), (0, 2 - codes.shape[1])))
    return TSNE(init="pca", max_iter=PICTURE_ITERATIONS, random_state=seed).fit_transform(codes)
