"""Image sets in memory and in files give the same images, and no more of them than is asked for."""

import json
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from hourglass.core import layout
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.data import imageset
from hourglass.data.imageset import ImageSet, MappedPixels, Rows, map_batches, map_slices, open_splits, to_unit

OFFSET = 5
SHAPE = (23, 1, 4, 3)
PIXELS = np.random.default_rng(0).integers(0, 256, SHAPE, np.uint8)
LABELS = np.random.default_rng(1).integers(0, 3, 23)
NAMES = ("shirt", "shoe", "bag")
EVERY_BYTE = np.arange(256, dtype=np.uint8).reshape(4, 1, 8, 8)
STATUS = Path("/proc/self/status")

rows = pytest.mark.parametrize(
    "rows",
    [slice(None), slice(7), slice(20, 40), slice(3, 20, 5), slice(9, 9), np.array([22, 0, 7, 7]), np.arange(23)[::-1]],
    ids=str,
)


@pytest.fixture
def images() -> ImageSet:
    return ImageSet(PIXELS, LABELS, NAMES)


@pytest.fixture(params=[0, 2**20], ids=["mapped anew", "map kept"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], ImageSet]:
    """Opens a file of the pixels, whose map is kept or made anew for every three rows."""
    monkeypatch.setattr(imageset, "KEPT_BYTES", request.param)
    monkeypatch.setattr(imageset, "BATCH", 3)
    path = tmp_path / "pixels"
    path.write_bytes(b"x" * OFFSET + PIXELS.tobytes())
    return lambda: ImageSet(MappedPixels(path, OFFSET, SHAPE), LABELS, NAMES)


class Watched:
    """Pixels that note which rows were read."""

    shape, dtype = SHAPE, np.dtype(np.uint8)

    def __init__(self) -> None:
        self.read: list[int] = []

    def __getitem__(self, rows: Rows, /) -> NDArray[np.uint8]:
        self.read += np.arange(len(PIXELS))[rows].tolist()
        return PIXELS[rows]


def same(found: ImageSet, rows: NDArray[np.integer]) -> None:
    """Assert that the images of `found` are those at `rows`, with their labels and the classes."""
    np.testing.assert_array_equal(found[:], PIXELS[rows])
    np.testing.assert_array_equal(found.labels, LABELS[rows])
    assert (found.classes, found.shape, len(found)) == (NAMES, (len(rows), *SHAPE[1:]), len(rows))


# Reading


@rows
def test_images_of_a_file_are_those_it_holds(reopen: Callable[[], ImageSet], rows: Rows) -> None:
    images = reopen()
    np.testing.assert_array_equal(images[rows], PIXELS[rows])
    assert images[rows].dtype == np.uint8
    assert (len(images), images.shape, images.image_shape) == (23, SHAPE, SHAPE[1:])


@rows
def test_images_of_an_array_are_those_it_holds(images: ImageSet, rows: Rows) -> None:
    np.testing.assert_array_equal(images[rows], PIXELS[rows])
    same(images, np.arange(23))


def test_writing_into_images_does_not_reach_the_file(reopen: Callable[[], ImageSet]) -> None:
    reopen()[2:9][:] = 0
    np.testing.assert_array_equal(reopen()[:], PIXELS)


@rows
def test_rows_of_a_subset_count_from_its_first_image(reopen: Callable[[], ImageSet], rows: Rows) -> None:
    order = np.random.default_rng(1).permutation(23)
    subset = reopen().subset(order)
    same(subset, order)
    np.testing.assert_array_equal(subset[rows], PIXELS[order][rows])
    same(subset.subset(rows), order[rows])


def test_subsets_read_nothing_until_images_are_asked_for() -> None:
    pixels = Watched()
    images = ImageSet(pixels, LABELS, NAMES)  # type: ignore[arg-type]
    subset = images.subset(np.array([3, 5, 7, 11])).subset(slice(1, None)).first(2)
    images.spread(4), images.of_class(1), images.one_per_class()
    assert pixels.read == []
    subset[:]
    assert pixels.read == [5, 7]


def resident() -> int:
    """Bytes of memory that this process holds, pages of mapped files included."""
    (line,) = (line for line in STATUS.read_text().splitlines() if line.startswith("VmRSS"))
    return 1024 * int(line.split()[1])


@pytest.mark.skipif(not STATUS.exists(), reason="only Linux says how much memory a process holds")
def test_memory_stays_bounded_over_a_large_file(tmp_path: Path) -> None:
    """Read in random order, as an epoch does."""
    count = 100 * 2**10
    # A hole takes no room on the disk.
    np.lib.format.open_memmap(tmp_path / "images.npy", "w+", np.uint8, (count, 1, 32, 32))
    np.save(tmp_path / "labels.npy", np.zeros(count, np.int64))
    (tmp_path / "classes.json").write_text('["hole"]')
    (tmp_path / "fit.json").write_text('"pad"')
    images = ImageSet.open(tmp_path)
    shuffled = images.subset(np.random.default_rng(0).permutation(count)[:5000])
    next(images.batches(256))
    before, peak = resident(), 0
    for _ in shuffled.batches(256):
        peak = max(peak, resident())
    assert peak - before < 40 * 2**20


@pytest.mark.parametrize(
    ("pixels", "found"),
    [
        (PIXELS / np.float32(255), r"float32 \(23, 1, 4, 3\)"),
        (PIXELS.astype(np.int64), r"int64 \(23, 1, 4, 3\)"),
        (PIXELS[:, 0], r"uint8 \(23, 4, 3\)"),
        (PIXELS[0, 0], r"uint8 \(4, 3\)"),
    ],
    ids=["floats", "integers", "no channels", "one image"],
)
def test_wrong_dtype_or_shape_is_an_error(pixels: NDArray[np.uint8], found: str) -> None:
    with pytest.raises(HourglassError, match=rf"images must be uint8 \(N, C, H, W\), values 0 to 255; got {found}"):
        ImageSet(pixels)


# Subsets


def test_without_labels_every_image_is_of_class_zero() -> None:
    images = ImageSet(PIXELS)
    np.testing.assert_array_equal(images.labels, np.zeros(23))
    assert images.labels.dtype == np.int64
    assert images.classes == ()


@pytest.mark.parametrize("count", [0, 1, 7, 23, 24])
def test_first_takes_the_first_images_or_all(images: ImageSet, count: int) -> None:
    same(images.first(count), np.arange(min(count, 23)))


@pytest.mark.parametrize("count", [1, 2, 7, 23, 24])
def test_spread_takes_evenly_spaced_images_or_all(images: ImageSet, count: int) -> None:
    positions = np.linspace(0, 22, min(count, 23)).astype(int)
    same(images.spread(count), positions)
    assert positions[0] == 0
    assert count == 1 or positions[-1] == 22
    assert np.ptp(np.diff(positions)) <= 1 if count > 2 else True


def test_classes_divide_the_images_among_them(images: ImageSet) -> None:
    for number in range(3):
        same(images.of_class(number), np.flatnonzero(images.labels == number))
    shuffled = images.subset(np.random.default_rng(2).permutation(23))
    assert [len(shuffled.of_class(number)) for number in range(3)] == np.bincount(LABELS).tolist()


@pytest.mark.parametrize("number", [3, 99])
def test_a_class_that_does_not_exist_is_an_error(images: ImageSet, number: int) -> None:
    with pytest.raises(SettingsError, match=f"data.normal_class: {number} is not a class; allowed: 0 to 2$"):
        images.of_class(number)


def test_one_per_class_takes_the_first_of_each_that_occurs(images: ImageSet) -> None:
    same(images.one_per_class(), np.array([LABELS.tolist().index(number) for number in range(3)]))
    others = np.flatnonzero(LABELS != 1)
    found = images.subset(others).one_per_class()
    np.testing.assert_array_equal(found.labels, [0, 2])
    np.testing.assert_array_equal(found[:], images.one_per_class()[np.array([0, 2])])


# Batches


def test_unit_pixels_are_a_255th_of_the_bytes() -> None:
    single, double = to_unit(EVERY_BYTE), to_unit(EVERY_BYTE, np.float64)
    assert (single.dtype, double.dtype) == (np.dtype(np.float32), np.dtype(np.float64))
    np.testing.assert_array_equal(single, EVERY_BYTE.astype(np.float32) / np.float32(255))
    np.testing.assert_array_equal(double, EVERY_BYTE / 255)


def test_batch_values_equal_unit_pixels_bit_for_bit() -> None:
    x, y = ImageSet(EVERY_BYTE, np.arange(4)).batch(np.array([3, 0, 1, 2]))
    assert (x.dtype, y.dtype) == (torch.float32, torch.int64)
    np.testing.assert_array_equal(x.numpy(), to_unit(EVERY_BYTE)[[3, 0, 1, 2]])
    assert y.tolist() == [3, 0, 1, 2]


@pytest.mark.parametrize("size", [1, 4, 23, 100])
def test_batches_cover_all_images_in_order(images: ImageSet, size: int) -> None:
    batches = list(images.batches(size))
    assert [len(x) for x, _ in batches] == [size] * (23 // size) + [23 % size] * (23 % size > 0)
    np.testing.assert_array_equal(torch.cat([x for x, _ in batches]), to_unit(PIXELS))
    np.testing.assert_array_equal(torch.cat([y for _, y in batches]), LABELS)
    np.testing.assert_array_equal(np.concatenate([images[part] for part in images.slices(size)]), PIXELS)


def test_a_batch_is_a_copy(images: ImageSet) -> None:
    images.batch(slice(5))[0][:] = 0
    np.testing.assert_array_equal(images[:], PIXELS)


def test_mean_image_equals_the_float64_mean() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (1203, 2, 4, 3), np.uint8)
    found = ImageSet(pixels).mean_image()
    assert found.dtype == np.float64
    assert found.shape == (2, 4, 3)
    np.testing.assert_array_equal(found, pixels.sum(0, dtype=np.float64) / (255 * 1203))
    np.testing.assert_allclose(found, (pixels / 255).mean(0), rtol=1e-13)


@pytest.mark.parametrize("size", [1, 5, 23, 100])
def test_map_batches_equals_a_single_pass(images: ImageSet, size: int) -> None:
    found = map_batches(lambda x, y: x.flatten(1) * y[:, None] - x.flatten(1).square(), images, size)
    x = to_unit(PIXELS).reshape(23, -1)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, x * LABELS[:, None].astype(np.float32) - np.square(x))


def test_map_batches_keeps_shape_and_dtype_of_the_results(images: ImageSet) -> None:
    assert map_batches(lambda x, _: x.sum((1, 2, 3)), images, 4).shape == (23,)
    found = map_batches(lambda _, y: y[:, None].repeat(1, 2), images, 4)
    np.testing.assert_array_equal(found, np.stack([LABELS, LABELS], 1))
    assert found.dtype == np.int64


def test_map_batches_keeps_no_batch_and_no_gradient(images: ImageSet) -> None:
    """One array is filled: at most the result of the last batch is alive when the next is computed."""
    results: list[weakref.ref[torch.Tensor]] = []

    def function(x: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
        assert torch.is_inference_mode_enabled()
        assert sum(result() is not None for result in results) <= 1
        found = x * 2
        results.append(weakref.ref(found))
        return found

    map_batches(function, images, 4)
    assert len(results) == 6


def test_map_batches_without_images_is_an_error(images: ImageSet) -> None:
    with pytest.raises(HourglassError, match="there are no images; at least one is needed"):
        map_batches(lambda x, _: x, images.first(0))


# Files


@rows
def test_an_opened_set_is_the_one_that_was_saved(images: ImageSet, tmp_path: Path, rows: Rows) -> None:
    folder = tmp_path / "made" / "on the way"
    images.subset(rows).save(folder)
    same(ImageSet.open(folder), np.arange(23)[rows])
    assert {file.name for file in folder.iterdir()} == {"images.npy", "labels.npy", "classes.json", "fit.json"}


@pytest.mark.parametrize("count", [1, 499, 500, 501, 1203])
def test_files_are_those_that_numpy_writes(tmp_path: Path, count: int) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (count, 1, 4, 3), np.uint8)
    labels = np.arange(count) % 3
    ImageSet(pixels, labels, NAMES).save(tmp_path)
    for name, array in (("images", pixels), ("labels", labels)):
        np.save(tmp_path / "expected.npy", array)
        assert (tmp_path / f"{name}.npy").read_bytes() == (tmp_path / "expected.npy").read_bytes()
    assert json.loads((tmp_path / "classes.json").read_text()) == list(NAMES)


@pytest.mark.parametrize(
    ("file", "keep"),
    [
        *((file, keep) for file in ("images.npy", "labels.npy", "classes.json", "fit.json") for keep in (None, 3, 0)),
        *((file, keep) for file in ("images.npy", "labels.npy") for keep in (20, 100)),
    ],
)
def test_a_missing_or_damaged_file_says_how_to_rebuild_it(
    images: ImageSet, tmp_path: Path, file: str, keep: int | None
) -> None:
    images.save(tmp_path)
    content = (tmp_path / file).read_bytes()
    (tmp_path / file).unlink()
    if keep is not None:
        (tmp_path / file).write_bytes(content[:keep])
    with pytest.raises(HourglassError, match=f"^{tmp_path} cannot be read .*; run `dvc repro prepare`") as caught:
        ImageSet.open(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_file_of_other_numbers_says_how_to_rebuild_it(images: ImageSet, tmp_path: Path) -> None:
    images.save(tmp_path)
    np.save(tmp_path / "images.npy", to_unit(PIXELS))
    with pytest.raises(HourglassError, match=r"it holds float32 and not uint8.*; run `dvc repro prepare`"):
        ImageSet.open(tmp_path)


def test_how_files_were_fitted_is_kept(images: ImageSet, tmp_path: Path) -> None:
    assert images.fit == "pad"
    ImageSet(images[:], images.labels, NAMES, fit="stretch").save(tmp_path)
    assert ImageSet.open(tmp_path).first(3).fit == "stretch"


def test_labels_of_another_number_of_images_are_an_error(images: ImageSet, tmp_path: Path) -> None:
    images.save(tmp_path)
    np.save(tmp_path / "labels.npy", images.labels[:-1])
    with pytest.raises(HourglassError, match=rf"images \({len(images)}, .* and labels \({len(images) - 1},\)\); run"):
        ImageSet.open(tmp_path)


def test_a_folder_that_cannot_be_written_is_an_error(images: ImageSet, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HourglassError, match=f"cannot write {tmp_path}/file/images.npy"):
        images.save(tmp_path / "file")


def test_squared_differences_are_from_one_image(images: ImageSet) -> None:
    reference = np.random.default_rng(4).random(images.image_shape)
    by_hand = [np.square(image / 255 - reference).mean() for image in images[:]]
    np.testing.assert_allclose(images.squared_differences(reference), by_hand, rtol=1e-12)


def test_open_splits_keeps_the_order_asked_for(
    images: ImageSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    images.save(layout.split("train"))
    images.first(2).save(layout.split("test"))
    assert [len(part) for part in open_splits("test", "train")] == [2, len(images)]


def test_map_slices_covers_every_row_once() -> None:
    seen: list[slice] = []

    def double(rows: slice) -> torch.Tensor:
        seen.append(rows)
        return 2 * torch.arange(7)[rows]

    np.testing.assert_array_equal(map_slices(double, 7, size=3), 2 * np.arange(7))
    assert seen == [slice(0, 3), slice(3, 6), slice(6, 9)]
