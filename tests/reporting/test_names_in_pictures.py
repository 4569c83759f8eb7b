import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from hourglass.reporting.names_in_pictures import Named, Place, by_text, find

NAMES = by_text(["vae", "bag"], ["coat", "bag"])


def drawn(figure: Figure) -> list[Place]:
    FigureCanvasAgg(figure).draw()
    return [*find(figure, NAMES)]


def test_names_are_found_in_ticks_titles_and_legends() -> None:
    figure = Figure(layout="constrained")
    axis = figure.subplots()
    axis.plot([0, 1], [0, 1], label="coat")
    axis.set_yticks([0, 1], ["vae", "other"])
    axis.set_title("bag")
    axis.legend()
    kinds = {(place.named.kind, place.named.value) for place in drawn(figure)}
    assert kinds == {("class", "0"), ("variant", "vae"), ("variant", "bag")}


def test_text_that_only_contains_a_name_is_none() -> None:
    figure = Figure()
    figure.text(0.5, 0.5, "vae 0.93")
    figure.text(0.5, 0.6, "vae", visible=False)
    assert drawn(figure) == []


def test_place_is_where_the_name_is_drawn() -> None:
    figure = Figure(figsize=(4, 2))
    figure.text(0.25, 0.5, "vae", va="bottom")
    (place,) = drawn(figure)
    assert place.named == Named("variant", "vae")
    assert place.left == pytest.approx(25, abs=1)
    assert place.top + place.height == pytest.approx(50, abs=1)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    drawn_at = np.argwhere(np.asarray(canvas.buffer_rgba())[..., :3].min(axis=2) < 200)
    height, width = (size / 100 for size in np.asarray(canvas.buffer_rgba()).shape[:2])
    rows, columns = drawn_at.T
    ends = [columns.min() / width, columns.max() / width, rows.min() / height, rows.max() / height]
    assert place.left - 1 <= ends[0] <= ends[1] <= place.left + place.width + 1
    assert place.top - 1 <= ends[2] <= ends[3] <= place.top + place.height + 1
