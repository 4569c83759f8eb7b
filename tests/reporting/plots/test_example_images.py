import numpy as np

from hourglass.reporting.plots.example_images import reconstructions, restorations, units
from tests.reporting.plots.image_cells import cell, texts
from tests.reporting.plots.variants import variant


def test_restorations_show_small_and_holed_inputs() -> None:
    images = np.linspace(0, 1, 2 * 64).reshape(2, 1, 8, 8)
    shown = [images[:, :, ::2, ::2], np.where(images < 0.3, np.nan, images)]
    variants = [
        variant(
            name,
            examples={
                "restoration_originals": images,
                "restoration_observed": observed,
                "restoration_restored": images / share,
            },
        )
        for name, observed, share in zip(("small", "holed"), shown, (2, 4), strict=True)
    ]
    figure = restorations(variants, ["shirt", "bag"])
    assert texts(figure) == ["original", "input", "small", "input", "holed", "shirt", "bag"]
    # A small image fills as much of its cell as a large one.
    np.testing.assert_allclose(cell(figure, 1, 0)[::14, ::14], shown[0][0, 0], atol=1e-6)
    np.testing.assert_allclose(cell(figure, 3, 0)[::7, ::7], np.nan_to_num(shown[1][0, 0], nan=0.5), atol=1e-6)
    np.testing.assert_allclose(cell(figure, 4, 1)[6::7, 6::7], images[1, 0] / 4, atol=1e-6)


def test_coloured_images_stay_coloured_on_white() -> None:
    images = np.random.default_rng(0).random((1, 3, 4, 4))
    figure = reconstructions([variant(examples={"originals": images, "reconstructions": images * 2})], ["shirt"])
    expected = (images[0] * 2).clip(0, 1).transpose(1, 2, 0)
    np.testing.assert_allclose(cell(figure, 1, 0)[::14, ::14], expected, atol=1e-6)
    assert np.asarray(figure.axes[0].images[0].get_array())[60].min() == 1


def test_units_fill_as_many_rows_as_they_need() -> None:
    figure = units(variant(examples={"units": np.ones((20, 1, 8, 8))}))
    filled = [[cell(figure, row, column).min() for column in range(16)] for row in range(2)]
    assert filled == [[1] * 16, [1] * 4 + [0] * 12]
