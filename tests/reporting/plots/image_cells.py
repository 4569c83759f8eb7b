"""What is drawn in a grid of images."""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray


def cell(figure: Figure, row: int, column: int, side: int = 56, gap: int = 10) -> NDArray[np.floating]:
    """The image in a place of the grid, one pixel of the picture after the other."""
    (shown,) = figure.axes[0].images
    top, left = (side + gap) * row, (side + gap) * column
    return np.asarray(shown.get_array())[top : top + side, left : left + side]


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts if text.get_text()]
