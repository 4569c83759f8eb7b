from pathlib import Path

import numpy as np
import pytest

from benchmarks import enlarge as enlarging
from benchmarks.enlarge import NOISE, enlarge
from hourglass.data import splits
from hourglass.data.sources import IDX_FILES

COUNT = 30


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Random images in MNIST's files, fewer of which are read at a time than there are."""
    monkeypatch.setattr(enlarging, "BLOCK", 7)
    random, folder = np.random.default_rng(0), tmp_path / "source"
    folder.mkdir()
    for name in IDX_FILES:
        shape = (COUNT, 5, 4) if "images" in name else (COUNT,)
        head = bytes([0, 0, 8, len(shape)]) + np.array(shape, ">u4").tobytes()
        (folder / name).write_bytes(head + random.integers(0, 256, shape, np.uint8).tobytes())
    return folder


def test_copies_differ_by_noise_and_the_first_is_exact(source: Path, tmp_path: Path) -> None:
    enlarge(source, 3, tmp_path / "large")
    before, after = (splits._read_idx(folder, ()) for folder in (source, tmp_path / "large"))
    for small, large in zip(before, after, strict=True):
        np.testing.assert_array_equal(large.labels, np.tile(small.labels, 3))
        copies = large[:].reshape(3, *small.shape).astype(int)
        np.testing.assert_array_equal(copies[0], small[:])
        for copy in copies[1:]:
            assert np.abs(copy - copies[0]).max() == NOISE
        assert (copies[1] != copies[2]).any()


def test_same_images_are_written_every_time(source: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        enlarge(source, 2, tmp_path / name)
    for file in IDX_FILES:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
        if "labels" in file:
            assert len((tmp_path / "one" / file).read_bytes()) == 8 + 2 * COUNT
