import math
import re
from collections.abc import Callable
from functools import partialmethod

import pytest
import torch
from torch import Tensor

from hourglass.core.errors import HourglassError
from hourglass.data.imageset import ImageSet
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build
from hourglass.models.losses import image_distance
from hourglass.models.trainable import Phase
from hourglass.training.fit import evaluate, fit, split
from hourglass.training.settings import TrainSettings
from hourglass.variants.vanilla import Vanilla

SETTINGS = TrainSettings(epochs=3, batch_size=64, learning_rate=0.003)
SHAPE = (1, 8, 8)

Parts = tuple[ImageSet, ImageSet]


@pytest.fixture(scope="module")
def parts(digits: ImageSet) -> Parts:
    return digits.subset(slice(1000)), digits.subset(slice(1000, 1200))


def settings(**changes: float) -> TrainSettings:
    return TrainSettings(**(SETTINGS.model_dump() | changes))


def vanilla() -> Autoencoder:
    return build("vanilla", {"latent_dim": 8}, SHAPE, seed=0)


def test_history_has_a_row_per_epoch_and_epoch_zero(parts: Parts) -> None:
    untrained = evaluate(vanilla(), parts[1], seed=0)
    history = fit(vanilla(), *parts, SETTINGS, seed=0)
    assert [row["epoch"] for row in history] == [0, 1, 2, 3]
    assert history[0]["validation_loss"] == pytest.approx(untrained["reconstruction"])
    assert history[3]["validation_loss"] < 0.8 * history[0]["validation_loss"]


def test_the_best_weights_on_validation_are_kept(parts: Parts) -> None:
    model = vanilla()
    history = fit(model, *parts, settings(learning_rate=0.05, epochs=6), seed=0)
    best = min(row["validation_loss"] for row in history[1:])
    assert evaluate(model, parts[1], seed=0)["reconstruction"] == pytest.approx(best)


def test_the_learning_rate_runs_one_cycle(parts: Parts) -> None:
    """Rises to the peak in the first third, then falls to almost nothing."""
    rates = [row["learning_rate"] for row in fit(vanilla(), *parts, settings(epochs=10), seed=0)[1:]]
    top = rates.index(max(rates))
    assert 2 <= top <= 4
    assert max(rates) == pytest.approx(SETTINGS.learning_rate, rel=0.1)
    assert rates[-1] < 0.1 * max(rates)


def test_evaluation_does_not_depend_on_the_batch_size(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = evaluate(vanilla(), parts[1], seed=0)["reconstruction"]
    monkeypatch.setattr(ImageSet, "batches", partialmethod(ImageSet.batches, 7))
    assert evaluate(vanilla(), parts[1], seed=0)["reconstruction"] == pytest.approx(whole, rel=1e-6)


def test_a_diverging_learning_rate_is_named(parts: Parts) -> None:
    with pytest.raises(HourglassError, match=r"training diverged: .*`reconstruction`.*epoch 1; lower .*\(now 1000\)"):
        fit(vanilla(), *parts, settings(learning_rate=1000.0), seed=0)


def test_a_nan_names_the_term_and_the_epoch(parts: Parts) -> None:
    model = build("vae", {"latent_dim": 4, "hidden": [32]}, SHAPE, seed=0)
    original: Callable[..., dict[str, Tensor]] = model.loss
    calls = 0

    def loss(x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        nonlocal calls
        calls += model.training
        terms = original(x, y, generator)
        return terms | {"kl": terms["kl"] * math.nan} if calls > 20 else terms

    model.loss = loss  # type: ignore[method-assign]
    with pytest.raises(HourglassError, match="the training term `kl` is nan at epoch 2"):
        fit(model, *parts, SETTINGS, seed=0)


class Twice(Vanilla):
    """The decoder alone, then all parameters; with `aim` below 1 the second phase trains for darker images."""

    aim = 1.0

    @property
    def phases(self) -> list[Phase]:
        return [
            Phase("decoder", self.loss, list(self.decoder.parameters())),
            Phase("all", self.second, list(self.parameters()), share=2),
        ]

    def second(self, x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        target = self.aim * x if self.training else x
        return {"again": image_distance(self.decode(self.encode(x)), target, "mse")}


def twice(aim: float = 1.0) -> Twice:
    torch.manual_seed(0)
    model = Twice(SHAPE, latent_dim=8)
    model.aim = aim
    return model


def test_each_phase_has_its_share_of_epochs_and_a_cycle(parts: Parts) -> None:
    history = fit(twice(), *parts, settings(epochs=18), seed=0)
    first, second = ([row for row in history if row["phase"] == name] for name in ("decoder", "all"))
    assert [row["epoch"] for row in first] == list(range(7))
    assert [row["epoch"] for row in second] == list(range(6, 19))
    for rows in (first, second):
        rates = [row["learning_rate"] for row in rows]
        assert rates[1] < 0.1 * max(rates)
        assert max(rates) == pytest.approx(SETTINGS.learning_rate, rel=0.15)
        assert rates[-1] < 0.2 * max(rates)


def test_a_phase_starts_from_the_best_weights_before(parts: Parts) -> None:
    model, steps = twice(), 0
    original: Callable[..., dict[str, Tensor]] = model.loss

    def loss(x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        """In the last two of the phase's four epochs of 16 steps, the gradient's sign is wrong."""
        nonlocal steps
        steps += model.training
        terms = original(x, y, generator)
        return {"reconstruction": -terms["reconstruction"]} if model.training and 32 < steps <= 64 else terms

    model.loss = loss  # type: ignore[method-assign]
    history = fit(model, *parts, settings(epochs=12), seed=0)
    first, second = ([row for row in history if row["phase"] == name] for name in ("decoder", "all"))
    losses = [row["validation_loss"] for row in first]
    assert min(losses) == losses[2] < losses[4]
    assert second[0]["validation_again"] == pytest.approx(losses[2])


def failure(model: Autoencoder, parts: Parts) -> tuple[float, float, int]:
    """Where the second phase diverges: the loss that stopped it, the loss it is compared with, the epoch."""
    with pytest.raises(HourglassError, match="in phase `all` the validation term `again`") as caught:
        fit(model, *parts, settings(epochs=9, learning_rate=0.02), seed=0)
    match = re.search(r"is ([\d.]+), up from ([\d.]+), at epoch (\d);", str(caught.value))
    assert match is not None
    return float(match[1]), float(match[2]), int(match[3])


def test_a_phase_must_improve_on_its_start(parts: Parts) -> None:
    """Better than untrained is not enough, but the phase may take all its epochs."""
    untrained = evaluate(twice(), parts[1], seed=0)["reconstruction"]
    after, before, epoch = failure(twice(aim=0.1), parts)
    assert before < 0.7 * untrained
    assert before < after < untrained
    assert epoch == 9


def test_an_epoch_worse_than_untrained_stops_at_once(parts: Parts) -> None:
    untrained = evaluate(twice(), parts[1], seed=0)["reconstruction"]
    after, before, epoch = failure(twice(aim=-5.0), parts)
    assert before == pytest.approx(untrained, rel=1e-3)
    assert after > before
    assert epoch < 9


@pytest.mark.parametrize(
    ("epochs", "shares", "expected"),
    [
        (5, [1], [5]),
        (8, [1, 1, 1, 3], [2, 1, 1, 4]),
        (20, [1, 1, 1, 3], [4, 3, 3, 10]),
        (3, [1, 8, 1], [1, 1, 1]),
        (10, [0.1, 0.9], [1, 9]),
        (7, [0.5, 0.5], [4, 3]),
    ],
)
def test_epochs_divide_by_shares(epochs: int, shares: list[float], expected: list[int]) -> None:
    assert split(epochs, [Phase("", vanilla().loss, [], share) for share in shares]) == expected
