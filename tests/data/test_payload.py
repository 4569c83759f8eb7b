"""What a client may send as images, and the one line it gets for anything else."""

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from hourglass.data import payload
from hourglass.data.decode import decode
from hourglass.data.payload import PayloadError, images

GREY, COLOUR = (1, 4, 6), (3, 4, 6)
PIXELS = np.random.default_rng(0).integers(0, 256, (3, *GREY), dtype=np.uint8)


def encoded(pixels: np.ndarray, form: str = "PNG") -> str:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form)
    return base64.b64encode(file.getvalue()).decode()


def test_arrays_and_lists_arrive_unchanged() -> None:
    for content in (PIXELS, PIXELS.tolist()):
        found = images(content, GREY, "pad")
        assert found.dtype == np.uint8
        assert found.tolist() == PIXELS.tolist()


def test_an_array_with_negative_strides_is_made_contiguous() -> None:
    found = images(PIXELS[:, :, :, ::-1], GREY, "pad")
    assert found.flags.c_contiguous
    assert found.tolist() == PIXELS[:, :, :, ::-1].tolist()


@pytest.mark.parametrize("fit", ["pad", "stretch"])
@pytest.mark.parametrize("shape", [GREY, COLOUR])
def test_files_are_decoded_as_for_training(fit: str, shape: payload.Shape, tmp_path: Path) -> None:
    drawn = np.random.default_rng(1).integers(0, 256, (31, 17, 3), dtype=np.uint8)
    file = tmp_path / "image.png"
    Image.fromarray(drawn).save(file)
    text = base64.encodebytes(file.read_bytes()).decode()  # in lines
    assert images([text], shape, fit).tolist() == [decode(file, shape, fit)[0].tolist()]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ((PIXELS / 255).tolist(), "got floats; multiply images in 0..1 by 255"),
        (PIXELS.astype(float).tolist(), "got floats"),
        ((PIXELS > 127).tolist(), "got booleans"),
        ([[[["12"] * 6] * 4]], "got strings"),
        ([[[[None] * 6] * 4]], "got null"),
        ([[[[{}] * 6] * 4]], "got objects"),
        ([[[[float("nan")] * 6] * 4]], "got floats"),
        ([[[[256] * 6] * 4]], "got one above 255"),
        ([[[[-1] * 6] * 4]], "got one below 0"),
        ([[[[10**4000] * 6] * 4]], "got one above 255"),
        (PIXELS[0].tolist(), r"shape \(N, 1, 4, 6\); got \(1, 4, 6\)"),
        (PIXELS[:, :, :3].tolist(), r"got \(3, 1, 3, 6\)"),
        ([PIXELS[0].tolist(), PIXELS[0, :, :3].tolist()], "lists of unequal lengths"),
        ([PIXELS[0].tolist(), 5], "lists of unequal lengths or depths"),
        ([[[[[1]] * 6] * 4]], r"got \(1, 1, 4, 6, 1\)"),
        ([], "there are no images"),
        ([[]], r"got \(1, 0\)"),
        ({}, "expected a list of images; got an object"),
        (7, "expected a list of images; got int"),
        ("text", "expected a list of images; got str"),
        (None, "expected a list of images; got NoneType"),
        (["12"], "image 0: not an image"),
        (["not base64!"], "image 0: not an image file in base64"),
        (["é"], "image 0: not an image file in base64"),
        ([""], "image 0: empty file"),
        ([encoded(PIXELS[0, 0]), 5], "image 1: expected a string"),
        ([encoded(PIXELS[0, 0]), base64.b64encode(b"no image").decode()], "image 1: not an image"),
        ([encoded(PIXELS[0, 0])[:60]], "image 0: "),
        (PIXELS / 255, "must be uint8, 0 to 255; got float64; multiply"),
        (PIXELS.astype(np.int64), "got int64"),
        (PIXELS[0], r"got \(1, 4, 6\)"),
        (PIXELS[:0], "there are no images"),
    ],
)
def test_what_is_no_image_is_refused_in_one_line(content: Any, reason: str) -> None:
    with pytest.raises(PayloadError, match=reason) as caught:
        images(content, GREY, "pad")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_the_message_names_no_file_of_this_machine(tmp_path: Path) -> None:
    with pytest.raises(PayloadError) as caught:
        images([encoded(PIXELS[0, 0])[:80]], GREY, "pad")
    assert "/" not in str(caught.value)


def test_deep_lists_are_refused() -> None:
    content: list[Any] = []
    for _ in range(500):
        content = [content]
    with pytest.raises(PayloadError):
        images(content, GREY, "pad")


def test_too_many_files_in_one_request_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payload, "MOST_BYTES", 2 * 24)
    assert len(images([encoded(PIXELS[0, 0])] * 2, GREY, "pad")) == 2
    with pytest.raises(PayloadError, match="3 images in one request; at most 2"):
        images([encoded(PIXELS[0, 0])] * 3, GREY, "pad")


def test_files_of_too_many_pixels_in_one_request_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file may hold a huge image, which takes its time to decode."""
    large = encoded(np.zeros((30, 40), np.uint8))
    monkeypatch.setattr(payload, "MOST_PIXELS", 2400)
    assert len(images([large] * 2, GREY, "pad")) == 2
    with pytest.raises(PayloadError, match="the first 3 images have 3,600 pixels; at most 2,400"):
        images([large] * 4, GREY, "pad")
