from typing import Any

from hourglass.reporting.sections.bottleneck import answer, detail, linear


def sweep(*figures: tuple[str, float, float, float]) -> dict[str, dict[str, Any]]:
    """(size, error, kNN, ROC-AUC) for each size; intervals are 0.01 wide."""
    keys = ("validation_mse", "knn_accuracy", "roc_auc")
    return {
        size: {
            name: content
            for key, value in zip(keys, values, strict=True)
            for name, content in ((key, value), (f"{key}_ci", [value - 0.005, value + 0.005]))
        }
        for size, *values in figures
    }


# As text, "16" is less than "4".
TURNS = sweep(("4", 0.03, 0.80, 0.90), ("16", 0.02, 0.85, 0.88), ("64", 0.01, 0.848, 0.80))
GROWS = sweep(("4", 0.03, 0.70, 0.80), ("16", 0.02, 0.75, 0.82), ("64", 0.01, 0.80, 0.90))


def test_the_figures_answer_the_question() -> None:
    assert answer({"turns": TURNS}) == (
        "What if the code were very large? The error is lowest at 64 numbers, the nearest codes tell classes best at "
        "16 numbers, and anomalies are found best at 4 numbers: a larger code copies better, and so it copies "
        "anomalies, too."
    )


def test_nothing_is_claimed_that_the_figures_do_not_show() -> None:
    assert answer({"turns": TURNS, "grows": GROWS}) == (
        "What if the code were very large? The error is lowest at 64 numbers, the nearest codes tell classes best at "
        "16 to 64 numbers, and anomalies are found best at 4 to 64 numbers."
    )


EVEN = sweep(("4", 0.03, 0.80, 0.90), ("16", 0.02, 0.85, 0.88), ("64", 0.01, 0.848, 0.896))


def test_a_fall_within_the_interval_explains_nothing() -> None:
    assert "copies anomalies" in answer({"turns": TURNS})
    assert "copies anomalies" not in answer({"even": EVEN})
    assert "copies anomalies" not in answer({"turns": TURNS, "even": EVEN})


def test_each_kind_s_best_sizes_stand_beside_its_largest() -> None:
    assert detail("turns", TURNS) == (
        "Best of turns: validation MSE 0.0100 at 64, kNN 0.850 at 16 (0.848 at 64, within the 95% interval), "
        "ROC-AUC 0.900 at 4 (0.800 at 64)."
    )


def test_networks_are_held_against_pca_at_two_numbers() -> None:
    pca, network = sweep(("2", 0.03, 0.45, 0.9)), sweep(("2", 0.02, 0.70, 0.9), ("16", 0.01, 0.8, 0.9))
    sentence = "kNN at 2 numbers, beside pca with 0.450: deep 0.700, 25.0 points above."
    assert linear({"pca": pca, "deep": network}) == [sentence]
    assert linear({"deep": network, "pca": pca, "turns": TURNS}) == [sentence]
    assert linear({"pca": pca, "turns": TURNS}) == linear({"deep": network}) == []
