"""What `--model` stands for, where MLflow plays no part."""

from pathlib import Path

import pytest
import torch

from hourglass.core import layout
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.params import PARAMS
from hourglass.detection.files import save_detector
from hourglass.prediction.models import find_detector, find_file
from tests.prediction.conftest import Parts


@pytest.fixture(autouse=True)
def repository(parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    PARAMS.write_text("device: cpu\n")
    save_detector(parts.detector, layout.detector("rotated"))


def test_a_variant_is_its_detector(parts: Parts) -> None:
    found, name = find_detector("rotated", Path("/"))
    assert name == "rotated"
    assert found.threshold == parts.detector.threshold


def test_a_detector_computes_where_params_says(monkeypatch: pytest.MonkeyPatch, simulated: torch.device) -> None:
    PARAMS.write_text("device: mps\n")
    monkeypatch.setattr("hourglass.core.device.find", {"mps": simulated}.__getitem__)
    assert find_detector("rotated", Path("/"))[0].members[0].model.device == simulated


def test_a_file_is_found_from_where_the_command_was_run(parts: Parts) -> None:
    for model, start in ((parts.file.name, parts.file.parent), (str(parts.file), Path("/"))):
        assert find_detector(model, start)[0].threshold == parts.detector.threshold


def test_a_name_of_nothing_is_refused(tmp_path: Path) -> None:
    message = r"^--model: 'rotate' is no file, and no variant with a detector\.safetensors; did you mean rotated\?$"
    with pytest.raises(SettingsError, match=message):
        find_detector("rotate", tmp_path)
    layout.detector("rotated").unlink()
    with pytest.raises(SettingsError, match=r"; `make` builds models/<variant>/detector\.safetensors$"):
        find_detector("rotated", tmp_path)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no tensors")
    with pytest.raises(HourglassError, match=r"notes\.txt cannot be read"):
        find_detector("notes.txt", tmp_path)


@pytest.mark.parametrize("model", ["champion", "models:/hourglass-detector/1"])
def test_a_detector_in_mlflow_reconstructs_nothing(model: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"^--model: {model} is a detector; name a variant, or a file"):
        find_file(model, "all", tmp_path)
