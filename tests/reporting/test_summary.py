from collections.abc import Mapping

from hourglass.reporting.summary import overview, summary
from tests.reporting.reports import VARIANTS, context, result


def modules(*names: str) -> Mapping[str, Mapping[str, object]]:
    return {variant.name: {"module": module} for variant, module in zip(VARIANTS, names, strict=True)}


def test_summary_has_the_first_variant_of_each_module() -> None:
    shown = summary(VARIANTS, modules("dense", "masked", "dense", "codes", "masked"))
    assert [variant.name for variant in shown] == ["plain", "restores", "counts"]


def test_summary_keeps_the_best_detectors_if_there_are_too_many() -> None:
    many = [result(f"v{number}", roc_auc=0.9 - number / 100) for number in range(16)]
    shown = summary(many[::-1], {variant.name: {"module": variant.name} for variant in many})
    assert [variant.name for variant in shown] == [f"v{number}" for number in range(13, -1, -1)]


def test_overview_draws_no_restoring_variants() -> None:
    settings = modules("dense", "masked", "dense", "codes", "masked")
    (drawn, classes) = overview(VARIANTS, context(), settings).draw.args  # type: ignore[attr-defined]
    assert ([variant.name for variant in drawn], classes) == (["plain", "counts"], context().classes)
