"""Results of variants that params.yaml no longer has."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hourglass.core import layout
from hourglass.core.files import write_text
from hourglass.pipeline import leftovers

OF_VARIANT = (
    "models/{}/all.safetensors",
    "models/{}/normal.safetensors",
    "models/{}/detector.safetensors",
    "reports/history/{}/all.csv",
    "reports/history/{}/normal.csv",
    "reports/examples/{}.npz",
    "reports/maps/{}.npz",
    "reports/scores/{}.csv",
    "reports/roc/{}.csv",
    "reports/metrics/detect/{}.json",
    "reports/metrics/evaluate/{}.json",
)
KEPT = (
    *(path.format("vae") for path in OF_VARIANT),
    "reports/metrics/evaluate/mean_image.json",
    "reports/metrics/evaluate/pixels.json",
    "reports/sweep/pca.json",
    "reports/metrics/experiments/near_codes.json",
    "reports/examples/experiments/near_codes.npz",
    "models/reference_classifier.safetensors",
    "models/README.md",
    "models/mine/notes.txt",
)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Settings with the variant `vae` and a sweep of `pca`, in a folder with the results of both."""
    monkeypatch.chdir(tmp_path)
    for path in KEPT:
        write_text(Path(path), "")
    return SimpleNamespace(
        variants={"vae": None}, sweep=SimpleNamespace(variants={"pca": None}), experiments={"near_codes": None}
    )


def files() -> set[str]:
    return {str(file) for file in Path().rglob("*") if file.is_file()}


def test_results_of_present_variants_are_kept(settings: Any) -> None:
    assert leftovers.find(settings) == {}


def test_results_of_removed_variants_are_removed(settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for path in OF_VARIANT:
        write_text(Path(path.format("wide")), "")
    write_text(layout.sweep("convolutional"), "")
    write_text(layout.metrics("experiments", "sharpness"), "")
    write_text(layout.experiment_examples("sharpness"), "")
    found = leftovers.find(settings)
    assert {name: len(paths) for name, paths in found.items()} == {
        "wide": len(OF_VARIANT),
        "convolutional": 1,
        "sharpness": 2,
    }
    leftovers.remove(found)
    assert files() == set(KEPT)
    assert not Path("models/wide").exists()
    assert "removed what earlier settings left of wide: 11 files" in capsys.readouterr().out


def test_other_files_beside_results_are_kept(settings: Any) -> None:
    write_text(layout.detector("wide"), "")
    write_text(Path("models/wide/notes.txt"), "")
    leftovers.remove(leftovers.find(settings))
    assert files() == {*KEPT, "models/wide/notes.txt"}
