"""The only training loop: seeded, one-cycle AdamW, best weights on validation, phase by phase."""

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import torch
from torch import Tensor
from tqdm import tqdm

from hourglass.core.errors import HourglassError, SettingsError
from hourglass.models.trainable import LossTerms, Phase, Pixels, Trainable
from hourglass.training.optimizer import AdamW
from hourglass.training.settings import TrainSettings

EVALUATION_BATCH = 500

Row = dict[str, Any]


@dataclass(frozen=True)
class Examples:
    """Images (N, C, H, W) uint8 in 0..255, and class numbers (N,) for conditional models, else None."""

    images: Pixels
    labels: Tensor | None

    def batch(self, index: Any) -> tuple[Tensor, Tensor | None]:
        """Float32 images in [0, 1] and labels at `index`; converted per batch, so memory stays flat."""
        images = self.images[index].float().div_(255)
        return images, None if self.labels is None else self.labels[index]

    def batches(self, size: int) -> Iterator[tuple[Tensor, Tensor | None]]:
        """All examples in order, `size` at a time."""
        for start in range(0, len(self.images), size):
            yield self.batch(slice(start, start + size))


def fit(model: Trainable, train: Examples, validation: Examples, settings: TrainSettings, seed: int) -> list[Row]:
    """Train `model` in place and leave it with the weights of its best epoch on `validation`.

    The model's phases follow one another and divide `settings.epochs` among themselves by their shares. Each
    has its own optimizer and one-cycle schedule, and hands on the weights of its best epoch: the one with
    the lowest sum of validation terms.

    Returns:
        One row per epoch: epoch, phase, learning_rate, train_<term>, validation_<term>, and their sums
        train_loss and validation_loss; means per image. Epochs count on through the phases. Before its
        first epoch each phase has a row without training terms: the network as the phase finds it, at
        epoch 0 (untrained) or at the last epoch of the phase before.

    Raises:
        SettingsError: there are fewer epochs than phases.
        HourglassError: a term became NaN or infinite, an epoch was worse than both the untrained network
            and the one its phase found, or a phase left the network worse than it found it; names the
            term, the epoch and the learning rate.
    """
    # Denormal numbers slow a CPU down many-fold and change nothing that matters.
    torch.set_flush_denormal(True)
    # The same as use_deterministic_algorithms, which would import PyTorch's compiler, seconds in each process.
    torch.set_deterministic_debug_mode("error")
    # That would also fill every new tensor before its first use: time spent to expose bugs that PyTorch may have.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    training = _Training(model, train, validation, settings, seed, torch.Generator().manual_seed(seed))
    phases = model.phases
    untrained = [training.measure(phase) for phase in phases]
    if model.closed_form:
        model.solve(train.images)
        solved = evaluate(model, train, seed), evaluate(model, validation, seed)
        return [_row(0, "solve", 0.0, {}, untrained[0]), _row(1, "solve", 0.0, *solved)]

    history: list[Row] = []
    done = 0
    for phase, epochs, start in zip(phases, split(settings.epochs, phases), untrained, strict=True):
        before = training.measure(phase) if done else start
        history += training.run(phase, range(done, done + epochs + 1), start, before)
        done += epochs
    model.eval()
    return history


def split(epochs: int, phases: Sequence[Phase]) -> list[int]:
    """Divide `epochs` by the phases' shares: one at least for each, the rest to whichever is furthest behind.

    Raises:
        SettingsError: there are fewer epochs than phases.
    """
    if epochs < len(phases):
        names = ", ".join(phase.name for phase in phases)
        raise SettingsError(f"params.yaml: epochs: {epochs} are too few for {len(phases)} phases ({names})")
    due = [epochs * phase.share / sum(phase.share for phase in phases) for phase in phases]
    given = [1] * len(phases)
    while sum(given) < epochs:
        behind = [wanted - so_far for wanted, so_far in zip(due, given, strict=True)]
        given[behind.index(max(behind))] += 1
    return given


@dataclass(frozen=True)
class _Training:
    """What the phases of one training have in common. The generator's draws go on from one to the next."""

    model: Trainable
    train: Examples
    validation: Examples
    settings: TrainSettings
    seed: int
    generator: torch.Generator

    def measure(self, phase: Phase) -> dict[str, float]:
        """Means of the phase's terms on the validation images."""
        return evaluate(self.model, self.validation, self.seed, phase.loss)

    def run(
        self, phase: Phase, epochs: range, untrained: Mapping[str, float], before: Mapping[str, float]
    ) -> list[Row]:
        """One phase.

        Args:
            epochs: numbers of its epochs, after that of the last epoch before it.
            untrained: the phase's terms before any training.
            before: its terms after the phases before it.
        """
        model, settings = self.model, self.settings
        history = [_row(epochs[0], phase.name, 0.0, {}, before)]
        # A restarted schedule first makes a trained network worse: only beyond this is an epoch lost.
        limit = max(before, untrained, key=lambda terms: sum(terms.values()))
        steps = math.ceil(len(self.train.images) / settings.batch_size) * len(epochs[1:])
        optimizer = AdamW(phase.parameters, weight_decay=settings.weight_decay, fused=True)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, settings.learning_rate, total_steps=steps)
        best, best_weights = sum(before.values()), None
        with tqdm(total=steps, desc=phase.name, unit="step", disable=not sys.stderr.isatty()) as bar:
            for epoch in epochs[1:]:
                rate = float(schedule.get_last_lr()[0])
                model.train()
                sums: dict[str, Tensor] = {}
                for index in torch.randperm(len(self.train.images), generator=self.generator).split(
                    settings.batch_size
                ):
                    terms = phase.loss(*self.train.batch(index), self.generator)
                    loss = torch.stack([term.mean() for term in terms.values()]).sum()
                    if not loss.isfinite():
                        means = {name: term.mean().item() for name, term in terms.items()}
                        _stop(phase, "training", means, epoch, settings)
                    optimizer.zero_grad()
                    loss.backward()
                    torch.nn.utils.clip_grad_norm_(phase.parameters, settings.gradient_clip)
                    optimizer.step()
                    schedule.step()
                    bar.update()
                    for name, term in terms.items():
                        # Kept as tensors: reading a number out at every step would stall the loop.
                        sums[name] = sums.get(name, torch.zeros(())) + term.detach().sum()
                trained = {name: total.item() / len(self.train.images) for name, total in sums.items()}
                measured = self.measure(phase)
                if not sum(measured.values()) <= sum(limit.values()):
                    _stop(phase, "validation", measured, epoch, settings, limit)
                history.append(_row(epoch, phase.name, rate, trained, measured))
                loss_now = history[-1]["validation_loss"]
                bar.set_postfix(epoch=epoch, validation_loss=f"{loss_now:.4g}")
                if bar.disable:
                    print(f"epoch {epoch}/{settings.epochs}  {phase.name}  validation loss {loss_now:.5g}", flush=True)
                if loss_now <= best:
                    best, best_weights = loss_now, {name: value.clone() for name, value in model.state_dict().items()}
        if best_weights is None:
            _stop(phase, "validation", measured, epoch, settings, before)
        model.load_state_dict(best_weights)
        return history


@torch.inference_mode()
def evaluate(model: Trainable, examples: Examples, seed: int, loss: LossTerms | None = None) -> dict[str, float]:
    """Mean of each term of `loss` (the model's, by default), with the same random draws every time."""
    model.eval()
    generator = torch.Generator().manual_seed(seed)
    sums: dict[str, float] = {}
    for x, y in examples.batches(EVALUATION_BATCH):
        for name, term in (loss or model.loss)(x, y, generator).items():
            sums[name] = sums.get(name, 0.0) + term.double().sum().item()
    return {name: total / len(examples.images) for name, total in sums.items()}


def _row(epoch: int, phase: str, rate: float, trained: Mapping[str, float], measured: Mapping[str, float]) -> Row:
    row: Row = {"epoch": epoch, "phase": phase, "learning_rate": rate}
    for part, terms in (("train", trained), ("validation", measured)):
        row |= {f"{part}_{name}": value for name, value in terms.items()}
        if terms:
            row[f"{part}_loss"] = sum(terms.values())
    return row


def _stop(
    phase: Phase,
    part: str,
    means: Mapping[str, float],
    epoch: int,
    settings: TrainSettings,
    before: Mapping[str, float] | None = None,
) -> NoReturn:
    """Say which term went wrong: the first that is not finite, else the one that rose most above `before`."""
    wrong = next((name for name, value in means.items() if not math.isfinite(value)), None)
    if wrong is None and before is not None:
        wrong = max(means, key=lambda name: means[name] - before[name])
    above = f", up from {before[wrong]:.4g}," if before and wrong else ""
    raise HourglassError(
        f"training diverged: in phase `{phase.name}` the {part} term `{wrong}` is {means[wrong or '']:.4g}{above} "
        f"at epoch {epoch}; lower the learning rate (now {settings.learning_rate:g})"
    )
