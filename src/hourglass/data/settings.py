"""The `data` section of params.yaml."""

from typing import Annotated, Literal

from pydantic import Field

from hourglass.core.params import Settings

DatasetName = Literal["fashion_mnist", "mnist", "kmnist", "digits"]

# (channels, height, width) of one image.
IMAGE_SHAPES: dict[DatasetName, tuple[int, int, int]] = {
    "fashion_mnist": (1, 28, 28),
    "mnist": (1, 28, 28),
    "kmnist": (1, 28, 28),
    "digits": (1, 8, 8),
}


class DataSettings(Settings):
    """Which images, and which of their classes is normal.

    name: the dataset.
    folder: where the user has put the dataset's files, or None. No stage depends on it: the checksums fix what the
        files hold, wherever they come from.
    normal_class: number of the class that detectors are trained on; images of other classes are anomalies.
    """

    name: DatasetName = "fashion_mnist"
    folder: str | None = None
    normal_class: Annotated[int, Field(ge=0, lt=10)] = 0
