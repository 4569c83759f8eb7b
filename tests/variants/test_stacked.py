from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import Tensor

from hourglass.core.errors import SettingsError
from hourglass.data.arrays import Split
from hourglass.models.build import build
from hourglass.models.losses import Loss
from hourglass.training.fit import Examples, fit
from hourglass.training.session import save, trained
from hourglass.training.settings import TrainSettings
from hourglass.variants.stacked import Stacked

SETTINGS = TrainSettings(epochs=6, batch_size=64, learning_rate=0.003, weight_decay=0.01, gradient_clip=5.0)
STACKED: dict[str, Any] = {"module": "stacked", "latent_dim": 4, "hidden": [32, 16]}
PHASES = ["layer 1", "layer 2", "layer 3", "fine-tuning"]


@pytest.fixture(scope="module")
def split() -> Split:
    digits = load_digits()
    return Split(np.rint(digits.images[:, None] * (255 / 16)).astype(np.uint8), digits.target.astype(np.int64))


@pytest.fixture(scope="module")
def examples(split: Split) -> tuple[Examples, Examples]:
    images = torch.from_numpy(split.images)
    return Examples(images[:600], None), Examples(images[600:800], None)


def stacked(**settings: Any) -> Stacked:
    model = build(STACKED | settings, (1, 8, 8), seed=0)
    assert isinstance(model, Stacked)
    return model


def weights(model: Stacked) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def only(count: int) -> property:
    """The first `count` phases."""
    every = Stacked.phases.fget  # type: ignore[attr-defined]
    return property(lambda model: every(model)[:count])


def test_a_phase_changes_its_own_layer_and_nothing_else(
    examples: tuple[Examples, Examples], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Training that ends one phase earlier ends with the weights this phase started from."""
    states = [weights(stacked())]
    for count in range(1, len(PHASES) + 1):
        model = stacked()
        with monkeypatch.context() as patch:
            patch.setattr(Stacked, "phases", only(count))
            epochs = count if count < len(PHASES) else SETTINGS.epochs
            fit(model, *examples, SETTINGS.model_copy(update={"epochs": epochs}), seed=0)
        states.append(weights(model))
    own = [
        ["down.0", "up.4"],
        ["down.2", "up.2"],
        ["down.4", "up.0"],
        ["down.0", "down.2", "down.4", "up.0", "up.2", "up.4"],
    ]
    for before, after, layers in zip(states, states[1:], own, strict=False):
        changed = {name for name in before if not before[name].equal(after[name])}
        assert changed == {f"{layer}.{part}" for layer in layers for part in ("weight", "bias")}


def test_history_goes_through_the_phases_in_order(examples: tuple[Examples, Examples]) -> None:
    history = fit(stacked(), *examples, SETTINGS, seed=0)
    assert list(dict.fromkeys(row["phase"] for row in history)) == PHASES
    expected = [("layer 1", 0), ("layer 1", 1), ("layer 2", 1), ("layer 2", 2), ("layer 3", 2), ("layer 3", 3)]
    expected += [("fine-tuning", epoch) for epoch in (3, 4, 5, 6)]
    assert [(row["phase"], row["epoch"]) for row in history] == expected
    for row, following in pairwise(history):
        if row["phase"] == following["phase"]:
            assert following["validation_loss"] < row["validation_loss"]


def test_fine_tuning_improves_the_pretrained_network(examples: tuple[Examples, Examples]) -> None:
    model = stacked()
    untrained = model.score(examples[1].batch(slice(None))[0]).mean().item() * 64
    tuned = [row["validation_loss"] for row in fit(model, *examples, SETTINGS, seed=0) if row["phase"] == PHASES[-1]]
    assert tuned[0] < untrained
    assert tuned[-1] < 0.8 * tuned[0]


@pytest.mark.parametrize("loss", ["mse", "bce"])
def test_a_layer_s_target_is_the_code_of_the_layer_below(loss: Loss) -> None:
    model = stacked(loss=loss)
    x = torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    first, second, third, _ = (phase.loss(x, None, torch.Generator())["reconstruction"] for phase in model.phases)
    h1 = model.down[:2](x.flatten(1))
    h2 = model.down[2:4](h1)
    rebuilt = model.up[4](h1)
    if loss == "mse":
        torch.testing.assert_close(first, (rebuilt - x.flatten(1)).square().sum(1))
    else:
        bce = torch.nn.BCEWithLogitsLoss(reduction="none")
        torch.testing.assert_close(first, bce(rebuilt, x.flatten(1)).sum(1))
    torch.testing.assert_close(second, (model.up[2:4](h2) - h1).square().sum(1))
    torch.testing.assert_close(third, (model.up[:2](model.down[4](h2)) - h2).square().sum(1))


def test_perfect_layers_make_a_perfect_network() -> None:
    """The layers' ways back, one after the other, are the decoder."""
    model = stacked()
    h2 = model.down[:4](torch.rand(5, 64))
    torch.testing.assert_close(model.up[4](model.up[2:4](h2)), model.up[2:](h2), rtol=0, atol=0)
    z = model.down[4](h2)
    torch.testing.assert_close(model.up[2:](model.up[:2](z)), model.decode(z).flatten(1), rtol=0, atol=0)


def test_the_joint_twin_is_the_undercomplete_autoencoder(examples: tuple[Examples, Examples]) -> None:
    other = build(STACKED | {"module": "undercomplete"}, (1, 8, 8), seed=0)
    twin = stacked(pretrain=False)
    assert fit(twin, *examples, SETTINGS, seed=0)[1:] == fit(other, *examples, SETTINGS, seed=0)[1:]
    assert all(a.equal(b) for a, b in zip(twin.parameters(), other.parameters(), strict=True))


def test_too_few_epochs_are_refused(examples: tuple[Examples, Examples]) -> None:
    with pytest.raises(SettingsError, match=r"epochs: 3 are too few for 4 phases \(layer 1, .*fine-tuning\)"):
        fit(stacked(), *examples, SETTINGS.model_copy(update={"epochs": 3}), seed=0)


def test_a_rerun_is_byte_identical(split: Split, tmp_path: Path) -> None:
    parts = Split(split.images[:600], split.labels[:600]), Split(split.images[600:700], split.labels[600:700])
    files = []
    for name in "ab":
        target = tmp_path / f"{name}.safetensors", tmp_path / f"{name}.csv"
        model, rows = trained("variants.x", STACKED, SETTINGS, (1, 8, 8), 0, *parts)
        save(model, STACKED, rows, *target)
        files.append([file.read_bytes() for file in target])
    assert files[0] == files[1]
    header, *lines = files[0][1].decode().splitlines()
    assert header.split(",")[:3] == ["epoch", "phase", "learning_rate"]
    assert len(lines) == SETTINGS.epochs + len(PHASES)
