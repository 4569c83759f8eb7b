import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from hourglass.reporting.plots.ground import drawn_as, white
from hourglass.reporting.plots.image_grid import LARGEST, image_grid, resized, side_of


@pytest.mark.parametrize(("size", "side"), [(8, 56), (28, 56), (32, 64), (64, 64), (100, 100), (256, LARGEST)])
def test_images_are_shown_at_a_multiple_of_their_size(size: int, side: int) -> None:
    assert side_of(size) == side


def test_a_line_of_a_pixel_survives_being_reduced() -> None:
    image = np.zeros((1, 64, 64))
    image[0, 33] = 1.0
    reduced = resized(image, 28)
    assert reduced.shape == (1, 28, 28)
    assert (reduced.sum(1) >= 0.4).all()


def test_an_image_is_enlarged_by_repeating_pixels() -> None:
    image = np.arange(4.0).reshape(1, 2, 2)
    assert resized(image, 4)[0].tolist() == [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]]


@pytest.mark.parametrize("are_photographs", [False, True])
def test_black_is_black_in_photographs_only(are_photographs: bool) -> None:
    with drawn_as(are_photographs):
        figure = image_grid([("", np.zeros((1, 1, 28, 28)))])
        assert white(1) == float(are_photographs)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    middle = np.asarray(canvas.buffer_rgba())[-38, -38]
    assert middle[:3].tolist() == [0 if are_photographs else 255] * 3
