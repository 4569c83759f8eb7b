from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor

from hourglass.core.errors import SettingsError
from hourglass.data.imageset import ImageSet
from hourglass.models.build import build
from hourglass.models.losses import Loss
from hourglass.training.fit import fit
from hourglass.training.settings import TrainSettings
from hourglass.variants.stacked import Stacked

SETTINGS = TrainSettings(epochs=6, batch_size=64, learning_rate=0.003)
STACKED: dict[str, Any] = {"latent_dim": 4, "hidden": [32, 16]}
PHASES = ["layer 1", "layer 2", "layer 3", "fine-tuning"]


Parts = tuple[ImageSet, ImageSet]


@pytest.fixture(scope="module")
def parts(digits: ImageSet) -> Parts:
    return digits.subset(slice(600)), digits.subset(slice(600, 800))


def stacked(**settings: Any) -> Stacked:
    model = build("stacked", STACKED | settings, (1, 8, 8), seed=0)
    assert isinstance(model, Stacked)
    return model


def weights(model: Stacked) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def only(count: int) -> property:
    """The first `count` phases."""
    phases = Stacked.phases.fget  # type: ignore[attr-defined]
    return property(lambda model: phases(model)[:count])


def test_a_phase_trains_its_own_layer_alone(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Training that ends a phase earlier ends with the weights that the phase starts from."""
    states = [weights(stacked())]
    for count in range(1, len(PHASES) + 1):
        model = stacked()
        with monkeypatch.context() as patch:
            patch.setattr(Stacked, "phases", only(count))
            epochs = count if count < len(PHASES) else SETTINGS.epochs
            fit(model, *parts, SETTINGS.model_copy(update={"epochs": epochs}), seed=0)
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


def test_history_has_the_phases_in_order(parts: Parts) -> None:
    history = fit(stacked(), *parts, SETTINGS, seed=0)
    assert list(dict.fromkeys(row["phase"] for row in history)) == PHASES
    expected = [("layer 1", 0), ("layer 1", 1), ("layer 2", 1), ("layer 2", 2), ("layer 3", 2), ("layer 3", 3)]
    expected += [("fine-tuning", epoch) for epoch in (3, 4, 5, 6)]
    assert [(row["phase"], row["epoch"]) for row in history] == expected
    for row, following in pairwise(history):
        if row["phase"] == following["phase"]:
            assert following["validation_loss"] < row["validation_loss"]


def test_fine_tuning_improves_the_pretrained_network(parts: Parts) -> None:
    model = stacked()
    untrained = model.score(parts[1].batch(slice(None))[0]).mean().item() * 64
    tuned = [row["validation_loss"] for row in fit(model, *parts, SETTINGS, seed=0) if row["phase"] == PHASES[-1]]
    assert tuned[0] < untrained
    assert tuned[-1] < 0.8 * tuned[0]


@pytest.mark.parametrize("loss", ["mse", "bce"])
def test_a_layers_target_is_the_output_of_the_layer_below(loss: Loss) -> None:
    model = stacked(loss=loss)
    x = torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    first, second, third, _ = (phase.loss(x, None, torch.Generator())["reconstruction"] for phase in model.phases)
    h1 = model.down[:2](x.flatten(1))
    h2 = model.down[2:4](h1)
    decoded = model.up[4](h1)
    if loss == "mse":
        torch.testing.assert_close(first, (decoded - x.flatten(1)).square().sum(1))
    else:
        bce = torch.nn.BCEWithLogitsLoss(reduction="none")
        torch.testing.assert_close(first, bce(decoded, x.flatten(1)).sum(1))
    torch.testing.assert_close(second, (model.up[2:4](h2) - h1).square().sum(1))
    torch.testing.assert_close(third, (model.up[:2](model.down[4](h2)) - h2).square().sum(1))


def test_the_layers_decoders_compose_to_the_decoder() -> None:
    model = stacked()
    h2 = model.down[:4](torch.rand(5, 64))
    torch.testing.assert_close(model.up[4](model.up[2:4](h2)), model.up[2:](h2), rtol=0, atol=0)
    z = model.down[4](h2)
    torch.testing.assert_close(model.up[2:](model.up[:2](z)), model.decode(z).flatten(1), rtol=0, atol=0)


def test_without_pretraining_it_is_undercomplete(parts: Parts) -> None:
    other = build("undercomplete", STACKED, (1, 8, 8), seed=0)
    joint = stacked(pretrain=False)
    assert fit(joint, *parts, SETTINGS, seed=0)[1:] == fit(other, *parts, SETTINGS, seed=0)[1:]
    assert all(a.equal(b) for a, b in zip(joint.parameters(), other.parameters(), strict=True))


def test_too_few_epochs_are_an_error(parts: Parts) -> None:
    with pytest.raises(SettingsError, match=r"epochs: 3 are too few for 4 phases \(layer 1, .*fine-tuning\)"):
        fit(stacked(), *parts, SETTINGS.model_copy(update={"epochs": 3}), seed=0)
