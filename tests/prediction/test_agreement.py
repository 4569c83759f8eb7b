"""One image has one score: in predict, in the served model, and in the files of evaluated scores."""

import base64
import csv
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.data.imageset import ImageSet
from hourglass.detection.detector import Detector
from hourglass.detection.files import load_detector
from hourglass.export.agreement import TOLERANCE
from hourglass.export.formats import Onnx
from hourglass.export.trace import trace
from hourglass.prediction.scoring import score_files
from hourglass.tracking.served import Served
from tests.prediction.conftest import Parts

EQUAL = 1e-6
# Scores that were evaluated on another processor, in standard deviations.
ELSEWHERE = 1e-3
CHECKED = 300


def predicted(detector: Detector, names: Sequence[str], folder: Path) -> list[float]:
    return [one.score for batch in score_files(detector, [names], folder) for one in batch.predictions]


def test_predict_the_served_model_and_evaluation_agree(parts: Parts) -> None:
    """Of files in several formats, sizes and modes, in any order and number."""
    assert {Path(name).suffix for name in parts.names} == {".jpg", ".png", ".bmp"}
    evaluated = parts.detector.score(parts.test)
    assert np.ptp(evaluated) > 1
    loaded = load_detector(parts.file)
    np.testing.assert_allclose(predicted(loaded, parts.names, parts.folder), evaluated, rtol=0, atol=EQUAL)
    alone = [predicted(loaded, [name], parts.folder)[0] for name in parts.names[::-1]]
    np.testing.assert_allclose(alone[::-1], evaluated, rtol=0, atol=EQUAL)
    served = Served()
    served.load_context(SimpleNamespace(artifacts={"detector": str(parts.file)}, model_config={"device": "cpu"}))
    np.testing.assert_allclose(served.predict(None, parts.test[:])["score"], evaluated, rtol=0, atol=EQUAL)
    files = [base64.b64encode((parts.folder / name).read_bytes()).decode() for name in parts.names]
    found = served.predict(None, files)  # type: ignore[arg-type]  # lists come from MLflow
    np.testing.assert_allclose(found["score"], evaluated, rtol=0, atol=EQUAL)
    assert found["anomaly"].tolist() == (evaluated > parts.detector.threshold).tolist()


@pytest.mark.skipif(find_spec("onnxruntime") is None, reason="the extra `onnx` is not installed; run `make setup`")
def test_an_onnx_file_agrees_to_its_tolerance(parts: Parts, tmp_path: Path) -> None:
    detector = load_detector(parts.file)
    exported = Onnx(trace(detector))
    exported.write(tmp_path / "parts.onnx", {})
    score, anomaly, _ = exported.read(tmp_path / "parts.onnx")(parts.test[:])
    expected = predicted(detector, parts.names, parts.folder)
    np.testing.assert_allclose(score, expected, rtol=TOLERANCE, atol=TOLERANCE)
    clear = np.abs(np.array(expected) - detector.threshold) > TOLERANCE
    assert clear.sum() > len(expected) / 2
    assert (anomaly == (np.array(expected) > detector.threshold))[clear].all()


def test_the_file_says_how_images_were_fitted(parts: Parts) -> None:
    """Padded instead of stretched, the same files would score differently."""
    loaded = load_detector(parts.file)
    assert loaded.image_fit == "stretch"
    assert loaded.classes == ("good", "scratched")
    object.__setattr__(loaded, "image_fit", "pad")
    padded = predicted(loaded, parts.names, parts.folder)
    assert np.abs(np.array(padded) - parts.detector.score(parts.test)).max() > 0.1


@pytest.mark.parametrize("variant", ["convolutional", "rotated", "undercomplete"])
def test_png_files_of_test_images_score_as_evaluated(
    variant: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    try:
        detector = load_detector(layout.detector(variant))
        test = ImageSet.open(layout.split("test"))
    except HourglassError as error:
        pytest.skip(f"no results here: {error}")
    rows = np.random.default_rng(0).choice(len(test), CHECKED, replace=False)
    for row in rows:
        Image.fromarray(test[np.array([row])][0, 0]).save(tmp_path / f"{row}.png")
    with layout.scores(variant).open(newline="") as file:
        evaluated = [float(row["score"]) for row in csv.DictReader(file) if row["split"] == "test"]
    found = predicted(detector, [f"{row}.png" for row in rows], tmp_path)
    np.testing.assert_allclose(found, np.array(evaluated)[rows], rtol=0, atol=ELSEWHERE)
