from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hourglass.core import stored
from hourglass.core.images import Images, Rows
from hourglass.core.stored import Chosen, Stored

OFFSET = 5
SHAPE = (23, 1, 4, 3)
PIXELS = np.random.default_rng(0).integers(0, 256, SHAPE, np.uint8)
STATUS = Path("/proc/self/status")

either = pytest.mark.parametrize("kept", [0, 2**20], ids=["mapped anew", "map kept"])
rows = pytest.mark.parametrize(
    "rows",
    [slice(None), slice(7), slice(20, 40), slice(3, 20, 5), slice(9, 9), np.array([22, 0, 7, 7]), np.arange(23)[::-1]],
    ids=str,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "images"
    path.write_bytes(b"x" * OFFSET + PIXELS.tobytes())
    return path


def opened(file: Path, kept: int, monkeypatch: pytest.MonkeyPatch) -> Stored:
    monkeypatch.setattr(stored, "KEPT", kept)
    monkeypatch.setattr(stored, "BLOCK", 3)
    return Stored(file, OFFSET, SHAPE)


@either
@rows
def test_what_is_read_is_what_is_stored(file: Path, kept: int, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    images = opened(file, kept, monkeypatch)
    found = images[rows]
    np.testing.assert_array_equal(found, PIXELS[rows])
    assert found.dtype == images.dtype == np.uint8
    assert (len(images), images.shape) == (23, SHAPE)


@either
def test_writing_into_what_was_read_does_not_reach_the_file(
    file: Path, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(file, kept, monkeypatch)[2:9][:] = 0
    np.testing.assert_array_equal(opened(file, kept, monkeypatch)[:], PIXELS)


@rows
def test_chosen_images_are_counted_from_their_own_first_one(rows: Rows) -> None:
    order = np.random.default_rng(1).permutation(23)
    images = Chosen(PIXELS, order)
    np.testing.assert_array_equal(images[rows], PIXELS[order][rows])
    assert (len(images), images.shape) == (23, SHAPE)


def test_of_chosen_images_none_but_the_wanted_are_read() -> None:
    class Watched:
        shape, dtype = PIXELS.shape, PIXELS.dtype
        seen: list[int] = []  # noqa: RUF012

        def __len__(self) -> int:
            return len(PIXELS)

        def __getitem__(self, rows: Rows, /) -> NDArray[np.uint8]:
            self.seen += np.arange(len(PIXELS))[rows].tolist()
            return PIXELS[rows]

    watched: Images = Watched()
    Chosen(watched, np.array([3, 5, 7, 11]))[1:3]
    assert Watched.seen == [5, 7]


def resident() -> int:
    """Bytes of memory that this process holds, pages of mapped files included."""
    (line,) = (line for line in STATUS.read_text().splitlines() if line.startswith("VmRSS"))
    return 1024 * int(line.split()[1])


@pytest.mark.skipif(not STATUS.exists(), reason="only Linux says how much memory a process holds")
def test_pages_of_a_large_file_do_not_pile_up_in_the_process(tmp_path: Path) -> None:
    """Read once in random order, as an epoch does."""
    size, batch = 100 * 2**20, 256
    with (tmp_path / "large").open("wb") as file:
        file.truncate(size)  # a hole: it takes no room on the disk
    images = Stored(tmp_path / "large", 0, (size // 1024, 1, 32, 32))
    order = np.random.default_rng(0).permutation(len(images))[:5000]
    before, peak = resident(), 0
    for start in range(0, len(order), batch):
        images[order[start : start + batch]]
        peak = max(peak, resident())
    assert peak - before < 40 * 2**20
