"""Shared by all tests: where the repository is, a fixed thread count, small real images, and a simulated device."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from hourglass.data.imageset import ImageSet
from tests.simulated_device import DEVICE, Simulation

ROOT = Path(__file__).parents[1]

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def digits() -> ImageSet:
    """scikit-learn's 1,797 handwritten digits of 8 x 8 pixels."""
    raw = load_digits()
    pixels = np.rint(raw.images[:, None] * (255 / 16)).astype(np.uint8)
    return ImageSet(pixels, raw.target.astype(np.int64), [str(number) for number in range(10)])


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> Iterator[torch.device]:
    """A device that refuses what a GPU refuses, for as long as the test runs."""
    optimizer = import_module("torch.optim.optimizer")  # torch.optim hides it
    monkeypatch.setattr(optimizer, "_get_fused_kernels_supported_devices", lambda: ["cpu", DEVICE.type])
    with Simulation():
        yield DEVICE
