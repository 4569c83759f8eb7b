import numpy as np
import pytest

from hourglass.reporting.plots.latent_map import latent_map, latent_maps
from hourglass.reporting.results import Result
from tests.reporting.plots.variants import variant


def mapped(name: str, latent_dim: int) -> Result:
    examples = {"latent_codes": np.random.default_rng(0).random((20, 2)), "labels": np.arange(20) % 2}
    return variant(name, evaluate={"latent_dim": latent_dim}, examples=examples)


def test_every_variant_has_a_map_under_its_name() -> None:
    figure = latent_maps([mapped("plane", 2), mapped("space", 5)], ["shirt", "bag"])
    assert [axis.get_title() for axis in figure.axes if axis.get_title()] == ["plane", "space"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["shirt", "bag"]


@pytest.mark.parametrize(("latent_dim", "title"), [(2, "latent dimension 1"), (3, "t-SNE of latent codes")])
def test_only_two_dimensions_are_drawn_as_they_are(latent_dim: int, title: str) -> None:
    (axis,) = latent_map(mapped("x", latent_dim), ["shirt", "bag"]).axes
    assert axis.get_xlabel() == title
    assert (len(axis.get_xticks()) > 0) == (latent_dim == 2)
