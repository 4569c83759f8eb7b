import numpy as np

from hourglass.reporting.plots.generated_images import first_samples, interpolations, manifolds, samples
from hourglass.reporting.results import Result
from tests.reporting.plots.image_cells import cell, texts
from tests.reporting.plots.variants import variant


def generator(name: str, source: str = "prior", **examples: np.ndarray) -> Result:
    return variant(name, evaluate={"generation": {"source": source}}, examples=examples)


def test_samples_made_by_class_stand_under_their_class() -> None:
    images = np.linspace(0, 1, 4)[:, None, None, None] * np.ones((4, 1, 8, 8))
    figure = samples(images, ["shirt", "bag"], ordered=True)
    assert texts(figure) == ["shirt", "bag"]
    np.testing.assert_allclose([cell(figure, row, 1).max() for row in range(2)], [1 / 3, 1], atol=1e-6)
    assert texts(samples(images, ["shirt", "bag"], ordered=False)) == []


def test_rows_of_samples_name_the_source_of_latent_codes() -> None:
    images = np.zeros((5, 1, 8, 8))
    variants = [generator("vae", samples=images), generator("pca", "gaussian", samples=images)]
    figure = first_samples(variants, ["shirt", "bag"])
    assert texts(figure) == ["vae, prior", "pca, Gaussian"]
    assert np.asarray(figure.axes[0].images[0].get_array()).shape == (2 * 66, 5 * 66), "few classes: up to ten samples"


def test_the_same_interpolation_stands_in_neighbouring_rows() -> None:
    strips = np.arange(2)[:, None, None, None, None] * np.ones((2, 3, 1, 8, 8))
    figure = interpolations([generator(name, interpolations=strips) for name in ("plain", "vae")])
    assert texts(figure) == ["plain", "vae", "plain", "vae"]
    assert [cell(figure, row, 2).max() for row in range(4)] == [0, 0, 1, 1]
    assert texts(interpolations([generator("alone", interpolations=strips)])) == []


def test_a_manifold_grows_upwards_like_the_latent_map() -> None:
    plane = np.linspace(0, 1, 3)[:, None, None, None, None] * np.ones((3, 3, 1, 8, 8))
    figure = manifolds([generator(name, manifold=plane) for name in ("one", "two")])
    assert texts(figure) == ["one", "two"]
    drawn = [[cell(figure, row, column, 28, 0).max() for column in range(7)] for row in range(3)]
    assert drawn == [[1, 1, 1, 0, 1, 1, 1], [0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5], [0] * 7]


def test_the_manifold_of_one_variant_has_no_title() -> None:
    plane = np.zeros((3, 3, 1, 8, 8))
    assert texts(manifolds([generator("alone", manifold=plane)])) == []
