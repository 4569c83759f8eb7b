import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from hourglass.core import weights
from hourglass.core.errors import HourglassError
from hourglass.data.imageset import ImageSet
from hourglass.detection import scorer
from hourglass.detection.detector import Detector, NormalImages, fit
from hourglass.detection.files import load_detector, save_detector
from hourglass.detection.scorer import applicable
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.checkpoints import save_model

Networks = dict[str, Autoencoder]
DETECTORS = [["vae"], ["cvae"], ["rotated"], ["tied"], ["undercomplete", "tied"]]


def build(names: list[str], networks: Networks, zeros: NormalImages) -> Detector:
    """A detector of class 3 with all scorers that apply to all of its networks."""
    scorers = set.intersection(*(set(applicable(scorer.names(), networks[name])) for name in names))
    images = replace(zeros, normal=3, dataset="digits", also_normal=(5, 7), image_fit="stretch")
    found = fit([networks[name] for name in names], sorted(scorers), images, 0.1)
    shares = {name: number / sum(range(len(scorers) + 1)) for number, name in enumerate(found.weights, 1)}
    return replace(found.reweighted(shares, zeros.calibration), threshold_method="cross_conformal")


@pytest.mark.parametrize("names", DETECTORS, ids="_".join)
def test_a_loaded_detector_is_the_saved_one(
    names: list[str], networks: Networks, zeros: NormalImages, fours: ImageSet, tmp_path: Path
) -> None:
    detector, file = build(names, networks, zeros), tmp_path / "models" / "detector.safetensors"
    save_detector(detector, file)
    torch.manual_seed(9)
    loaded = load_detector(file)
    np.testing.assert_array_equal(loaded.standardised(fours), detector.standardised(fours))
    np.testing.assert_array_equal(loaded.score(fours), detector.score(fours))
    np.testing.assert_array_equal(loaded.maps(fours), detector.maps(fours))
    for name in (
        *("dataset", "normal", "also_normal", "classes", "image_fit"),
        *("weights", "threshold", "threshold_method", "false_positive_rate"),
    ):
        assert getattr(loaded, name) == getattr(detector, name)
    torch.testing.assert_close(loaded.calibration_scores, detector.calibration_scores, rtol=0, atol=0)
    for found, saved in zip(loaded.members, detector.members, strict=True):
        assert found.model.description == saved.model.description
        assert list(found.scorers) == list(saved.scorers)
        assert not found.model.training


@pytest.mark.parametrize("names", DETECTORS, ids="_".join)
def test_saving_twice_gives_equal_bytes(
    names: list[str], networks: Networks, zeros: NormalImages, tmp_path: Path
) -> None:
    """And so does saving what was loaded."""
    files = [tmp_path / name for name in ("one", "two", "again")]
    for file in files[:2]:
        save_detector(build(names, networks, zeros), file)
    save_detector(load_detector(files[0]), files[2])
    assert len({file.read_bytes() for file in files}) == 1


@pytest.fixture
def file(networks: Networks, zeros: NormalImages, tmp_path: Path) -> Path:
    path = tmp_path / "detector.safetensors"
    save_detector(build(["vae"], networks, zeros), path)
    return path


def refused(path: Path) -> str:
    with pytest.raises(HourglassError, match=r"detector\.safetensors.*run `dvc repro` to rebuild it$") as caught:
        load_detector(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    refused(tmp_path / "detector.safetensors")


def test_a_folder_is_no_detector(tmp_path: Path) -> None:
    (tmp_path / "detector.safetensors").mkdir()
    refused(tmp_path / "detector.safetensors")


@pytest.mark.parametrize("kept", [0, 4, 100, -1], ids=["nothing", "length", "header", "last byte"])
def test_a_truncated_file_is_named(file: Path, kept: int) -> None:
    file.write_bytes(file.read_bytes()[:kept])
    refused(file)


def test_a_file_of_noise_is_named(file: Path) -> None:
    file.write_bytes(np.random.default_rng(0).bytes(1000))
    refused(file)


def test_weights_alone_are_no_detector(networks: Networks, tmp_path: Path) -> None:
    save_model(networks["vae"], tmp_path / "detector.safetensors")
    assert "holds no detector" in refused(tmp_path / "detector.safetensors")
    save_file({"x": torch.zeros(3)}, tmp_path / "detector.safetensors")
    assert "holds no detector" in refused(tmp_path / "detector.safetensors")


VANILLA = {"module": "vanilla", "settings": {"latent_dim": 2}, "image_shape": [1, 8, 8]}


def test_settings_that_are_no_mapping_are_named(tmp_path: Path) -> None:
    save_file({"x": torch.zeros(3)}, tmp_path / "detector.safetensors", {"detector": "[]"})
    assert "holds settings that are no mapping" in refused(tmp_path / "detector.safetensors")


@pytest.mark.parametrize("settings", ["{}", json.dumps({"models": [VANILLA], "weights": {"pixel": 1}})])
def test_settings_that_make_no_detector_are_named(tmp_path: Path, settings: str) -> None:
    save_file({"x": torch.zeros(3)}, tmp_path / "detector.safetensors", {"detector": settings})
    assert "holds a detector that this version cannot build" in refused(tmp_path / "detector.safetensors")


@pytest.mark.parametrize("name", ["dataset", "weights", "threshold_method"])
def test_a_file_that_lacks_a_setting_is_named(name: str, file: Path) -> None:
    """As files of earlier versions do."""
    tensors, settings = weights.read(file, "detector")
    weights.write(file, "detector", tensors, {key: value for key, value in settings.items() if key != name})
    assert f"this version cannot build (KeyError: '{name}')" in refused(file)


def test_settings_that_do_not_fit_the_weights_are_named(file: Path) -> None:
    content = file.read_bytes()
    assert content.count(b'\\"latent_dim\\": 4') == 1
    file.write_bytes(content.replace(b'\\"latent_dim\\": 4', b'\\"latent_dim\\": 5'))
    assert "holds a detector that this version cannot build" in refused(file)


def test_a_full_disk_leaves_the_earlier_file(
    file: Path, networks: Networks, zeros: NormalImages, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_bytes()

    def full(self: Path, content: bytes) -> int:
        with self.open("wb") as stream:
            stream.write(content[:10])
        raise OSError(28, "No space left on device", str(self))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(HourglassError, match=r"cannot write .*detector\.safetensors: No space left on device"):
            save_detector(build(["tied"], networks, zeros), file)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]
