from matplotlib.figure import Figure

from hourglass.reporting.benchmark import MEAN, T_SHIRT, T_SHIRT_VS_SHIRT, Benchmark, Method, MethodScores, Score
from hourglass.reporting.plots.benchmark import contamination, method_comparison
from hourglass.reporting.plots.style import INK, NORMAL
from tests.reporting.plots.variants import x_of, y_of


def scores(t_shirt: float, mean: float, std: float | None = None) -> MethodScores:
    return {T_SHIRT: Score(t_shirt, std), MEAN: Score(mean, std), T_SHIRT_VS_SHIRT: Score(t_shirt - 0.1, None)}


def method(name: str, t_shirt: float, mean: float, std: float | None = None, *, ours: bool = False) -> Method:
    return Method(name, ours, scores(t_shirt, mean, std), [t_shirt, 2 * mean - t_shirt], 20.0, 1000.0)


METHODS = (
    method("sklearn.svm.default", 0.91, 0.80),
    method("sklearn.svm.documented", 0.85, 0.88),
    method("deep", 0.92, 0.95, 0.01, ours=True),
    method("pyod.knn.default", 0.80, 0.85),
    method("light", 0.90, 0.87, 0.02, ours=True),
)
CONTAMINATION = {
    0.05: {"deep": 0.93, "sklearn.svm.documented": 0.85, "pyod.knn.default": 0.845},
    0.1: {"deep": 0.90, "sklearn.svm.documented": 0.80, "pyod.knn.default": 0.84},
}
BENCHMARK = Benchmark(
    methods={method.name: method for method in METHODS},
    contamination={
        share: {name: scores(mean + 0.01, mean) for name, mean in means.items()}
        for share, means in CONTAMINATION.items()
    },
    champion="deep",
    light="light",
    target=0.05,
    cores=2,
)


def rows(figure: Figure) -> list[tuple[str, bool]]:
    return [(label.get_text(), label.get_color() == NORMAL) for label in figure.axes[0].get_yticklabels()]


def test_settings_of_a_baseline_share_a_row() -> None:
    figure = method_comparison(BENCHMARK)
    assert rows(figure) == [("deep", True), ("sklearn.svm", False), ("light", True), ("pyod.knn", False)]
    left, right = figure.axes
    assert (left.get_title(), right.get_title()) == ("T-shirt", "ten-class mean")
    places = {}
    for line in right.lines:
        if line.get_marker() == "o":
            (x,), (y,) = x_of(line), y_of(line)
            places[x] = (y, line.get_color(), line.get_markerfacecolor() == "white")
    assert places == {
        0.95: (0, NORMAL, False),
        0.88: (1, INK, False),
        0.80: (1, INK, True),
        0.87: (2, NORMAL, False),
        0.85: (3, INK, True),
    }
    bars = [x_of(line) for line in right.lines if line.get_marker() != "o"]
    assert bars == [[0.95 - 0.01, 0.95 + 0.01], [0.87 - 0.02, 0.87 + 0.02]]


def test_contamination_starts_from_none_and_grows() -> None:
    (axis,) = contamination(BENCHMARK).axes
    assert [x_of(line) for line in axis.lines] == [[0, 0.05, 0.1]] * 3
    assert y_of(axis.lines[0]) == [0.95, 0.93, 0.90]
    assert [line.get_color() for line in axis.lines] == [NORMAL, INK, INK]
    assert [label.get_text() for label in axis.get_xticklabels()] == ["0", "5%", "10%"]
    assert {text.get_text() for text in axis.texts} == {"deep", "sklearn.svm.documented", "pyod.knn.default"}
