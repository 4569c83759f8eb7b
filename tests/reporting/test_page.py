import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from hourglass.core.errors import HourglassError
from hourglass.reporting.page import sections, write
from hourglass.reporting.results import ReportContext, Result
from hourglass.reporting.section import Section
from hourglass.reporting.verdicts import Verdict
from tests.reporting.reports import (
    BENCHMARK,
    CRITERION,
    LIVE,
    MEASURED,
    RESTORATION,
    RESTORED,
    VARIANTS,
    context,
    result,
)

SETTINGS = {variant.name: {"module": "pca", "train": {"epochs": 2}} for variant in [*VARIANTS, *MEASURED]}


@pytest.fixture(scope="module")
def parts() -> dict[str, Section]:
    return {section.key: section for section in sections(VARIANTS, context())}


def names(section: Section) -> list[str]:
    return [row.name for row in section.table.rows] if section.table else []


def test_metrics_decide_where_a_variant_belongs(parts: dict[str, Section]) -> None:
    everyone = [variant.name for variant in VARIANTS]
    assert {key: names(section) for key, section in parts.items()} == {
        "compress": ["plain", "draws", "counts", "few", "mean image"],
        "restore": ["restores"],
        "organise": [*everyone, "raw pixels"],
        "generate": ["draws", "real images"],
        "detect": [*everyone, "mean image"],
        "bottleneck": [],
    }


def test_sections_without_variants_are_left_out() -> None:
    assert [section.key for section in sections(VARIANTS[:1], context())] == [
        *("compress", "organise", "detect", "bottleneck"),
    ]


def test_variants_that_beat_no_control_are_named(parts: dict[str, Section]) -> None:
    assert parts["detect"].verdicts == [
        Verdict("Not better than the mean image (ROC-AUC 0.800):", ["restores 0.700", "counts 0.500"]),
        Verdict("Not better than its own untrained network (ROC-AUC):", ["counts 0.500"]),
        Verdict(
            "The class that is hardest to separate from shirt is bag. plain has the highest ROC-AUC against all "
            "other classes. There it reaches 0.900, the mean image 0.600."
        ),
        Verdict("Best scorer on its own, counted over 5 variants:", ["smoothed_residual on 3", "kernel_density on 2"]),
        Verdict("Every false-positive rate is within 2 points of the target of 5%."),
        Verdict("Not better than the mean image at localising defects (pixel ROC-AUC 0.500):", ["counts 0.400"]),
        Verdict("Not better than its own untrained network at localising defects (pixel ROC-AUC):", ["counts 0.400"]),
    ]
    assert parts["restore"].verdicts == [
        Verdict(
            "Not better than the best classical method at the corruption level of training (gain in dB):",
            ["restores -1.00"],
        )
    ]


def test_gain_with_zero_in_its_interval_is_not_clear() -> None:
    gains = {"close": [-0.1, 0.3], "clear": [0.1, 0.3]}
    variants = [
        result(name, examples=RESTORED, restoration={**RESTORATION, "gain": 0.2, "gain_ci": interval})
        for name, interval in gains.items()
    ]
    (section,) = (one for one in sections(variants, context()) if one.key == "restore")
    (verdict,) = section.verdicts
    assert verdict == Verdict(
        "Better than the best classical method at the corruption level of training (gain in dB), but not beyond the "
        "95% intervals:",
        ["close"],
    )


def test_conditional_variants_are_not_compared(parts: dict[str, Section]) -> None:
    conditional = Verdict(
        "Conditional variants receive the class, so they are neither compared nor marked as best:", ["draws"]
    )
    assert parts["organise"].verdicts[:2] == [
        conditional,
        Verdict("Best latent code: plain, kNN accuracy 0.800, 5.0 points above raw pixels."),
    ]
    assert parts["organise"].verdicts[2].text.startswith("Every other variant beats")
    only = {section.key: section for section in sections(VARIANTS[2:3], context())}
    assert only["organise"].verdicts == [conditional]
    assert [picture.name for picture in only["organise"].pictures] == ["latent_codes"]


def write_page(variants: Sequence[Result], context: ReportContext, folder: Path) -> str:
    write(variants, context, SETTINGS, LIVE, folder / "figures", folder / "index.html")
    return (folder / "index.html").read_text()


def pictures(folder: Path) -> set[str]:
    return {str(file.relative_to(folder / "figures")) for file in (folder / "figures").rglob("*.png")}


@pytest.mark.parametrize("passed", [True, False])
def test_a_failed_criterion_says_that_a_champion_stays(passed: bool, tmp_path: Path) -> None:
    acceptance = {"passed": passed, "criteria": [{**CRITERION, "threshold": 0.8, "passed": passed}]}
    page = write_page(VARIANTS, replace(context(), acceptance=acceptance), tmp_path)
    assert ("stays served until `hourglass promote` moves it" in page) is not passed


def test_page_is_one_file_with_a_fold_per_variant(tmp_path: Path) -> None:
    page = write_page(VARIANTS, context(), tmp_path)
    assert re.findall(r"<section id=.(\w+)", page) == [
        *("glance", "live", "compress", "restore", "organise", "generate", "detect", "bottleneck"),
        *("acceptance", "variants"),
    ]
    assert "<details open" not in page
    summary = page[page.index('<section id="glance">') : page.index('<section id="live"')]
    assert re.findall(r'<a href="#(\w+)">\w+</a>: best is (\w+),', summary) == [
        *(("compress", "plain"), ("restore", "restores"), ("organise", "plain"), ("generate", "draws")),
        ("detect", "plain"),
    ]
    for variant in VARIANTS:
        assert f'<details id="{variant.name}">' in page
        assert f'<a href="#{variant.name}">' in page
        assert "module: pca · train: epochs 2" in page
    assert "encoder: Linear" in page
    fold = page[page.index('<details id="few">') :]
    assert "active units <b>1.5</b>" in fold
    assert "active units" not in page[: page.index('<details id="few">')]
    # Every picture is in the page, and nothing is loaded from elsewhere.
    own = {f"{one.name}/{name}.png" for one in VARIANTS for name in ("reconstructions", "latent_codes", "scores")}
    special = {"restores/restorations.png", "draws/samples.png", "counts/codebook.png", "few/units.png"}
    overviews = {"reconstructions.png", "restorations.png", "latent_codes.png", "detection.png", "roc.png"}
    assert own | special | overviews <= pictures(tmp_path)
    assert len(re.findall("data:image/(?:webp|avif);base64,", page)) == len(pictures(tmp_path) - {"overview.png"})
    assert not re.search(r"(?:src|href)=.https?:", page)
    first = page.index('<section id="compress">')
    assert page.index("<img") < page.index("<table", first)  # pictures come first


def test_page_that_is_too_large_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hourglass.reporting.page.LIMIT", 1000)
    reason = r"index.html: the page would have \d\.\d MB; .* remove variants or experiments .* lower ROOM"
    with pytest.raises(HourglassError, match=reason):
        write_page(VARIANTS[:1], context(), tmp_path)
    assert not (tmp_path / "index.html").exists()


def test_every_measure_has_its_pictures_where_it_belongs(tmp_path: Path) -> None:
    shown = {section.key: section for section in sections(MEASURED, context())}
    assert {key: [picture.name for picture in section.pictures] for key, section in shown.items()} == {
        "compress": ["reconstructions", "rate_distortion"],
        "restore": ["restorations", "corruption_levels"],
        "organise": ["latent_codes", "knn_accuracy", "probe_accuracy"],
        "generate": ["samples", "frechet", "interpolations", "manifolds"],
        "detect": ["detection", "roc", "scorers", "anomaly_maps", "defects"],
        "bottleneck": ["bottleneck"],
    }
    page = write_page(MEASURED, context(), tmp_path)
    assert page.count("<h2>How many latent dimensions?</h2>") == 1
    own = pictures(tmp_path)
    assert {"restores/corruption_levels.png", "drawn/manifold.png", "fitted/mixture_samples.png"} <= own
    assert {f"{name}/{kind}.png" for name in ("drawn", "fitted") for kind in ("samples", "interpolations")} <= own
    assert page.count("test images as points, by their latent codes") == 1
    # Metrics are explained where they are shown.
    assert "Each ring is the smallest WebP file" in page
    packed = sum("evaluate.compression" in variant.metrics for variant in MEASURED)
    assert page.count('title="smallest WebP file of at least this PSNR"') == 1 + packed
    assert "which models trained on grey images did not see in training" in page
    assert "Intervals come from the test images" in page
    # The interval is a line of its own in the cell: side by side, the tables would be wider than the page.
    assert "td small { display: block;" in page


def test_benchmark_section_links_to_variants_only(tmp_path: Path) -> None:
    measured = context(benchmark=BENCHMARK)
    assert [section.key for section in sections(VARIANTS[:1], measured)][-3:] == ["detect", "benchmark", "bottleneck"]
    page = write_page(VARIANTS[:1], measured, tmp_path)
    table = page[page.index('<section id="benchmark">') : page.index('<section id="bottleneck">')]
    assert "<button>method</button>" in table
    assert '<a href="#plain">plain</a>' in table
    assert "pyod.knn.documented</th>" in table
