import numpy as np
import pandas as pd

from hourglass.reporting.grids import reconstructions, restorations, units
from hourglass.reporting.results import Result


def result(name: str, **examples: np.ndarray) -> Result:
    return Result(name, {}, {}, {}, {}, pd.DataFrame(), pd.DataFrame(), examples)


def test_restorations_show_small_and_holed_images() -> None:
    images = np.linspace(0, 1, 2 * 64).reshape(2, 1, 8, 8)
    shown = [images[:, :, ::2, ::2], np.where(images < 0.3, np.nan, images)]
    variants = [
        result(name, restoration_originals=images, restoration_observed=observed, restoration_restored=images / share)
        for name, observed, share in zip(("small", "holed"), shown, (2, 4), strict=True)
    ]
    (axis,) = restorations(variants, ["shirt", "bag"]).axes
    names = ["original", "shown", "small", "shown", "holed", "shirt", "bag"]
    assert [text.get_text() for text in axis.texts] == names
    drawn = [np.asarray(image.get_array()) for image in axis.images]
    assert len(drawn) == 5 * 2
    np.testing.assert_allclose(drawn[2], shown[0][0, 0])
    np.testing.assert_allclose(drawn[6], np.nan_to_num(shown[1][0, 0], nan=0.5))
    np.testing.assert_allclose(drawn[9], images[1, 0] / 4)
    # A small image fills as much of its cell as a large one.
    assert {(x1 - x0, y0 - y1) for x0, x1, y0, y1 in (image.get_extent() for image in axis.images)} == {(56, 56)}


def test_coloured_images_stay_coloured() -> None:
    images = np.random.default_rng(0).random((1, 3, 4, 4))
    (axis,) = reconstructions([result("x", originals=images, reconstructions=images * 2)], ["shirt"]).axes
    np.testing.assert_allclose(np.asarray(axis.images[1].get_array()), (images[0] * 2).clip(0, 1).transpose(1, 2, 0))


def test_units_fill_as_many_rows_as_they_need() -> None:
    (axis,) = units(result("x", units=np.zeros((20, 1, 8, 8)))).axes
    assert (axis.images[16].get_extent()[0], axis.images[16].get_extent()[3]) == (0, 66)
    assert len(axis.images) == 20
