"""Every kind of image file: decoded as people see it, or refused with a reason."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from hourglass.data.decode import UnreadableImageError, decode, decode_mask
from tests.data.image_folders import picture

COLOUR = (3, 16, 24)


def read(path: Path, shape: tuple[int, int, int] = COLOUR, fit: str = "stretch") -> NDArray[np.uint8]:
    pixels, _ = decode(path, shape, fit)
    assert (pixels.dtype, pixels.shape) == (np.dtype(np.uint8), shape)
    return pixels


def flat(mode: str, colour: object, size: tuple[int, int] = (48, 32)) -> Image.Image:
    return Image.new(mode, size, colour)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("image", "name", "expected"),
    [
        (flat("RGB", (10, 200, 90)), "a.png", (10, 200, 90)),
        (flat("L", 77), "a.bmp", (77, 77, 77)),
        (flat("1", 1), "a.png", (255, 255, 255)),
        (flat("P", 0), "a.gif", (0, 0, 0)),
        (flat("RGBA", (10, 200, 90, 0)), "a.png", (0, 0, 0)),
        (flat("RGBA", (200, 200, 200, 128)), "a.webp", (100, 100, 100)),
        (flat("LA", (90, 255)), "a.png", (90, 90, 90)),
        (flat("I;16", 257 * 40), "a.png", (40, 40, 40)),
        (flat("I;16", 257 * 200), "a.tif", (200, 200, 200)),
        (flat("CMYK", (0, 255, 255, 0)), "a.jpg", (255, 0, 0)),
    ],
    ids=lambda value: value.mode if isinstance(value, Image.Image) else str(value),
)
def test_colours_are_those_that_people_see(
    tmp_path: Path, image: Image.Image, name: str, expected: tuple[int, ...]
) -> None:
    image.save(tmp_path / name)
    pixels = read(tmp_path / name)
    assert np.abs(pixels.astype(int) - np.array(expected)[:, None, None]).max() <= 2


def test_palette_with_a_transparent_colour_is_black_there(tmp_path: Path) -> None:
    image = flat("P", 0)
    image.putpalette([255, 0, 0])
    image.save(tmp_path / "a.png", transparency=0)
    assert read(tmp_path / "a.png").max() == 0


def test_exif_rotation_is_applied(tmp_path: Path) -> None:
    image = flat("RGB", "black")
    image.paste("white", (0, 0, 48, 16))
    exif = Image.Exif()
    exif[0x0112] = 6  # the top of the stored image is on the right
    image.save(tmp_path / "a.jpg", exif=exif, quality=95)
    pixels, size = decode(tmp_path / "a.jpg", (1, 24, 16), "stretch")
    assert size == (32, 48), "of the rotated image"
    assert pixels[0, :, 10:].min() > 200
    assert pixels[0, :, :6].max() < 50


def test_of_several_frames_the_first_counts(tmp_path: Path) -> None:
    flat("L", 50).save(tmp_path / "a.gif", save_all=True, append_images=[flat("L", 250)])
    assert abs(int(read(tmp_path / "a.gif").max()) - 50) <= 2


def test_the_content_says_the_format_not_the_name(tmp_path: Path) -> None:
    picture(0).save(tmp_path / "right.png")
    (tmp_path / "right.png").rename(tmp_path / "wrong.jpg")
    expected, size = decode(tmp_path / "wrong.jpg", COLOUR, "pad")
    assert size == (40, 30)
    assert expected.std() > 5


def test_padding_keeps_the_aspect_ratio_and_stretching_does_not(tmp_path: Path) -> None:
    flat("L", 255, (64, 32)).save(tmp_path / "a.png")
    padded = read(tmp_path / "a.png", (1, 32, 32), "pad")[0]
    assert (padded[8:24].min(), padded[:8].max(), padded[24:].max()) == (255, 0, 0)
    assert read(tmp_path / "a.png", (1, 32, 32), "stretch").min() == 255


def test_small_images_are_enlarged(tmp_path: Path) -> None:
    flat("L", 255, (4, 3)).save(tmp_path / "a.png")
    assert read(tmp_path / "a.png", (1, 48, 64), "pad").min() == 255


def test_large_jpegs_are_shrunk_as_others_are(tmp_path: Path) -> None:
    """A JPEG is decoded at a part of its size; its pixels stay those of the whole image, made small."""
    y, x = np.mgrid[:800, :600]
    image = Image.fromarray((127 + 60 * np.sin(x / 60) + 60 * np.cos(y / 90)).astype(np.uint8)).convert("RGB")
    image.save(tmp_path / "a.jpg", quality=98)
    image.save(tmp_path / "a.png")
    difference = read(tmp_path / "a.jpg").astype(int) - read(tmp_path / "a.png")
    assert np.abs(difference).max() <= 4


def empty(path: Path) -> None:
    path.touch()


def text(path: Path) -> None:
    path.write_text("no image")


def truncated(path: Path) -> None:
    picture(1, 200, 200).save(path, "JPEG")
    path.write_bytes(path.read_bytes()[:5000])


def corrupt(path: Path) -> None:
    picture(1, 200, 200).save(path, "PNG")
    content = bytearray(path.read_bytes())
    content[1000:1100] = bytes(100)
    path.write_bytes(content)


def bomb(path: Path) -> None:
    Image.new("1", (10_000, 10_000)).save(path, "PNG")


def huge_bomb(path: Path) -> None:
    Image.new("1", (20_000, 10_000)).save(path, "PNG")


def floats(path: Path) -> None:
    Image.new("F", (20, 20), 0.5).save(path, "TIFF")


def integers(path: Path) -> None:
    Image.new("I", (20, 20), 1_000_000).save(path, "TIFF")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (empty, "empty file"),
        (text, "not an image"),
        (truncated, "damaged: "),
        (corrupt, "damaged: "),
        (bomb, "more than 89478485 pixels"),
        (huge_bomb, "more than 89478485 pixels"),
        (floats, "pixels are floats"),
        (integers, "pixels are 32-bit integers"),
        (lambda path: None, "damaged: .*No such file"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, make: Callable[[Path], None], reason: str) -> None:
    make(tmp_path / "a.jpg")
    with pytest.raises(UnreadableImageError, match=f"^{reason}"):
        decode(tmp_path / "a.jpg", COLOUR, "pad")


def mask(tmp_path: Path, size: tuple[int, int], fit: str, image: Image.Image | None = None) -> NDArray[np.bool_]:
    """The upper half of the mask is a defect; fitted to 16 rows and 24 columns."""
    image = image or flat("L", 0, (48, 48))
    image.paste(Image.new(image.mode, (image.width, image.height // 2), 1))
    image.save(tmp_path / "mask.png")
    return decode_mask(tmp_path / "mask.png", size, COLOUR, fit)


def test_a_mask_is_fitted_like_its_image(tmp_path: Path) -> None:
    stretched, padded = (mask(tmp_path, (48, 48), fit) for fit in ("stretch", "pad"))
    assert stretched.dtype == np.bool_
    np.testing.assert_array_equal(stretched, np.repeat([True, False], 8)[:, None].repeat(24, 1))
    np.testing.assert_array_equal(padded[:, 4:20], stretched[:, 4:20])
    assert not padded[:, :4].any()
    assert not padded[:, 20:].any()


def test_an_enlarged_mark_is_as_much_wider_as_its_image(tmp_path: Path) -> None:
    image = flat("L", 0, (8, 8))
    image.putpixel((3, 0), 1)
    image.save(tmp_path / "mask.png")
    assert decode_mask(tmp_path / "mask.png", (8, 8), (1, 16, 16), "pad").sum() == 4


@pytest.mark.parametrize("fit", ["stretch", "pad"])
@pytest.mark.parametrize("width", [1, 3])
def test_a_thin_mark_stays_when_a_mask_shrinks(tmp_path: Path, width: int, fit: str) -> None:
    """A vertical line at a sixteenth of the size is one column, or two where it lies across a border."""
    for left in (0, 7, 15, 500, 511):
        image = flat("L", 0, (1024, 1024))
        image.paste(1, (left, 0, left + width, 1024))
        image.save(tmp_path / "mask.png")
        found = decode_mask(tmp_path / "mask.png", (1024, 1024), (1, 64, 64), fit)
        columns = sorted({column // 16 for column in range(left, left + width)})
        for marked in (found.all(axis=0), found.any(axis=0)):
            assert np.flatnonzero(marked).tolist() == columns


@pytest.mark.parametrize("size", [(1000, 1000), (4096, 4096), (1999, 701)])
def test_a_single_marked_pixel_marks_a_single_pixel(tmp_path: Path, size: tuple[int, int]) -> None:
    image = flat("L", 0, size)
    image.putpixel((size[0] // 3, size[1] // 3), 1)
    image.save(tmp_path / "mask.png")
    found = decode_mask(tmp_path / "mask.png", size, (1, 32, 32), "stretch")
    assert np.argwhere(found).tolist() == [[10, 10]]


def test_a_mask_has_the_size_that_its_image_is_shown_at(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture(0).save(tmp_path / "a.jpg", exif=exif)
    _, size = decode(tmp_path / "a.jpg", COLOUR, "pad")
    assert size == (30, 40)
    assert mask(tmp_path, size, "stretch", flat("L", 0, (30, 40)))[:8].all()


def test_a_mask_of_another_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImageError, match=r"^48 x 48 pixels, and its image has 40 x 30$"):
        mask(tmp_path, (40, 30), "pad")
