from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from hourglass.reporting.plots.scorer_matrix import scorer_matrix
from hourglass.reporting.results import Result
from tests.reporting.plots.variants import variant


def detector(name: str, roc_auc: float, weights: dict[str, float], **by_scorer: float) -> Result:
    single = {scorer: {"roc_auc": value} for scorer, value in by_scorer.items()}
    return variant(name, detect={"roc_auc": roc_auc, "weights": weights, "by_scorer": single})


def drawn() -> Axes:
    variants = [
        detector("pca", 0.92, {"pixel": 0.5, "smoothed_residual": 0.5}, pixel=0.85, smoothed_residual=0.9),
        detector(
            "vae",
            0.6,
            {"elbo": 0.6, "pixel": 0.35, "smoothed_residual": 0.05},
            elbo=0.6,
            pixel=0.7,
            smoothed_residual=0.65,
        ),
    ]
    (axis,) = scorer_matrix(variants, control=0.8).axes
    return axis


def cells(axis: Axes) -> list[Rectangle]:
    return [patch for patch in axis.patches if isinstance(patch, Rectangle) and patch.get_fill()]


def test_scorers_that_do_not_apply_leave_a_blank() -> None:
    axis = drawn()
    columns = [label.get_text() for label in axis.get_xticklabels()]
    assert columns == ["elbo", "pixel", "smoothed_residual", "detector"]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["pca", "vae"]
    assert [text.get_text() for text in axis.texts] == [".850", ".900", ".920", ".600", ".700", ".650", ".600"]


def test_heavy_scorers_are_bold_and_the_best_is_framed() -> None:
    axis = drawn()
    bold = [(text.get_text(), text.get_position()[1]) for text in axis.texts if text.get_fontweight() == "bold"]
    assert bold == [(".850", 0), (".900", 0), (".600", 1), (".700", 1)]
    frames = [patch for patch in axis.patches if isinstance(patch, Rectangle) and not patch.get_fill()]
    assert [(round(frame.get_center()[0]), round(frame.get_center()[1])) for frame in frames] == [(2, 0), (1, 1)]


def test_what_does_not_beat_the_control_is_coloured() -> None:
    tints = [to_rgb(patch.get_facecolor()) for patch in cells(drawn())]
    warm = [red > blue for red, _, blue in tints]
    assert warm == [False, False, False, True, True, True, True]
    # Further from the control is stronger, up to as far below as the best is above.
    assert tints[2][0] < tints[0][0]
    assert tints[3] == tints[5]
