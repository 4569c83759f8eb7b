"""The `data` section of params.yaml."""

from typing import Literal

from pydantic import NonNegativeInt

from hourglass.core.params import Settings

DatasetName = Literal["fashion_mnist", "mnist", "kmnist", "digits"]


class DataSettings(Settings):
    """Which images, and which of their classes counts as normal.

    name: the dataset.
    folder: where the user has put the dataset's files, or null. Not a dependency of any stage: the
        checksums fix what the files hold, wherever they come from.
    normal_class: number of the class that detectors are trained on; every other class is an anomaly.
    """

    name: DatasetName
    folder: str | None = None
    normal_class: NonNegativeInt = 0
