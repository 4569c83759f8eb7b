import io
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hourglass.evaluation import image_files
from hourglass.evaluation.image_files import FileSizes, Webp, efficient, load, measure, save, tiled, untiled
from hourglass.evaluation.image_quality import psnr


@pytest.mark.parametrize("shape", [(1, 1, 4, 5), (7, 3, 4, 5), (9, 1, 2, 2), (10, 1, 8, 3)])
def test_sheet_holds_every_image(shape: tuple[int, ...]) -> None:
    images = np.random.default_rng(0).integers(1, 256, shape, np.uint8)
    sheet = tiled(images)
    assert sheet.shape[:2] == (1, shape[1])
    np.testing.assert_array_equal(sheet[0, :, : shape[2], : shape[3]], images[0])
    np.testing.assert_array_equal(untiled(sheet, shape), images)
    assert np.count_nonzero(sheet) == images.size, "the rest is black"


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
    least = float(psnr(images / 255, blurred).mean())
    single, sheet = measure(images).values()
    assert single.png_bytes == np.mean(sizes)
    assert sheet.png_bytes < single.png_bytes
    assert sheet.smallest_webp(least).bytes < single.smallest_webp(least).bytes


def test_webp_has_the_lowest_quality_that_is_as_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_files, "SHRINKINGS", (1,))
    random = np.random.default_rng(0)
    levels = random.uniform(0.3, 0.7, (30, 1, 2, 2))
    noise = 0.02 * random.normal(size=(30, 1, 8, 8))
    images = np.rint(255 * (np.kron(levels, np.ones((4, 4))) + noise)).astype(np.uint8)
    least = float(psnr(images / 255, np.kron(np.rint(levels / 0.01) * 0.01, np.ones((4, 4)))).mean())

    def at(quality: int) -> tuple[float, float]:
        files = [io.BytesIO() for _ in images]
        for image, file in zip(images, files, strict=True):
            Image.fromarray(image[0]).save(file, "WEBP", quality=quality)
        back = np.stack([np.asarray(Image.open(file).convert("L")) for file in files])[:, None]
        size = np.mean([len(file.getvalue()) for file in files])
        return float(size), float(psnr(images / 255, back / 255).mean())

    monkeypatch.setattr(image_files, "QUALITIES", range(101))
    sizes = measure(images)["single"]
    found = sizes.smallest_webp(least)
    curve = [at(quality) for quality in range(101)]
    first = next(index for index, (_, reached) in enumerate(curve) if reached >= least)
    assert 0 < first < 100
    assert (found.bytes, found.psnr) == pytest.approx(curve[first])
    bad = float(psnr(images / 255, 1 - images / 255).mean())
    found = sizes.smallest_webp(bad)
    assert (found.bytes, found.psnr) == pytest.approx(curve[0])
    assert found.psnr > bad
    found = sizes.smallest_webp(100)
    assert (found.bytes, found.psnr) == pytest.approx(curve[100])
    assert found.psnr < 100


def test_webp_shrinks_images_where_that_is_enough() -> None:
    """Smooth images lose little by it, and few bytes must not be compared with a file that is better."""
    waves = np.sin(np.arange(32)[:, None] / 6 + np.arange(32) / 9 + np.arange(30)[:, None, None])
    images = (127 + 100 * waves).astype(np.uint8)[:, None]
    blurred = images / 255 + 0.05 * np.random.default_rng(0).standard_normal(images.shape)
    least = float(psnr(images / 255, blurred).mean())
    found = measure(images)["single"].smallest_webp(least)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(image_files, "SHRINKINGS", (1,))
        whole = measure(images)["single"].smallest_webp(least)
    assert found.bytes < whole.bytes
    assert least <= found.psnr < whole.psnr


def test_lookup_finds_the_smallest_files_of_all_that_reach_the_psnr(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compared with all qualities at all sizes, although files that cannot win are not written."""
    images = np.random.default_rng(0).integers(0, 256, (12, 1, 4, 4)).repeat(4, 2).repeat(4, 3).astype(np.uint8)
    monkeypatch.setattr(image_files, "QUALITIES", range(0, 101, 10))
    sizes = measure(images)["single"]
    pictures = image_files._as_pillow(images)
    nothing = Webp(math.inf, 0)
    every = [
        files for factor in (1, 2, 4) for files in image_files._webp(pictures, lambda x: x, images, factor, nothing)
    ]
    assert len(every) == 33
    for least in np.linspace(5, max(one.psnr for one in every), 50):
        enough = [(one.bytes, -one.psnr) for one in every if one.psnr >= least]
        found = sizes.smallest_webp(float(least))
        assert (found.bytes, -found.psnr) == min(enough)


def test_shrunk_files_as_large_as_better_ones_are_not_written() -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 1, 32, 32)).astype(np.uint8)
    pictures = image_files._as_pillow(images)
    found = list(image_files._webp(pictures, lambda x: x, images, 2, Webp(bytes=150, psnr=40)))
    assert [one.bytes < 150 for one in found] == [True] * (len(found) - 1) + [False]
    assert len(found) < len(image_files.QUALITIES)


def test_files_that_smaller_ones_equal_are_left_out() -> None:
    small, large, worse, equal = Webp(50, 20), Webp(90, 30), Webp(80, 19), Webp(60, 20)
    assert efficient([large, worse, equal, small]) == [small, large]


def test_sizes_are_read_as_they_were_written(tmp_path: Path) -> None:
    files = {"single": FileSizes(400.5, [Webp(50.1, 20.3), Webp(90.0, 1 / 3)]), "sheet": FileSizes(1.0, [])}
    save(files, tmp_path / "files.json")  # type: ignore[arg-type]
    assert load(tmp_path / "files.json") == files
