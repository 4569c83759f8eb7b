import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from torch import Tensor

from hourglass.core.errors import SettingsError
from hourglass.data.imageset import ImageSet
from hourglass.models.build import build
from hourglass.models.checkpoints import load_model, save_model
from hourglass.training import train as training
from hourglass.training.recipe import Recipe
from hourglass.training.settings import TrainSettings
from hourglass.training.train import train, write_history

SCHEDULE = TrainSettings(epochs=3, batch_size=64, learning_rate=0.003)
VANILLA: tuple[str, dict[str, Any]] = ("vanilla", {"latent_dim": 8})
VAE: tuple[str, dict[str, Any]] = ("vae", {"latent_dim": 4, "hidden": [32]})
CVAE: tuple[str, dict[str, Any]] = ("cvae", {"latent_dim": 4, "hidden": [32]})
VQVAE: tuple[str, dict[str, Any]] = ("vqvae", {"latent_dim": 16, "codes": 8, "channels": [4, 8]})
PCA: tuple[str, dict[str, Any]] = ("pca", {"latent_dim": 3})
STACKED: tuple[str, dict[str, Any]] = ("stacked", {"latent_dim": 4, "hidden": [32]})

Kind = tuple[str, dict[str, Any]]
Parts = tuple[ImageSet, ImageSet]


@pytest.fixture
def parts(digits: ImageSet) -> Parts:
    return digits.subset(slice(600)), digits.subset(slice(600, 700))


def recipe(kind: Kind, **schedule: float) -> Recipe:
    return Recipe("variants.x", *kind, SCHEDULE.model_copy(update=schedule))


def run(folder: Path, kind: Kind, parts: Parts, seed: int = 0) -> tuple[bytes, bytes]:
    model, history = train(recipe(kind), seed, *parts)
    weights, table = folder / "w.safetensors", folder / "h.csv"
    save_model(model, weights)
    write_history(history, table)
    return weights.read_bytes(), table.read_bytes()


@pytest.mark.parametrize("kind", [VANILLA, VAE, CVAE, VQVAE, PCA, STACKED], ids=lambda kind: kind[0])
def test_a_rerun_is_byte_identical(tmp_path: Path, kind: Kind, parts: Parts) -> None:
    assert run(tmp_path / "a", kind, parts) == run(tmp_path / "b", kind, parts)


def test_a_trained_model_says_how_it_was_trained(tmp_path: Path, parts: Parts) -> None:
    model, _ = train(recipe(VAE, epochs=2), 5, *parts)
    expected = {"seed": 5, "images": 600, **SCHEDULE.model_copy(update={"epochs": 2}).model_dump()}
    assert model.description["training"] == expected
    assert model.description["image_fit"] == "pad"
    save_model(model, tmp_path / "w.safetensors")
    assert load_model(tmp_path / "w.safetensors").description == model.description


def test_images_in_files_train_as_those_in_memory(tmp_path: Path, parts: Parts) -> None:
    def saved() -> Iterator[ImageSet]:
        for name, images in zip("ab", parts, strict=True):
            images.save(tmp_path / name)
            yield ImageSet.open(tmp_path / name)

    first, second = saved()
    assert run(tmp_path / "c", CVAE, (first, second)) == run(tmp_path / "d", CVAE, parts)


def test_another_seed_gives_another_model(tmp_path: Path, parts: Parts) -> None:
    assert run(tmp_path, VANILLA, parts)[0] != run(tmp_path, VANILLA, parts, seed=1)[0]


@pytest.mark.parametrize(("kind", "phase"), [(VANILLA, "train"), (PCA, "solve")])
def test_every_history_names_its_phases(tmp_path: Path, kind: Kind, phase: str, parts: Parts) -> None:
    header, *lines = (line.split(",") for line in run(tmp_path, kind, parts)[1].decode().splitlines())
    assert {line[header.index("phase")] for line in lines} == {phase}


def test_history_columns_come_from_the_fullest_row(tmp_path: Path) -> None:
    rows = [
        {"epoch": 0, "phase": "train", "validation_loss": 2.0},
        {"epoch": 1, "phase": "train", "train_loss": 1.5, "validation_loss": 1.0},
    ]
    write_history(rows, tmp_path / "h.csv")
    assert (tmp_path / "h.csv").read_text().splitlines() == [
        "epoch,phase,train_loss,validation_loss",
        "0,train,,2.0",
        "1,train,1.5,1.0",
    ]


def test_a_trained_model_is_in_evaluation_mode(parts: Parts) -> None:
    for kind in (VANILLA, PCA):
        model, history = train(recipe(kind, epochs=1), 0, *parts)
        assert not model.training
        assert math.isfinite(history[-1]["validation_loss"])


def shifted(images: ImageSet) -> ImageSet:
    """The same images with other labels."""
    return ImageSet(images[slice(None)], (images.labels + 3) % 10, images.classes)


@pytest.mark.parametrize("kind", [VANILLA, VAE], ids=lambda kind: kind[0])
def test_no_label_reaches_an_unconditional_loss(
    tmp_path: Path, kind: Kind, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrong labels change nothing, and the loss receives none."""
    assert run(tmp_path, kind, parts) == run(tmp_path, kind, (shifted(parts[0]), shifted(parts[1])))
    model = build(*kind, (1, 8, 8), seed=0)
    seen: list[Tensor | None] = []
    original = model.loss
    model.loss = lambda x, y, generator: seen.append(y) or original(x, y, generator)  # type: ignore[method-assign,func-returns-value]
    monkeypatch.setattr(training, "build", lambda *_, **__: model)
    train(recipe(kind, epochs=1), 0, *parts)
    assert seen
    assert all(y is None for y in seen)


def test_a_conditional_network_learns_from_labels(tmp_path: Path, parts: Parts) -> None:
    assert run(tmp_path, CVAE, parts) != run(tmp_path, CVAE, (shifted(parts[0]), shifted(parts[1])))


def test_a_wrong_setting_is_named_by_its_key_path(parts: Parts) -> None:
    with pytest.raises(SettingsError, match=r"params\.yaml: variants\.x\.latent_dim: .*got 0"):
        train(recipe(("vanilla", {"latent_dim": 0})), 0, *parts)
