import pytest
from matplotlib.figure import Figure

from hourglass.reporting.plots.control_comparison import Control, control_comparison
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.plots.style import ANOMALY, NORMAL
from hourglass.reporting.results import Result
from tests.reporting.plots.variants import around, variant, x_of


def detector(name: str, roc_auc: float, untrained: float) -> Result:
    return variant(name, detect={**around("roc_auc", roc_auc, 0.01), "untrained": {"roc_auc": untrained}})


def compared(variants: list[Result], control: float) -> Figure:
    return control_comparison(variants, "detect.roc_auc", "ROC-AUC", Control("mean image", control))


def test_what_does_not_beat_both_controls_is_coloured() -> None:
    variants = [detector("good", 0.9, 0.5), detector("below the mean", 0.7, 0.5), detector("unlearned", 0.85, 0.88)]
    (axis,) = compared(variants, 0.8).axes
    assert [label.get_text() for label in axis.get_yticklabels()] == ["below the mean", "unlearned", "good"]
    # A connection, the untrained dot, the trained dot and its interval for each, after the dashed line.
    trained = axis.lines[3::4]
    assert [x_of(line) for line in trained] == [[0.7], [0.85], [0.9]]
    assert [line.get_color() for line in trained] == [ANOMALY, ANOMALY, NORMAL]


def test_the_legend_has_the_colour_of_losers_where_there_are_some() -> None:
    won, lost = detector("won", 0.9, 0.5), detector("lost", 0.7, 0.5)
    legends = [compared(shown, 0.8).legends[0].get_texts() for shown in ([won], [won, lost])]
    texts = [[text.get_text() for text in legend] for legend in legends]
    assert texts[0] == [text for text in texts[1] if text != LABELS.beaten]
    assert len(texts[1]) == len(texts[0]) + 1


def test_a_tie_with_a_control_does_not_beat_it() -> None:
    (axis,) = compared([detector("tie", 0.8, 0.5), detector("unchanged", 0.9, 0.9)], 0.8).axes
    assert [line.get_color() for line in axis.lines[3::4]] == [ANOMALY, ANOMALY]


def test_a_far_untrained_network_leaves_room_for_the_rest() -> None:
    variants = [detector("near", 0.90, 0.87), detector("far", 0.85, 0.1)]
    (axis,) = compared(variants, 0.88).axes
    far, near = axis.lines[2::4]
    assert (far.get_marker(), near.get_marker()) == ("<", "o")
    assert x_of(far) == [pytest.approx(0.85 - 3 * 0.05)]
    assert axis.get_xlim()[0] > 0.6
