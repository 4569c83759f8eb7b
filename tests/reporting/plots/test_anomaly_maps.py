import numpy as np
import pytest
from matplotlib.colors import to_rgb

from hourglass.reporting.plots.anomaly_maps import (
    COLOUR_BEGINS,
    COLOUR_FULL,
    PALE,
    anomaly_maps,
    coloured,
    defects,
    marked,
    outlined,
    printed,
)
from hourglass.reporting.plots.ground import drawn_as
from hourglass.reporting.plots.style import ANOMALY, NORMAL
from hourglass.reporting.results import Result
from tests.reporting.plots.variants import variant


@pytest.mark.parametrize(("are_photographs", "shown"), [(False, [1, 0]), (True, [0, 1])])
def test_grey_is_dark_on_white_unless_it_is_a_photograph(are_photographs: bool, shown: list[int]) -> None:
    grey, rgb = np.array([0, 255], np.uint8).reshape(1, 1, 1, 2), np.array([255, 0, 51], np.uint8).reshape(1, 3, 1, 1)
    with drawn_as(are_photographs):
        assert printed(grey)[0, :, 0].T.tolist() == [[value] * 3 for value in shown]
        assert printed(rgb).ravel().tolist() == [1, 0, 0.2]


@pytest.mark.parametrize(
    ("value", "cover"),
    [(0.0, 0.0), (1.0, 0.0), (COLOUR_BEGINS, 0.0), ((COLOUR_BEGINS * COLOUR_FULL) ** 0.5, 0.5), (1000.0, 1.0)],
)
def test_colour_grows_with_the_logarithm(value: float, cover: float) -> None:
    black = np.full((1, 1, 1, 1), 255, np.uint8)
    image = coloured(black, np.full((1, 1, 1), value, np.float32))
    expected = (1 - cover) * PALE + cover * np.array(to_rgb(ANOMALY))
    np.testing.assert_allclose(image.ravel(), expected, rtol=1e-6)


def test_an_outline_lies_around_its_mask() -> None:
    mask = np.zeros((6, 6), bool)
    mask[:4, 1:5] = True  # touches the upper edge of the image
    image = outlined(np.zeros((3, 6, 6)), mask)
    line = np.zeros((6, 6), bool)
    line[:4, [0, 5]] = line[4, 1:5] = True
    assert (image.any(0) == line).all()
    np.testing.assert_allclose(image[:, line].T, np.tile(to_rgb(NORMAL), (12, 1)))


def mapped() -> Result:
    images, maps, masks = np.zeros((3, 1, 8, 8), np.uint8), np.ones((3, 8, 8)), np.zeros((3, 8, 8), bool)
    maps[0, 0, 0], masks[:, 4:6, 4:6] = 1000, True
    kinds = {
        f"{kind}_{part}": array
        for kind in ("patch", "scratch", "stain")
        for part, array in (("images", images), ("maps", maps), ("masks", masks))
    }
    return variant(maps={"images": images, "maps": maps, **kinds})


def test_anomalous_places_are_coloured_below_the_images() -> None:
    (axis,) = anomaly_maps(mapped(), ["shirt", "bag", "boot"]).axes
    assert [text.get_text() for text in axis.texts] == ["image", "anomaly map", "shirt", "bag", "boot"]
    tiled = np.asarray(axis.images[0].get_array())
    np.testing.assert_allclose(tiled[66:73, :7], np.broadcast_to(to_rgb(ANOMALY), (7, 7, 3)), atol=1e-6)
    assert tiled[:56].min() == tiled[66:, 66:].min() == 1


def test_every_defect_is_outlined_below_its_image() -> None:
    (axis,) = defects(mapped()).axes
    titles = [text.get_text() for text in axis.texts]
    assert titles == ["defect", "anomaly map", *["patch"] * 3, *["scratch"] * 3, *["stain"] * 3]
    tiled = np.asarray(axis.images[0].get_array())
    for column in range(9):
        place = tiled[66 : 66 + 56, 66 * column : 66 * column + 56]
        np.testing.assert_allclose(place[27, 28:42], np.broadcast_to(to_rgb(NORMAL), (14, 3)), atol=1e-6)
        assert place[28:42, 28:42].min() == 1


def test_marked_defects_are_outlined_under_their_classes() -> None:
    drawn = {f"marked_{part}": mapped().maps[f"patch_{part}"] for part in ("images", "maps", "masks")}
    (axis,) = marked(variant(maps=drawn | {"marked_labels": np.array([1, 1, 2])}), ["good", "dent", "hole"]).axes
    texts = [text.get_text() for text in axis.texts]
    assert texts[2:] == ["dent", "dent", "hole"]
    image = np.asarray(axis.images[0].get_array())
    assert (np.abs(image - np.array(to_rgb(NORMAL))).max(2) < 1e-6).any()
