"""Networks of anomaly detectors, trained on the images of one class as the stage `train_normal` trains its one."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hourglass.core import params
from hourglass.core.images import Images
from hourglass.models.autoencoder import Autoencoder
from hourglass.training.session import trained
from hourglass.training.settings import schedule

# A network, and the entry of params.yaml that built it.
Network = tuple[Autoencoder, dict[str, Any]]


class _OneClass(NamedTuple):
    images: Images
    labels: NDArray[np.int64]


def networks(variant: str, seeds: Iterable[int], known: Images, held_out: Images, normal: int) -> list[Network]:
    """A network of the variant for each seed.

    Args:
        known, held_out: normal images, uint8 (N, C, H, W), to learn from and to choose the best epoch by.
        normal: number of their class.

    Raises:
        SettingsError: a setting of the variant is unknown, mistyped or out of range.
        HourglassError: training diverged.
    """
    entry, (channels, height, width) = params.variant(variant), known.shape[1:]
    plan = schedule(variant, entry, "train_normal")
    parts = [_OneClass(images, np.full(len(images), normal)) for images in (known, held_out)]
    where, shape = f"variants.{variant}", (channels, height, width)
    return [(trained(where, entry, plan, shape, seed, *parts)[0].eval(), entry) for seed in seeds]
