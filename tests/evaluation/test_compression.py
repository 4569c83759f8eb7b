import io
import lzma

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from hourglass.evaluation import compression
from hourglass.evaluation.compression import (
    choose_step,
    compare,
    measure,
    measure_indices,
    packed,
    restored,
    rounded,
    tiled,
    untiled,
)
from hourglass.evaluation.reconstruction import psnr

Array = NDArray[np.floating]
Images = NDArray[np.uint8]

# The images of a "decoder": each number of a code lights one of four quarters of an 8 x 8 image.
QUARTERS = np.kron(np.eye(4).reshape(4, 2, 2), np.ones((4, 4)))[:, None]


def decode(codes: Array) -> Array:
    return np.asarray(np.tensordot(codes, QUARTERS, 1))


def codes_and_images(count: int, noise: float = 0.1, seed: int = 0) -> tuple[Array, Images]:
    random = np.random.default_rng(seed)
    codes = random.uniform(0.3, 0.7, (count, 4))
    images = decode(codes) + noise * random.normal(size=(count, 1, 8, 8))
    return codes, np.rint(255 * images.clip(0, 1)).astype(np.uint8)


def entropy(symbols: NDArray[np.integer]) -> float:
    """Bytes per row, each column coded by how often its values occur."""
    shares = [np.unique(column, return_counts=True)[1] / len(symbols) for column in symbols.T]
    return float(sum(-(share * np.log2(share)).sum() for share in shares) / 8)


def test_rounding_is_off_by_half_a_step_at_most() -> None:
    codes = codes_and_images(50)[0]
    found = restored(rounded(codes, 0.05), 0.05)
    assert found.dtype == np.float32
    assert 0.02 < np.abs(found - codes).max() <= 0.025 + 1e-6


@pytest.mark.parametrize("levels", [2, 200, 300, 70_000])
def test_a_file_of_codes_can_be_read_back(levels: int) -> None:
    symbols = np.random.default_rng(0).integers(-5, levels - 5, (100, 3))
    content = lzma.decompress(packed(symbols))
    width = np.min_scalar_type((symbols - symbols.min(0)).max())
    assert width.itemsize == {2: 1, 200: 1, 300: 2, 70_000: 4}[levels]
    least = np.frombuffer(content[:12], np.int32)
    np.testing.assert_array_equal(np.frombuffer(content[12:], width).reshape(3, 100).T + least, symbols)


def test_a_file_is_hardly_larger_than_the_entropy() -> None:
    """100 bytes of xz's own and of each dimension's least value, and a few percent of the rest."""
    deviations = np.array([0.0, 0.5, 2, 8, 30])
    symbols = np.rint(np.random.default_rng(0).normal(0, deviations, (5000, 5))).astype(np.int64)
    least = 5000 * entropy(symbols)
    assert least < len(packed(symbols)) < 1.1 * least + 100


def test_shifted_codes_cost_the_same() -> None:
    symbols = np.random.default_rng(0).integers(0, 9, (2000, 4))
    assert len(packed(symbols + 1000)) == pytest.approx(len(packed(symbols)), abs=12)


@pytest.mark.parametrize("noise", [0.05, 0.2])
def test_the_step_costs_a_tenth_of_a_decibel(noise: float) -> None:
    """Rounding adds step² / 12 to the squared error, so that the step follows from what may be lost."""
    codes, images = codes_and_images(1000, noise)
    step = choose_step(codes, images, decode)
    x = images / 255
    lost = psnr(x, decode(codes)).mean() - psnr(x, decode(restored(rounded(codes, step), step))).mean()
    assert 0.08 < lost <= 0.1
    error = np.square(decode(codes) - x).mean()
    assert step == pytest.approx(np.sqrt(12 * error * (10 ** (0.1 / 10) - 1)), rel=0.1)


def test_a_dimension_that_the_decoder_ignores_costs_next_to_nothing() -> None:
    codes, images = codes_and_images(1000)
    idle = np.hstack([codes, 1e-3 * np.random.default_rng(1).normal(size=(1000, 3))])

    def first_four(z: Array) -> Array:
        return decode(z[:, :4])

    step = choose_step(idle, images, first_four)
    assert step == pytest.approx(choose_step(codes, images, decode))
    found = [measure(codes, images, decode, step, 0), measure(idle, images, first_four, step, 0)]
    assert found[1]["psnr"] == found[0]["psnr"]
    assert found[1]["bytes_per_image"] == pytest.approx(found[0]["bytes_per_image"], abs=0.1)


def test_a_finer_step_is_better_and_larger() -> None:
    codes, images = codes_and_images(300, noise=0.01)
    fine, coarse = (measure(codes, images, decode, step, 0) for step in (0.01, 0.2))
    assert fine["psnr"] > coarse["psnr"] + 3
    assert fine["bytes_per_image"] > coarse["bytes_per_image"] + 1
    assert fine["png_bytes"] == coarse["png_bytes"]
    assert fine["webp_bytes"] > coarse["webp_bytes"]


def test_figures_of_codebook_entries_are_those_of_their_numbers() -> None:
    random = np.random.default_rng(0)
    book = np.linspace(0, 1, 16)
    indices = random.integers(0, 16, (400, 4))
    images = np.rint(255 * decode(book[indices])).astype(np.uint8)
    found = measure_indices(indices, images, lambda numbers: decode(book[numbers]), seed=0)
    assert found["bytes_per_image"] == len(packed(indices)) / 400
    assert found["bytes_per_image"] == pytest.approx(4 * 4 / 8, rel=0.25), "four bits each"
    low, high = np.array(found["psnr_ci"])
    assert low <= found["psnr"] <= high


@pytest.mark.parametrize("channels", [1, 3])
def test_png_and_webp_are_files_of_the_same_images(channels: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 8, 8, channels), np.uint8)
    images = np.ascontiguousarray(images.repeat(2, 1).repeat(2, 2).transpose(0, 3, 1, 2))
    sizes = []
    for image in images:
        file = io.BytesIO()
        Image.fromarray(image[0] if channels == 1 else image.transpose(1, 2, 0)).save(file, "PNG", optimize=True)
        np.testing.assert_array_equal(np.atleast_3d(np.asarray(Image.open(file))).transpose(2, 0, 1), image)
        sizes.append(len(file.getvalue()))
    blurred = images / 255 + 0.1 * np.random.default_rng(1).normal(size=images.shape)
    found = compare(np.zeros((5, 1), np.int64), images, blurred, seed=0)
    assert found["png_bytes"] == np.mean(sizes)
    assert found["png_sheet_bytes"] < found["png_bytes"]
    assert found["webp_sheet_bytes"] < found["webp_bytes"]


def test_webp_has_the_lowest_quality_that_is_as_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "SHRINKINGS", (1,))
    codes, images = codes_and_images(30, noise=0.02)

    def at(quality: int) -> tuple[float, float]:
        files = [io.BytesIO() for _ in images]
        for image, file in zip(images, files, strict=True):
            Image.fromarray(image[0]).save(file, "WEBP", quality=quality)
        back = np.stack([np.asarray(Image.open(file).convert("L")) for file in files])[:, None]
        size = np.mean([len(file.getvalue()) for file in files])
        return float(size), float(psnr(images / 255, back / 255).mean())

    found = measure(codes, images, decode, 0.01, seed=0)
    curve = [at(quality) for quality in range(101)]
    first = next(index for index, (_, reached) in enumerate(curve) if reached >= found["psnr"])
    assert 0 < first < 100
    assert (found["webp_bytes"], found["webp_psnr"]) == pytest.approx(curve[first])
    bad, perfect = (compare(np.zeros((30, 1), np.int64), images, x, 0) for x in (1 - images / 255, images / 255))
    assert (bad["webp_bytes"], bad["webp_psnr"]) == pytest.approx(curve[0])
    assert bad["webp_psnr"] > bad["psnr"]
    assert (perfect["webp_bytes"], perfect["webp_psnr"]) == pytest.approx(curve[100])
    assert perfect["webp_psnr"] < perfect["psnr"] == 100


def test_webp_shrinks_images_where_that_is_enough() -> None:
    """Smooth images lose little by it, and a rival of a few bytes must not be compared with a file that is better."""
    waves = np.sin(np.arange(32)[:, None] / 6 + np.arange(32) / 9 + np.arange(30)[:, None, None])
    images = (127 + 100 * waves).astype(np.uint8)[:, None]
    blurred = images / 255 + 0.05 * np.random.default_rng(0).standard_normal(images.shape)
    found = compare(np.zeros((30, 1), np.int64), images, blurred, 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compression, "SHRINKINGS", (1,))
        whole = compare(np.zeros((30, 1), np.int64), images, blurred, 0)
    assert found["webp_bytes"] < whole["webp_bytes"]
    assert found["psnr"] <= found["webp_psnr"] < whole["webp_psnr"]


@pytest.mark.parametrize("shape", [(1, 1, 4, 5), (7, 3, 4, 5), (9, 1, 2, 2), (10, 1, 8, 3)])
def test_a_sheet_holds_every_image(shape: tuple[int, ...]) -> None:
    images = np.random.default_rng(0).integers(1, 256, shape, np.uint8)
    sheet = tiled(images)
    assert sheet.shape[:2] == (1, shape[1])
    np.testing.assert_array_equal(sheet[0, :, : shape[2], : shape[3]], images[0])
    np.testing.assert_array_equal(untiled(sheet, shape), images)
    assert np.count_nonzero(sheet) == images.size, "the rest is black"


def test_only_the_first_images_count_and_a_rerun_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "JUDGED", 40)
    codes, images = codes_and_images(60)
    step, found = choose_step(codes, images, decode), measure(codes, images, decode, 0.1, seed=0)
    codes[40:], images[40:] = 9, 0
    assert choose_step(codes, images, decode) == step
    assert measure(codes, images, decode, 0.1, seed=0) == found
