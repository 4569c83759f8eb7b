import re
from pathlib import Path

import pytest
import torch

from hourglass.core import weights
from hourglass.core.errors import HourglassError
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build
from hourglass.models.checkpoints import load_model, load_trained, save_model


@pytest.fixture
def model() -> Autoencoder:
    return build("vae", {"latent_dim": 3, "hidden": [8]}, (1, 8, 8), seed=0)


def test_a_loaded_model_is_the_saved_one(model: Autoencoder, tmp_path: Path) -> None:
    save_model(model, tmp_path / "model.safetensors")
    loaded = load_model(tmp_path / "model.safetensors")
    assert type(loaded) is type(model)
    assert not loaded.training
    assert loaded.description == model.description
    assert loaded.image_shape == model.image_shape
    assert all(value.equal(loaded.state_dict()[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"module": "vea"}, "'vea' is not a file in variants/; did you mean vae?"),
        ({"settings": {"latent_dim": 3, "hidden": [8], "betta": 1.0}}, "unknown setting; did you mean beta?"),
        ({"settings": {"latent_dim": 4, "hidden": [8]}}, "RuntimeError: Error(s) in loading state_dict for VAE:"),
        ({"image_shape": [8, 8]}, "ValueError: not enough values to unpack (expected 3, got 2)"),
    ],
)
def test_a_file_that_cannot_be_built_is_named(
    model: Autoencoder, tmp_path: Path, wrong: dict[str, object], reason: str
) -> None:
    file = tmp_path / "model.safetensors"
    weights.write(file, "model", model.state_dict(), {**model.description, **wrong})
    with pytest.raises(HourglassError) as caught:
        load_model(file)
    message = str(caught.value)
    assert message.startswith(f"{file} holds a model that this version cannot build (")
    assert reason in message
    assert message.endswith("; run `dvc repro` to rebuild it")
    assert "\n" not in message


def test_a_detector_s_file_is_no_model(model: Autoencoder, tmp_path: Path) -> None:
    file = tmp_path / "detector.safetensors"
    weights.write(file, "detector", model.state_dict(), model.description)
    with pytest.raises(HourglassError, match=re.escape(f"{file} holds no model; run `dvc repro` to rebuild it")):
        load_model(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(HourglassError, match=r"none\.safetensors cannot be read .*; run `dvc repro` to rebuild it"):
        load_model(tmp_path / "none.safetensors")


def test_a_full_disk_leaves_the_earlier_model(
    model: Autoencoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "w.safetensors"
    save_model(model, file)
    before = file.read_bytes()

    def full(self: Path, content: bytes) -> int:
        with self.open("wb") as partial:
            partial.write(content[: len(content) // 2])
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", full)
    with torch.no_grad():
        model.encoder[1][0].bias.add_(1)  # type: ignore[index]
    with pytest.raises(HourglassError, match=r"cannot write .*w\.safetensors: No space left on device"):
        save_model(model, file)
    assert file.read_bytes() == before
    assert [other.name for other in tmp_path.iterdir() if "partial" in other.name] == []


TRAINING = {"seed": 1, "epochs": 6, "learning_rate": 0.0015}


@pytest.fixture
def trained(model: Autoencoder, tmp_path: Path) -> Path:
    model.description = {**model.description, "training": {"images": 100, **TRAINING}}
    save_model(model, tmp_path / "vae.safetensors")
    return tmp_path / "vae.safetensors"


def test_a_model_trained_as_the_settings_say_is_loaded(trained: Path, model: Autoencoder) -> None:
    found = load_trained(trained, "vae", {"latent_dim": 3, "hidden": [8], "beta": 1.0}, TRAINING, "variants.vae")
    assert found.description == model.description


@pytest.mark.parametrize(
    ("module", "settings", "training", "differs"),
    [
        ("vae", {"latent_dim": 4}, {}, "latent_dim 3, and params.yaml (variants.vae) says 4"),
        ("vae", {"hidden": [8, 8]}, {}, "hidden [8], and params.yaml (variants.vae) says [8, 8]"),
        ("vae", {"beta": 2.0}, {}, "beta 1.0, and params.yaml (variants.vae) says 2.0"),
        ("undercomplete", {}, {}, "module 'vae', and params.yaml (variants.vae) says 'undercomplete'"),
        ("vae", {}, {"epochs": 7}, "epochs 6, and params.yaml (variants.vae) says 7"),
        ("vae", {}, {"seed": 2}, "seed 1, and params.yaml (variants.vae) says 2"),
        ("vae", {}, {"gradient_clip": 5.0}, "gradient_clip None, and params.yaml (variants.vae) says 5.0"),
    ],
)
def test_a_model_made_with_other_settings_is_refused(
    trained: Path, module: str, settings: dict[str, object], training: dict[str, object], differs: str
) -> None:
    said = {"latent_dim": 3, "hidden": [8]} | settings
    with pytest.raises(HourglassError, match=re.escape(f"vae.safetensors was made with {differs}; run `dvc repro`")):
        load_trained(trained, module, said, TRAINING | training, "variants.vae")


def test_weights_of_untold_training_are_refused(model: Autoencoder, tmp_path: Path) -> None:
    save_model(model, tmp_path / "vae.safetensors")
    with pytest.raises(HourglassError, match="was made with seed None"):
        load_trained(tmp_path / "vae.safetensors", "vae", {"latent_dim": 3, "hidden": [8]}, TRAINING, "variants.vae")


@pytest.mark.parametrize("dtype", [torch.bool, torch.int64, torch.float16, torch.float64])
def test_tensors_of_another_type_are_refused(model: Autoencoder, tmp_path: Path, dtype: torch.dtype) -> None:
    tensors = {name: value.to(dtype) for name, value in model.state_dict().items()}
    weights.write(tmp_path / "vae.safetensors", "model", tensors, model.description)
    with pytest.raises(HourglassError, match=rf"TypeError: .* holds {dtype}, expected torch.float32"):
        load_model(tmp_path / "vae.safetensors")


@pytest.mark.parametrize("training", [None, 5, "x", [1]])
def test_a_training_that_is_no_mapping_is_refused(model: Autoencoder, tmp_path: Path, training: object) -> None:
    weights.write(
        tmp_path / "vae.safetensors", "model", model.state_dict(), {**model.description, "training": training}
    )
    with pytest.raises(HourglassError, match="holds a model that this version cannot build"):
        load_trained(tmp_path / "vae.safetensors", "vae", {"latent_dim": 3, "hidden": [8]}, TRAINING, "variants.vae")
