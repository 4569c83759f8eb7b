import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hourglass.reporting.grids import first_samples, journeys, manifolds, reconstructions, restorations, samples, units
from hourglass.reporting.results import Result


def result(name: str, source: str = "prior", **examples: np.ndarray) -> Result:
    evaluate = {"generation": {"source": source}}
    return Result(name, {}, evaluate, {}, {}, pd.DataFrame(), pd.DataFrame(), examples, {})


def cell(figure: Figure, row: int, column: int, side: int = 56, gap: int = 10) -> NDArray[np.floating]:
    """What is drawn in a place of the grid, one pixel of the picture after the other."""
    (shown,) = figure.axes[0].images
    top, left = (side + gap) * row, (side + gap) * column
    return np.asarray(shown.get_array())[top : top + side, left : left + side]


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts if text.get_text()]


def test_restorations_show_small_and_holed_images() -> None:
    images = np.linspace(0, 1, 2 * 64).reshape(2, 1, 8, 8)
    shown = [images[:, :, ::2, ::2], np.where(images < 0.3, np.nan, images)]
    variants = [
        result(name, restoration_originals=images, restoration_observed=observed, restoration_restored=images / share)
        for name, observed, share in zip(("small", "holed"), shown, (2, 4), strict=True)
    ]
    figure = restorations(variants, ["shirt", "bag"])
    assert texts(figure) == ["original", "shown", "small", "shown", "holed", "shirt", "bag"]
    # A small image fills as much of its cell as a large one.
    np.testing.assert_allclose(cell(figure, 1, 0)[::14, ::14], shown[0][0, 0], atol=1e-6)
    np.testing.assert_allclose(cell(figure, 3, 0)[::7, ::7], np.nan_to_num(shown[1][0, 0], nan=0.5), atol=1e-6)
    np.testing.assert_allclose(cell(figure, 4, 1)[6::7, 6::7], images[1, 0] / 4, atol=1e-6)


def test_coloured_images_stay_coloured_on_white() -> None:
    images = np.random.default_rng(0).random((1, 3, 4, 4))
    figure = reconstructions([result("x", originals=images, reconstructions=images * 2)], ["shirt"])
    expected = (images[0] * 2).clip(0, 1).transpose(1, 2, 0)
    np.testing.assert_allclose(cell(figure, 1, 0)[::14, ::14], expected, atol=1e-6)
    assert np.asarray(figure.axes[0].images[0].get_array())[60].min() == 1


def test_units_fill_as_many_rows_as_they_need() -> None:
    figure = units(result("x", units=np.ones((20, 1, 8, 8))))
    filled = [[cell(figure, row, column).min() for column in range(16)] for row in range(2)]
    assert filled == [[1] * 16, [1] * 4 + [0] * 12]


def test_samples_made_class_by_class_stand_under_their_class() -> None:
    images = np.linspace(0, 1, 4)[:, None, None, None] * np.ones((4, 1, 8, 8))
    figure = samples(images, ["shirt", "bag"], ordered=True)
    assert texts(figure) == ["shirt", "bag"]
    np.testing.assert_allclose([cell(figure, row, 1).max() for row in range(2)], [1 / 3, 1], atol=1e-6)
    assert texts(samples(images, ["shirt", "bag"], ordered=False)) == []


def test_rows_of_samples_say_where_codes_come_from() -> None:
    images = np.zeros((5, 1, 8, 8))
    figure = first_samples([result("vae", samples=images), result("pca", "gaussian", samples=images)], ["shirt", "bag"])
    assert texts(figure) == ["vae, prior", "pca, Gaussian"]
    assert np.asarray(figure.axes[0].images[0].get_array()).shape == (2 * 66, 2 * 66)


def test_the_same_journey_by_two_models_stands_in_neighbouring_rows() -> None:
    strips = np.arange(2)[:, None, None, None, None] * np.ones((2, 3, 1, 8, 8))
    figure = journeys([result(name, interpolations=strips) for name in ("plain", "vae")])
    assert texts(figure) == ["plain", "vae", "plain", "vae"]
    assert [cell(figure, row, 2).max() for row in range(4)] == [0, 0, 1, 1]
    assert texts(journeys([result("alone", interpolations=strips)])) == []


def test_a_manifold_grows_upwards_like_the_map_of_its_codes() -> None:
    plane = np.linspace(0, 1, 3)[:, None, None, None, None] * np.ones((3, 3, 1, 8, 8))
    figure = manifolds([result(name, manifold=plane) for name in ("one", "two")])
    assert texts(figure) == ["one", "two"]
    drawn = [[cell(figure, row, column, 28, 0).max() for column in range(7)] for row in range(3)]
    assert drawn == [[1, 1, 1, 0, 1, 1, 1], [0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5], [0] * 7]
