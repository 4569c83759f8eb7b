import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from hourglass.reporting.heat import FAINTEST, FULL, PALE, anomalies, coloured, defects, heated, outlined
from hourglass.reporting.results import Result
from hourglass.reporting.style import ANOMALY, NORMAL


def test_grey_images_are_dark_on_white_and_coloured_ones_as_they_are() -> None:
    grey = np.array([0, 255], np.uint8).reshape(1, 1, 1, 2)
    assert coloured(grey)[0, :, 0].T.tolist() == [[1, 1, 1], [0, 0, 0]]
    rgb = np.array([255, 0, 51], np.uint8).reshape(1, 3, 1, 1)
    assert coloured(rgb).ravel().tolist() == [1, 0, 0.2]


@pytest.mark.parametrize(
    ("strange", "cover"), [(0.0, 0.0), (1.0, 0.0), (FAINTEST, 0.0), ((FAINTEST * FULL) ** 0.5, 0.5), (1000.0, 1.0)]
)
def test_colour_grows_with_the_logarithm_between_two_ends(strange: float, cover: float) -> None:
    black = np.full((1, 1, 1, 1), 255, np.uint8)
    found = heated(black, np.full((1, 1, 1), strange, np.float32))
    expected = (1 - cover) * PALE + cover * np.array(to_rgb(ANOMALY))
    np.testing.assert_allclose(found.ravel(), expected, rtol=1e-6)


def test_an_outline_is_the_border_of_its_mask_and_nothing_else() -> None:
    mask = np.zeros((6, 6), bool)
    mask[:4, 1:5] = True  # touches the upper edge of the image
    found = outlined(np.zeros((3, 6, 6)), mask)
    border = mask.copy()
    border[1:3, 2:4] = False
    assert (found.any(0) == border).all()
    np.testing.assert_allclose(found[:, border].T, np.tile(to_rgb(NORMAL), (12, 1)))


def mapped() -> Result:
    images, maps, masks = np.zeros((3, 1, 8, 8), np.uint8), np.ones((3, 8, 8)), np.zeros((3, 8, 8), bool)
    maps[0, 0, 0], masks[:, 4:6, 4:6] = 1000, True
    kinds = {
        f"{kind}_{part}": array
        for kind in ("patch", "scratch", "stain")
        for part, array in (("images", images), ("maps", maps), ("masks", masks))
    }
    arrays = {"images": images, "maps": maps, **kinds}
    return Result("x", {}, {}, {}, {}, pd.DataFrame(), pd.DataFrame(), {}, arrays)


def test_strange_places_are_coloured_below_the_images() -> None:
    (axis,) = anomalies(mapped(), ["shirt", "bag", "boot"]).axes
    assert [text.get_text() for text in axis.texts] == ["image", "map", "shirt", "bag", "boot"]
    sheet = np.asarray(axis.images[0].get_array())
    np.testing.assert_allclose(sheet[66:73, :7], np.broadcast_to(to_rgb(ANOMALY), (7, 7, 3)), atol=1e-6)
    assert sheet[:56].min() == sheet[66:, 66:].min() == 1


def test_every_defect_is_outlined_below_its_image() -> None:
    (axis,) = defects(mapped()).axes
    titles = [text.get_text() for text in axis.texts]
    assert titles == ["defect", "map", *["patch"] * 3, *["scratch"] * 3, *["stain"] * 3]
    sheet = np.asarray(axis.images[0].get_array())
    for column in range(9):
        place = sheet[66 : 66 + 56, 66 * column : 66 * column + 56]
        np.testing.assert_allclose(place[28, 28:42], np.broadcast_to(to_rgb(NORMAL), (14, 3)), atol=1e-6)
        assert place[30:40, 30:40].min() == 1
