import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from hourglass.core.errors import HourglassError
from hourglass.detectors import registry
from hourglass.detectors.detector import Detector
from hourglass.detectors.files import load_detector, save_detector
from hourglass.detectors.fitting import fit
from hourglass.models.autoencoder import Autoencoder
from hourglass.training.checkpoints import save_model

Images = dict[str, NDArray[np.uint8]]
Network = tuple[Autoencoder, dict[str, Any]]
PAIRS = [["vae"], ["cvae"], ["rotated"], ["tied"], ["undercomplete", "tied"]]


def everything(names: list[str], networks: dict[str, Network], digits: Images) -> Detector:
    """A detector with all scorers that apply to all of its networks."""
    members = [networks[name] for name in names]
    scorers = set.intersection(*(set(registry.applicable(type(model))) for model, _ in members))
    return fit(members, sorted(scorers), digits["known"], digits["held_out"], normal=3, false_alarm_rate=0.1)


@pytest.mark.parametrize("names", PAIRS, ids="_".join)
def test_a_loaded_detector_is_the_one_that_was_saved(
    names: list[str], networks: dict[str, Network], digits: Images, tmp_path: Path
) -> None:
    detector, file = everything(names, networks, digits), tmp_path / "models" / "detector.safetensors"
    save_detector(detector, file)
    torch.manual_seed(9)
    loaded = load_detector(file)
    np.testing.assert_allclose(loaded.terms(digits["strange"]), detector.terms(digits["strange"]), rtol=0, atol=1e-6)
    np.testing.assert_allclose(loaded.score(digits["strange"]), detector.score(digits["strange"]), rtol=0, atol=1e-6)
    np.testing.assert_allclose(loaded.maps(digits["strange"]), detector.maps(digits["strange"]), rtol=0, atol=1e-6)
    for name in ("normal", "threshold", "false_alarm_rate"):
        assert getattr(loaded, name) == getattr(detector, name)
    for found, kept in zip(loaded.members, detector.members, strict=True):
        assert found.settings == kept.settings
        assert list(found.scorers) == list(kept.scorers)
        assert not found.model.training


@pytest.mark.parametrize("names", PAIRS, ids="_".join)
def test_saved_twice_or_saved_again_the_bytes_are_the_same(
    names: list[str], networks: dict[str, Network], digits: Images, tmp_path: Path
) -> None:
    files = [tmp_path / name for name in ("one", "two", "again")]
    for file in files[:2]:
        save_detector(everything(names, networks, digits), file)
    save_detector(load_detector(files[0]), files[2])
    assert len({file.read_bytes() for file in files}) == 1


@pytest.fixture
def file(networks: dict[str, Network], digits: Images, tmp_path: Path) -> Path:
    path = tmp_path / "detector.safetensors"
    save_detector(everything(["vae"], networks, digits), path)
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
def test_a_file_cut_short_is_named(file: Path, kept: int) -> None:
    file.write_bytes(file.read_bytes()[:kept])
    refused(file)


def test_a_file_of_noise_is_named(file: Path) -> None:
    file.write_bytes(np.random.default_rng(0).bytes(1000))
    refused(file)


def test_weights_alone_are_no_detector(networks: dict[str, Network], tmp_path: Path) -> None:
    save_model(*networks["vae"], tmp_path / "detector.safetensors")
    assert "holds no detector" in refused(tmp_path / "detector.safetensors")
    save_file({"x": torch.zeros(3)}, tmp_path / "detector.safetensors")
    assert "holds no detector" in refused(tmp_path / "detector.safetensors")


@pytest.mark.parametrize(
    "about", ["{", "[]", "{}", json.dumps({"members": [{"settings": {"module": "vanilla", "latent_dim": 2}}]})]
)
def test_a_description_that_makes_no_detector_is_named(tmp_path: Path, about: str) -> None:
    save_file({"x": torch.zeros(3)}, tmp_path / "detector.safetensors", {"detector": about})
    assert "holds a detector that this version cannot build" in refused(tmp_path / "detector.safetensors")


def test_a_description_of_another_network_than_the_weights_are_of_is_named(file: Path) -> None:
    content = file.read_bytes()
    assert content.count(b'\\"latent_dim\\": 4') == 1
    file.write_bytes(content.replace(b'\\"latent_dim\\": 4', b'\\"latent_dim\\": 5'))
    refused(file)


def test_a_full_disk_leaves_the_earlier_file(
    file: Path, networks: dict[str, Network], digits: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_bytes()

    def full(self: Path, content: bytes) -> int:
        with self.open("wb") as stream:
            stream.write(content[:10])
        raise OSError(28, "No space left on device", str(self))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(HourglassError, match=r"cannot write .*detector\.safetensors: No space left on device"):
            save_detector(everything(["tied"], networks, digits), file)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]
