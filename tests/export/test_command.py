"""`hourglass export`, from a published repository."""

from pathlib import Path

import numpy as np
import pytest
import torch

from hourglass.core import layout
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.data.imageset import ImageSet
from hourglass.detection.files import load_detector, save_detector
from hourglass.export import export, formats
from tests.tracking.state import MODEL


def score(file: Path) -> tuple[np.ndarray, str]:
    """Scores of the validation images by a .pt2 file, and the card in it."""
    extra = {"card": ""}
    module = torch.export.load(file, extra_files=extra).module()
    images = torch.from_numpy(ImageSet.open(layout.split("validation"))[:])
    return module(images)[0].numpy(), extra["card"]


def test_a_variant_is_exported_from_disk_with_its_card(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export.main("vanilla", "torch", repository / "out" / "vanilla.pt2", repository)
    found, card = score(repository / "out" / "vanilla.pt2")
    expected = load_detector(layout.detector("vanilla")).score(ImageSet.open(layout.split("validation")))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    assert card == (repository / "out" / "vanilla.md").read_text()
    for said in (
        "# vanilla: an anomaly detector",
        "the 20 training images of class 0 (zero) of `digits`",
        "false-positive rate of 0.050",
        "| ROC-AUC, validation images | 0.910 | 0.700 to 0.950 |",
        "bring images to 8 x 8 pixels (width x height) and one channel first. Training images of another shape kept",
        "on 60 validation images, its scores differ from the detector's by at most",
        'torch.export.load("vanilla.pt2")',
    ):
        assert said in card
    assert "mlflow" not in card
    assert "out/vanilla.pt2 and vanilla.md; on 60 validation images" in capsys.readouterr().out


def test_the_champion_is_exported_as_it_was_published(published: Path, repository: Path) -> None:
    expected = load_detector(layout.detector("vanilla")).score(ImageSet.open(layout.split("validation")))
    save_detector(load_detector(layout.detector("pca")), layout.detector("vanilla"))  # what lies on disk has changed
    export.main("champion", "torch", repository / "champion.pt2", repository)
    found, card = score(repository / "champion.pt2")
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    assert f"# {MODEL} version 2 (vanilla): an anomaly detector" in card
    assert "ROC-AUC 0.900" in card
    assert "mlflow" not in card


@pytest.mark.parametrize(
    ("model", "out", "message"),
    [
        ("vanila", "a.pt2", "^--model: 'vanila' is no file, and no variant .*; did you mean vanilla"),
        ("vanilla", "a.onnx", r"'a.onnx' must end in .pt2 with --format torch"),
    ],
)
def test_what_cannot_be_meant_is_refused(repository: Path, model: str, out: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        export.main(model, "torch", repository / out, repository)
    assert not list(repository.glob("a.*"))


def test_a_detector_file_is_exported_with_what_it_holds(repository: Path, tmp_path: Path) -> None:
    file = layout.detector("vanilla").rename(tmp_path / "mine.safetensors")
    export.main("mine.safetensors", "torch", repository / "mine.pt2", tmp_path)
    found, card = score(repository / "mine.pt2")
    detector = load_detector(file)
    np.testing.assert_allclose(found, detector.score(ImageSet.open(layout.split("validation"))), rtol=1e-5, atol=1e-5)
    assert "# mine.safetensors: an anomaly detector" in card
    assert f"exceeds {detector.threshold:.4f}. The threshold was set for a false-positive\nrate of 0.050 on 30" in card
    assert "Not known: a detector's file holds none." in card


def test_a_refused_export_leaves_the_earlier_file(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "a.pt2").write_text("earlier")
    detector = load_detector(layout.detector("vanilla"))
    monkeypatch.setattr(type(detector), "score", lambda self, images: np.ones(len(images), np.float32))
    with pytest.raises(HourglassError, match="nothing is written"):
        export.main("vanilla", "torch", repository / "a.pt2", repository)
    assert (repository / "a.pt2").read_text() == "earlier"
    assert not (repository / "a.md").exists()


def test_missing_packages_are_named_first(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "find_spec", lambda name: None)
    with pytest.raises(HourglassError, match="needs onnx, onnxscript, onnxruntime; run `make setup`"):
        export.main("nobody", "onnx", repository / "a.onnx", repository)
