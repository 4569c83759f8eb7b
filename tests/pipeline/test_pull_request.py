"""The gate's outcome for a pull request."""

from hourglass.pipeline.pull_request import compare, markdown

OLD = {"pca": {"roc_auc": 0.91, "mse": 0.0156, "parameters": 24304}, "gone": {"roc_auc": 0.8}}
NEW = {"pca": {"roc_auc": 0.91, "mse": 0.0156, "parameters": 24304}, "vae": {"roc_auc": 0.94}}


def test_pairs_cover_variants_of_both_sides() -> None:
    found = compare(OLD, NEW)
    assert list(found) == ["pca", "vae", "gone"]
    assert found["pca"]["roc_auc"] == {"old": 0.91, "new": 0.91}
    assert found["vae"] == {"roc_auc": {"old": None, "new": 0.94}}
    assert found["gone"] == {"roc_auc": {"old": 0.8, "new": None}}


def test_only_changed_metrics_are_bold() -> None:
    new = {"pca": OLD["pca"] | {"mse": 0.0149}}
    text = markdown("1 problems", ["worse than main"], "main", compare({"pca": OLD["pca"]}, new))
    assert "| pca | 0.91 | **0.0156 → 0.0149** | 24,304 |" in text
    assert "- worse than main" in text
    assert text.startswith("## Hourglass: 1 problems\n")


def test_small_changes_are_shown_with_enough_digits() -> None:
    text = markdown("", [], "main", compare({"pca": {"roc_auc": 0.91231}}, {"pca": {"roc_auc": 0.91233}}))
    assert "**0.91231 → 0.91233**" in text


def test_new_and_removed_variants_are_marked() -> None:
    text = markdown("", [], "main", compare(OLD, NEW))
    assert "| vae | **0.94 (new)** |" in text
    assert "| gone | **0.8 (removed)** |" in text


def test_unchanged_variants_are_folded_away() -> None:
    text = markdown("", [], "main", compare(OLD, NEW))
    assert text.index("| vae |") < text.index("<details><summary>1 variants without a change") < text.index("| pca |")
    same = markdown("", [], "main", compare(OLD, OLD))
    assert "All headline metrics are those of `main`." in same
    assert "**" not in same


def test_without_a_revision_nothing_is_marked() -> None:
    text = markdown("", [], None, compare({}, NEW))
    assert "| vae | 0.94 |" in text
    assert "**" not in text
