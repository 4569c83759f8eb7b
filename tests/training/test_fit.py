import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from torch import Tensor

from hourglass.core.errors import HourglassError
from hourglass.data.arrays import Split
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build
from hourglass.models.losses import image_distance
from hourglass.models.trainable import Phase
from hourglass.training.fit import Examples, evaluate, fit, split
from hourglass.training.session import save, trained
from hourglass.training.settings import TrainSettings
from hourglass.variants.vanilla import Vanilla

SETTINGS = TrainSettings(epochs=3, batch_size=64, learning_rate=0.003, weight_decay=0.01, gradient_clip=5.0)
VANILLA = {"module": "vanilla", "latent_dim": 8}
VAE = {"module": "vae", "latent_dim": 4, "hidden": [32]}
CVAE = {"module": "cvae", "latent_dim": 4, "hidden": [32]}
VQVAE = {"module": "vqvae", "latent_dim": 16, "codes": 8, "channels": [4, 8]}


@pytest.fixture(scope="module")
def digits() -> NDArray[np.uint8]:
    return np.rint(load_digits().images[:, None] * (255 / 16)).astype(np.uint8)


@pytest.fixture(scope="module")
def parts(digits: NDArray[np.uint8]) -> tuple[Examples, Examples]:
    images = torch.from_numpy(digits)
    return Examples(images[:1000], None), Examples(images[1000:1200], None)


def vanilla() -> Autoencoder:
    return build(VANILLA, (1, 8, 8), seed=0)


def test_history_has_the_untrained_network_and_every_epoch(parts: tuple[Examples, Examples]) -> None:
    untrained = evaluate(vanilla(), parts[1], seed=0)
    history = fit(vanilla(), *parts, SETTINGS, seed=0)
    assert [row["epoch"] for row in history] == [0, 1, 2, 3]
    assert history[0]["validation_loss"] == pytest.approx(untrained["reconstruction"])
    assert history[3]["validation_loss"] < 0.8 * history[0]["validation_loss"]


def test_the_model_keeps_the_weights_of_its_best_validation_epoch(parts: tuple[Examples, Examples]) -> None:
    model = vanilla()
    history = fit(model, *parts, replace_settings(learning_rate=0.05, epochs=6), seed=0)
    best = min(row["validation_loss"] for row in history[1:])
    assert evaluate(model, parts[1], seed=0)["reconstruction"] == pytest.approx(best)


def replace_settings(**changes: float) -> TrainSettings:
    return TrainSettings(**(SETTINGS.model_dump() | changes))


def test_the_schedule_is_one_cycle(parts: tuple[Examples, Examples]) -> None:
    """Rises to the peak in the first third, then falls to almost nothing."""
    rates = [row["learning_rate"] for row in fit(vanilla(), *parts, replace_settings(epochs=10), seed=0)[1:]]
    top = rates.index(max(rates))
    assert 2 <= top <= 4
    assert max(rates) == pytest.approx(SETTINGS.learning_rate, rel=0.1)
    assert rates[-1] < 0.1 * max(rates)


def test_evaluation_is_the_mean_over_images_whatever_the_batches(
    parts: tuple[Examples, Examples], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = evaluate(vanilla(), parts[1], seed=0)["reconstruction"]
    monkeypatch.setattr("hourglass.training.fit.EVALUATION_BATCH", 7)
    assert evaluate(vanilla(), parts[1], seed=0)["reconstruction"] == pytest.approx(whole, rel=1e-6)


def test_a_diverging_learning_rate_stops_with_the_reason(parts: tuple[Examples, Examples]) -> None:
    with pytest.raises(HourglassError, match=r"training diverged: .*`reconstruction`.*epoch 1; lower .*\(now 1000\)"):
        fit(vanilla(), *parts, replace_settings(learning_rate=1000.0), seed=0)


def test_a_nan_stops_with_the_term_and_the_epoch(parts: tuple[Examples, Examples]) -> None:
    model = build(VAE, (1, 8, 8), seed=0)
    honest: Callable[..., dict[str, Tensor]] = model.loss
    calls = 0

    def loss(x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        nonlocal calls
        calls += model.training
        terms = honest(x, y, generator)
        return terms | {"kl": terms["kl"] * math.nan} if calls > 20 else terms

    model.loss = loss  # type: ignore[method-assign]
    with pytest.raises(HourglassError, match="the training term `kl` is nan at epoch 2"):
        fit(model, *parts, SETTINGS, seed=0)


class Twice(Vanilla):
    """The decoder alone, then everything; an `aim` below 1 makes the second phase train for darker images."""

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
    model = Twice((1, 8, 8), latent_dim=8)
    model.aim = aim
    return model


def test_each_phase_has_its_part_of_the_epochs_and_its_own_schedule(parts: tuple[Examples, Examples]) -> None:
    history = fit(twice(), *parts, replace_settings(epochs=18), seed=0)
    first, second = ([row for row in history if row["phase"] == name] for name in ("decoder", "all"))
    assert [row["epoch"] for row in first] == list(range(7))
    assert [row["epoch"] for row in second] == list(range(6, 19))
    for rows in (first, second):
        rates = [row["learning_rate"] for row in rows]
        assert rates[1] < 0.1 * max(rates)
        assert max(rates) == pytest.approx(SETTINGS.learning_rate, rel=0.15)
        assert rates[-1] < 0.2 * max(rates)


def test_a_phase_hands_on_its_best_weights(parts: tuple[Examples, Examples]) -> None:
    model, steps = twice(), 0
    honest: Callable[..., dict[str, Tensor]] = model.loss

    def loss(x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        """In the last two of the phase's four epochs of 16 steps, the gradient's sign is wrong."""
        nonlocal steps
        steps += model.training
        terms = honest(x, y, generator)
        return {"reconstruction": -terms["reconstruction"]} if model.training and 32 < steps <= 64 else terms

    model.loss = loss  # type: ignore[method-assign]
    history = fit(model, *parts, replace_settings(epochs=12), seed=0)
    first, second = ([row for row in history if row["phase"] == name] for name in ("decoder", "all"))
    losses = [row["validation_loss"] for row in first]
    assert min(losses) == losses[2] < losses[4]
    assert second[0]["validation_again"] == pytest.approx(losses[2])


def failure(model: Autoencoder, parts: tuple[Examples, Examples]) -> tuple[float, float, int]:
    """Where the second phase diverges: the loss that stopped it, the loss it is held against, the epoch."""
    with pytest.raises(HourglassError, match="in phase `all` the validation term `again`") as caught:
        fit(model, *parts, replace_settings(epochs=9, learning_rate=0.02), seed=0)
    found = re.search(r"is ([\d.]+), up from ([\d.]+), at epoch (\d);", str(caught.value))
    assert found is not None
    return float(found[1]), float(found[2]), int(found[3])


def test_a_phase_is_held_against_what_it_found(parts: tuple[Examples, Examples]) -> None:
    """Better than untrained does not do; but the phase may take all of its epochs to improve on its start."""
    untrained = evaluate(twice(), parts[1], seed=0)["reconstruction"]
    after, before, epoch = failure(twice(aim=0.1), parts)
    assert before < 0.7 * untrained
    assert before < after < untrained
    assert epoch == 9


def test_an_epoch_worse_than_untrained_stops_at_once(parts: tuple[Examples, Examples]) -> None:
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
def test_epochs_are_divided_by_shares(epochs: int, shares: list[float], expected: list[int]) -> None:
    assert split(epochs, [Phase("", vanilla().loss, [], share) for share in shares]) == expected


@pytest.fixture
def splits(digits: NDArray[np.uint8]) -> tuple[Split, Split]:
    labels = load_digits().target.astype(np.int64)
    return Split(digits[:600], labels[:600]), Split(digits[600:700], labels[600:700])


def run(folder: Path, variant: dict[str, object], splits: tuple[Split, Split], seed: int = 0) -> tuple[bytes, bytes]:
    weights, history = folder / "w.safetensors", folder / "h.csv"
    model, rows = trained("variants.x", variant, SETTINGS, (1, 8, 8), seed, *splits)
    save(model, variant, rows, weights, history)
    return weights.read_bytes(), history.read_bytes()


@pytest.mark.parametrize("variant", [VANILLA, VAE, CVAE, VQVAE, {"module": "pca", "latent_dim": 3}])
def test_a_rerun_is_byte_identical(tmp_path: Path, variant: dict[str, object], splits: tuple[Split, Split]) -> None:
    first, second = run(tmp_path / "a", variant, splits), run(tmp_path / "b", variant, splits)
    assert first == second


@pytest.mark.parametrize(("variant", "phase"), [(VANILLA, "train"), ({"module": "pca", "latent_dim": 3}, "solve")])
def test_every_history_names_its_phases(
    tmp_path: Path, variant: dict[str, object], phase: str, splits: tuple[Split, Split]
) -> None:
    header, *lines = (line.split(",") for line in run(tmp_path, variant, splits)[1].decode().splitlines())
    assert {line[header.index("phase")] for line in lines} == {phase}


def test_another_seed_gives_another_model(tmp_path: Path, splits: tuple[Split, Split]) -> None:
    assert run(tmp_path, VANILLA, splits)[0] != run(tmp_path, VANILLA, splits, seed=1)[0]


@pytest.mark.parametrize("variant", [VANILLA, VAE])
def test_no_label_reaches_an_unsupervised_loss(
    tmp_path: Path, variant: dict[str, object], splits: tuple[Split, Split]
) -> None:
    """Wrong labels change nothing, and the loss sees none at all."""
    wrong = tuple(replace(split, labels=(split.labels + 3) % 10) for split in splits)
    assert run(tmp_path, variant, splits) == run(tmp_path, variant, (wrong[0], wrong[1]))
    model = build(variant, (1, 8, 8), seed=0)
    seen: list[Tensor | None] = []
    honest = model.loss
    model.loss = lambda x, y, generator: seen.append(y) or honest(x, y, generator)  # type: ignore[method-assign,func-returns-value]
    examples = Examples(torch.from_numpy(splits[0].images), None)
    fit(model, examples, examples, replace_settings(epochs=1), seed=0)
    assert seen
    assert all(y is None for y in seen)


def test_a_full_disk_leaves_the_earlier_model(
    tmp_path: Path, splits: tuple[Split, Split], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = run(tmp_path, VANILLA, splits)[0]

    def full(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[: len(content) // 2])
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(HourglassError, match=r"cannot write .*w\.safetensors: No space left on device"):
        run(tmp_path, VANILLA, splits, seed=1)
    assert (tmp_path / "w.safetensors").read_bytes() == before
    assert [file.name for file in tmp_path.iterdir() if "partial" in file.name] == []
