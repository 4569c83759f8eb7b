"""Which scorers a detector puts together, chosen without a single anomaly.

Held-out normal images that are turned by quarters stand for anomalies: each is a whole thing that is not what was
learned, made of the same strokes and greys. Of all sets of up to three scorers the one is taken that tells the turned
images from the originals best; of equals, the smaller.

Where that says little: of images that have no right way up (a nought, textures, parts that lie anyhow) the turned ones
are normal, and the choice is near chance; to a network that was trained on turned images they are no strangers. There,
state the scorers in params.yaml. The held-out images also scale the scorers and set the threshold; that they look a
little more normal to the set that they chose is within the scatter of their number (docs/lab-notes.md).

Source: Golan and El-Yaniv (2018), "Deep anomaly detection using geometric transformations", for turned images as what
is not normal.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from hourglass.core.images import Images, evenly
from hourglass.detectors.detector import Detector
from hourglass.evaluation.detection import auc

LARGEST = 3
# Held-out images that are looked at, at most.
ASKED = 2_000


def best(every: Detector, held_out: Images) -> list[str]:
    """Names of the scorers to put together.

    Args:
        every: one network with all the scorers that apply to it.
        held_out: normal images that it was not trained on, uint8 (N, C, H, W).
    """
    found = separations(every, held_out)
    # The first of equals, and small sets come first.
    chosen, _ = max(found.items(), key=lambda pair: pair[1])
    return list(chosen)


def separations(every: Detector, held_out: Images) -> dict[tuple[str, ...], float]:
    """Sets of scorers, small ones first -> ROC-AUC by which their mean tells turned images from the originals.

    The mean over turns: by one, two and three quarters, or by two where images are not square. Arguments as of `best`.
    """
    (member,) = every.members
    originals = evenly(held_out, ASKED)
    turns = (1, 2, 3) if originals.shape[2] == originals.shape[3] else (2,)
    ordinary = every.terms(originals)
    turned = [every.terms(np.ascontiguousarray(np.rot90(originals, turn, axes=(2, 3)))) for turn in turns]
    strange = np.repeat([False, True], len(originals))

    def separation(columns: list[int]) -> float:
        found = [np.concatenate([part[:, columns].mean(1) for part in (ordinary, terms)]) for terms in turned]
        return float(np.mean([auc(scores, strange) for scores in found]))

    names = list(member.scorers)
    found: dict[tuple[str, ...], float] = {}
    for chosen in sets(names):
        found[chosen] = separation([names.index(name) for name in chosen])
    return found


def sets(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Every set of one to LARGEST of the names, small ones first."""
    for size in range(1, LARGEST + 1):
        yield from combinations(names, size)
