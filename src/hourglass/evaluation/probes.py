"""What latent codes tell about the classes and the images, although they were learned without the classes.

Codes (N, D) are compared with class numbers (N,). Intervals hold for the given training codes and draws of labels.
"""

import warnings
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import trustworthiness as sklearn_trustworthiness
from sklearn.metrics import silhouette_samples
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from hourglass.core.intervals import mean_estimate, share_estimate
from hourglass.core.metrics import Estimate
from hourglass.data.imageset import Labels

Codes = NDArray[np.floating]

NEIGHBOURS = 10
FEWEST_CLASSES = 2
# Bounds that keep time and memory flat however large the dataset is.
TRAIN_CODES = 20_000
TEST_CODES = 10_000
SILHOUETTE_CODES = 2_000
TRUSTED_CODES = 1_000
# Labels per class -> how often they are drawn: with fewer labels, more depends on which.
DRAWS = {10: 10, 100: 5, 1000: 1}
# Latent codes of up to 256 dimensions are within 0.002 of their final accuracy by then; for pixels see
# docs/lab-notes.md.
ITERATIONS = 50


@dataclass(frozen=True)
class ClassProbes:
    """What a classifier can read from latent codes. A linear probe is logistic regression on standardised codes.

    knn_accuracy: share of test codes whose class is the majority's among the 10 nearest of the first 20,000 training
        codes (Euclidean distance, codes as they are).
    probe_accuracy: share of test codes that a linear probe fitted on the same training codes gets right.
    silhouette: how much nearer a code is to its own class than to the next, in [-1, 1], over the first 2,000 test
        codes.
    probe_accuracy_10, probe_accuracy_100, probe_accuracy_1000: as `probe_accuracy`, with so many labelled codes per
        class, or all of a class that has fewer; means over 10, 5 and 1 draws. The seed decides which codes are
        labelled, so they are the same images for every network.
    probe_accuracy_10_std, probe_accuracy_100_std: standard deviation over the draws.
    not_measured: why there are no such metrics, if there are none.
    """

    knn_accuracy: Estimate | None = None
    probe_accuracy: Estimate | None = None
    silhouette: Estimate | None = None
    probe_accuracy_10: Estimate | None = None
    probe_accuracy_10_std: float | None = None
    probe_accuracy_100: Estimate | None = None
    probe_accuracy_100_std: float | None = None
    probe_accuracy_1000: Estimate | None = None
    not_measured: str | None = None


def obstacle(train_labels: Labels, test_labels: Labels) -> str | None:
    """Why a classifier cannot be measured with these images, or None."""
    train, test = (len(np.unique(labels)) for labels in (train_labels, test_labels[:SILHOUETTE_CODES]))
    if train < FEWEST_CLASSES or test < FEWEST_CLASSES:
        return f"classes are told apart where training and test images have at least two; they have {train} and {test}"
    if len(train_labels) < NEIGHBOURS or len(test_labels) <= test:
        return f"{NEIGHBOURS} training images are needed, and more test images than classes"
    return None


def class_probes(train: Codes, train_labels: Labels, test: Codes, test_labels: Labels, seed: int) -> ClassProbes:
    """Measure test codes by training codes, of which the first 20,000 count; only a reason where that is impossible."""
    if reason := obstacle(train_labels, test_labels):
        return ClassProbes(not_measured=reason)
    train, train_labels = train[:TRAIN_CODES], train_labels[:TRAIN_CODES]
    nearest = knn_accuracy(train, train_labels, test, test_labels)
    separation = silhouette_samples(test[:SILHOUETTE_CODES], test_labels[:SILHOUETTE_CODES])
    # Standardising needs no labels, so all training codes take part, however few are labelled.
    scaler = StandardScaler().fit(train)
    train, test = scaler.transform(train), scaler.transform(test)
    every = probe_accuracy(train, train_labels, test, test_labels)
    random = np.random.default_rng(seed)
    few = {}
    for labels, draws in DRAWS.items():
        chosen = [labelled(train_labels, labels, random) for _ in range(draws)]
        few[labels] = np.array([predict(train[rows], train_labels[rows], test) == test_labels for rows in chosen])
    return ClassProbes(
        knn_accuracy=nearest,
        probe_accuracy=every,
        silhouette=mean_estimate(separation, seed),
        probe_accuracy_10=_mean_over_draws(few[10], seed),
        probe_accuracy_10_std=_std_over_draws(few[10]),
        probe_accuracy_100=_mean_over_draws(few[100], seed),
        probe_accuracy_100_std=_std_over_draws(few[100]),
        probe_accuracy_1000=_mean_over_draws(few[1000], seed),
    )


def _mean_over_draws(hits: NDArray[np.bool_], seed: int) -> Estimate:
    """Mean of hits (draws, N), with an interval over the N codes."""
    return replace(mean_estimate(hits.mean(0), seed), value=float(hits.mean()))


def _std_over_draws(hits: NDArray[np.bool_]) -> float:
    return float(hits.mean(1).std(ddof=1))


def knn_accuracy(train: Codes, train_labels: Labels, test: Codes, test_labels: Labels) -> Estimate:
    """`knn_accuracy` as in `ClassProbes`."""
    train, train_labels = train[:TRAIN_CODES], train_labels[:TRAIN_CODES]
    nearest = KNeighborsClassifier(NEIGHBOURS, algorithm="brute").fit(train, train_labels)
    return share_estimate(nearest.predict(test) == test_labels)


def probe_accuracy(train: Codes, train_labels: Labels, test: Codes, test_labels: Labels) -> Estimate:
    """`probe_accuracy` as in `ClassProbes`, of all the given codes."""
    scaler = StandardScaler().fit(train)
    return share_estimate(predict(scaler.transform(train), train_labels, scaler.transform(test)) == test_labels)


def predict(train: Codes, labels: Labels, test: Codes) -> Labels:
    """Classes (M,) that logistic regression, fitted on codes (N, D) and classes (N,), gives codes (M, D)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(max_iter=ITERATIONS).fit(train, labels).predict(test)


def labelled(labels: Labels, count: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Rows of `count` codes per class among `labels` (N,), drawn without replacement; all of a smaller class."""
    rows = random.permutation(len(labels))
    return np.concatenate([rows[labels[rows] == number][:count] for number in np.unique(labels)])


def trustworthiness(pixels: Codes, codes: Codes) -> float | None:
    """Whether images with near codes are near themselves: pixels (N, P), codes (N, D), in the same order.

    It is 1 where the 10 nearest codes of every image belong to its 10 nearest images, and 0.5 on average where codes
    are unrelated to images. Other neighbours cost more, the farther their images are. Euclidean distances among the
    first 1,000. None with so few images that 10 are half of them.

    Source: Venna and Kaski (2001), "Neighborhood preservation in nonlinear projection methods".
    """
    pixels, codes = pixels[:TRUSTED_CODES], codes[:TRUSTED_CODES]
    if len(codes) <= 2 * NEIGHBOURS:
        return None
    return float(sklearn_trustworthiness(pixels, codes, n_neighbors=NEIGHBOURS))
