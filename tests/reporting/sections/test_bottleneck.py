from hourglass.core.metrics import Metrics
from hourglass.reporting.sections.bottleneck import Sizes, against_pca, best_of_kind, best_sizes, by_size
from hourglass.reporting.verdicts import Verdict
from tests.reporting.plots.variants import around


def sweep(*rows: tuple[str, float, float, float]) -> Sizes:
    """(latent dimensions, error, kNN accuracy, ROC-AUC) per size; intervals are 0.01 wide."""
    keys = ("validation_mse", "knn_accuracy", "roc_auc")
    tree = {
        size: {
            name: content
            for key, value in zip(keys, values, strict=True)
            for name, content in around(key, value, 0.005).items()
        }
        for size, *values in rows
    }
    return by_size(Metrics({"kind": tree}))["kind"]


# As text, "16" is less than "4".
TURNS = sweep(("4", 0.06, 0.80, 0.90), ("16", 0.04, 0.85, 0.88), ("64", 0.01, 0.848, 0.80))
GROWS = sweep(("4", 0.06, 0.70, 0.80), ("16", 0.04, 0.75, 0.82), ("64", 0.01, 0.80, 0.90))
EVEN = sweep(("4", 0.06, 0.80, 0.90), ("16", 0.04, 0.85, 0.88), ("64", 0.01, 0.848, 0.892))


def test_best_sizes_answer_the_question() -> None:
    assert best_sizes([TURNS]).text == (
        "The error is lowest at 64 latent dimensions. kNN accuracy is highest at 16 to 64. Detection is best at 4. "
        "Larger codes reconstruct everything better, and so they reconstruct anomalies better too."
    )


def test_nothing_is_claimed_that_the_metrics_do_not_show() -> None:
    assert best_sizes([TURNS, GROWS]).text == (
        "The error is lowest at 64 latent dimensions. kNN accuracy is highest at 16 to 64. Detection is best at "
        "4 to 64."
    )


def test_sizes_within_the_interval_are_as_good() -> None:
    even = sweep(("2", 0.012, 0.45, 1.0), ("16", 0.011, 0.70, 0.9997), ("64", 0.01, 0.8, 0.999))
    assert best_sizes([even]).text == (
        "No size has a clearly lower error than all others. kNN accuracy is highest at 64. No size is clearly better "
        "at detection than all others."
    )


def test_fall_with_overlapping_intervals_explains_nothing() -> None:
    assert "anomalies better" in best_sizes([TURNS]).text
    assert "anomalies better" not in best_sizes([EVEN]).text
    assert "anomalies better" not in best_sizes([TURNS, EVEN]).text


def test_best_sizes_of_a_kind_stand_beside_its_largest() -> None:
    assert best_of_kind("turns", TURNS) == Verdict(
        "Best of turns:",
        [
            "validation MSE 0.0100 at 64",
            "kNN accuracy 0.850 at 16 (0.848 at 64; the intervals overlap)",
            "ROC-AUC 0.900 at 4 (0.800 at 64)",
        ],
    )


def test_overlap_takes_both_intervals() -> None:
    # The largest code's ROC-AUC is below the best one's interval, its interval reaches into it.
    assert "ROC-AUC 0.900 at 4 (0.892 at 64; the intervals overlap)" in best_of_kind("even", EVEN).items


def test_networks_are_compared_with_pca_at_two_dimensions() -> None:
    pca, network = sweep(("2", 0.03, 0.45, 0.9)), sweep(("2", 0.02, 0.70, 0.9), ("16", 0.01, 0.8, 0.9))
    expected = [
        Verdict("kNN accuracy at 2 latent dimensions, beside pca with 0.450:", ["deep 0.700, 25.0 points above"])
    ]
    assert against_pca({"pca": pca, "deep": network}) == expected
    assert against_pca({"deep": network, "pca": pca, "turns": TURNS}) == expected
    assert against_pca({"pca": pca, "turns": TURNS}) == against_pca({"deep": network}) == []
