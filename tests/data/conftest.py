"""A dataset of a few tiny images, in the files and the format of MNIST and under the names of two real datasets."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hourglass.data.sources import DATASETS, IDX_FILES

TRAIN, TEST, HEIGHT, WIDTH, CLASSES = 125, 30, 5, 4, 10


@pytest.fixture(scope="session")
def idx_arrays() -> list[NDArray[np.uint8]]:
    """Training images and labels, test images and labels."""
    random = np.random.default_rng(0)
    return [
        random.integers(0, high, shape, np.uint8)
        for count in (TRAIN, TEST)
        for high, shape in ((256, (count, HEIGHT, WIDTH)), (CLASSES, (count,)))
    ]


@pytest.fixture
def idx_files(idx_arrays: list[NDArray[np.uint8]], monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """File name -> content; their digests are the ones that MNIST and Fashion-MNIST are checked against."""
    files = {
        name: bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()
        for name, array in zip(IDX_FILES, idx_arrays, strict=True)
    }
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    for dataset in ("mnist", "fashion_mnist"):
        monkeypatch.setitem(DATASETS, dataset, replace(DATASETS[dataset], sha256=digests))
    return files


@pytest.fixture
def folder(idx_files: dict[str, bytes], tmp_path: Path) -> Path:
    """A folder that holds the files, plain."""
    path = tmp_path / "mine"
    path.mkdir()
    for name, content in idx_files.items():
        (path / name).write_bytes(content)
    return path
