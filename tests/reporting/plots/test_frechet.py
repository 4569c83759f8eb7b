from hourglass.reporting.plots.frechet import frechet
from hourglass.reporting.plots.style import NORMAL
from hourglass.reporting.results import Result
from tests.reporting.plots.variants import around, variant, x_of


def generator(name: str, source: str, **distances: float) -> Result:
    metrics = {key: entry for name, value in distances.items() for key, entry in around(name, value, 1).items()}
    return variant(name, evaluate={"generation": {"source": source, **metrics}})


def test_prior_and_fitted_densities_have_marks_of_their_own() -> None:
    variants = [
        generator("drawn", "prior", frechet=10),
        generator("fitted", "gaussian", frechet=50, frechet_mixture=30),
        generator("wide", "gaussian", frechet=60),
    ]
    (axis,) = frechet(variants, real=2.0).axes
    assert [label.get_text() for label in axis.get_yticklabels()] == ["drawn", "fitted", "wide"]
    dots = [line for line in axis.lines if line.get_marker() == "o"]
    assert [x_of(dot) for dot in dots] == [[10], [50], [30], [60]]
    assert (dots[0].get_color() == NORMAL, dots[1].get_color() == NORMAL) == (True, False)
    assert [dot.get_markerfacecolor() == "white" for dot in dots] == [False, False, True, False]
    assert x_of(axis.lines[-1])[0] == 2.0
