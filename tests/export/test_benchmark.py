"""The measurement behind the table of docs/serve.md."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from benchmarks import export
from hourglass.core import layout
from hourglass.core.files import read_json, write_csv
from hourglass.data.imageset import ImageSet
from hourglass.detection.files import load_detector
from hourglass.reporting.documents import between

ENTRY = {"difference": 2e-6, "validation_difference": 1e-6, "verdicts": 0, "speed": 1.52, "bytes": 1_440_000}


def measured(**onnx: Any) -> dict[str, Any]:
    entry = {"onnx": ENTRY | onnx, "torch": ENTRY, "images_per_second": 99.0, "near": 2}
    return {
        "images": 1000,
        "onnxruntime": "1.2",
        "torch": "3.4",
        "detectors": {"vae": entry, "pca": entry | {"near": 7}},
    }


def test_the_committed_table_shows_the_committed_figures(root: Path) -> None:
    document = root / export.DOCUMENT
    shown = between(document, document.read_text(encoding="utf-8"), export.MARK)
    assert shown == export.table(read_json(root / export.OUT))


def test_the_table_says_what_was_refused() -> None:
    text, _, _, _, vae, *_ = export.table(measured(verdicts=3)).splitlines()
    assert vae == "| vae | 2.0e-06 | 2.0e-06 | 1.5 | 1.5 | 1.4 |"
    assert "6 verdicts differed. Within 0.001 of the threshold lie 2 to 7" in text
    text, *_, pca = export.table(measured(verdicts=3, validation_difference=6e-3)).splitlines()
    assert "| 2.0e-06 (refused) | 2.0e-06 |" in pca
    assert ", 0 verdicts differed" in text


def test_works_take_turns_and_the_first_is_not_timed() -> None:
    calls: list[str] = []
    seconds = export._timed({name: lambda name=name: calls.append(name) for name in "ab"})  # type: ignore[misc]
    assert calls == list("ab") * (1 + export.TURNS)
    assert [len(found) for found in seconds.values()] == [export.TURNS] * 2


@pytest.mark.skipif(find_spec("onnxruntime") is None, reason="the extra `onnx` is not installed; run `make setup`")
def test_both_files_of_a_detector_are_measured(repository: Path, tmp_path: Path) -> None:
    threshold = load_detector(layout.detector("pca")).threshold
    rows = [("test", 0, threshold + 1e-4), ("test", 1, threshold - 2e-3)]
    write_csv(layout.scores("pca"), ("split", "class", "score"), rows)
    found = export.measure("pca", ImageSet.open(layout.split("test"))[:], tmp_path)
    assert found["near"] == 1
    for form, suffix in (("onnx", ".onnx"), ("torch", ".pt2")):
        assert found[form]["bytes"] == (tmp_path / f"detector{suffix}").stat().st_size
        assert found[form]["difference"] < 1e-4
        assert found[form]["validation_difference"] < 1e-4
        assert found[form]["verdicts"] == 0
        assert found[form]["speed"] > 0
