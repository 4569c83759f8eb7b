"""The only training loop: seeded, one-cycle AdamW, best weights on validation, phase by phase."""

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import OneCycleLR
from tqdm import tqdm

from hourglass.core.device import require_repeatable
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.data.imageset import ImageSet
from hourglass.models.trainable import LossTerms, Phase, Trainable
from hourglass.training.optimizer import AdamW
from hourglass.training.settings import TrainSettings

Row = dict[str, Any]


def fit(model: Trainable, train: ImageSet, validation: ImageSet, settings: TrainSettings, seed: int) -> list[Row]:
    """Train `model` in place, on its device, and leave it with the weights of its best epoch on `validation`.

    The model's phases run one after another and divide `settings.epochs` by their shares. Each has an optimizer and
    a one-cycle schedule of its own. It ends with the weights of its best epoch: the lowest sum of validation terms.

    Returns:
        One row per epoch: epoch, phase, learning_rate, train_<term>, validation_<term>, and their sums train_loss and
        validation_loss; means per image. Epochs are numbered across phases. Each phase begins with a row without
        training terms, before its first step: epoch 0, or the last epoch of the phase before.

    Raises:
        SettingsError: there are fewer epochs than phases.
        HourglassError: training diverged. A term became NaN or infinite, an epoch was worse than both the untrained
            network and the start of its phase, or no epoch of a phase improved on its start. The message names the
            term, the epoch and the learning rate.
    """
    # Denormal numbers slow a CPU down many-fold, and matter to no result.
    torch.set_flush_denormal(True)
    require_repeatable()
    training = _Training(model, train, validation, settings, seed, torch.Generator().manual_seed(seed))
    phases = model.phases
    untrained = [training.measure(phase) for phase in phases]
    if model.closed_form:
        model.solve(train)
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
    """Epochs of each phase, in proportion to the shares: at least one each, the next to the phase furthest behind.

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
    """What the phases of one training share, including the state of the generator."""

    model: Trainable
    train: ImageSet
    validation: ImageSet
    settings: TrainSettings
    seed: int
    generator: torch.Generator

    def measure(self, phase: Phase) -> dict[str, float]:
        """Means of the phase's terms on the validation images."""
        return evaluate(self.model, self.validation, self.seed, phase.loss)

    def run(
        self, phase: Phase, epochs: range, untrained: Mapping[str, float], before: Mapping[str, float]
    ) -> list[Row]:
        """Train one phase; return its rows of the history.

        Args:
            epochs: the last epoch before this phase, and then its own epochs.
            untrained: the phase's validation terms before any training.
            before: its validation terms after the phases before it.
        """
        model, settings = self.model, self.settings
        history = [_row(epochs[0], phase.name, 0.0, {}, before)]
        # A new one-cycle schedule first makes a trained network worse, so an epoch may exceed `before`.
        limit = max(before, untrained, key=lambda terms: sum(terms.values()))
        steps = math.ceil(len(self.train) / settings.batch_size) * len(epochs[1:])
        optimizer = AdamW(phase.parameters, weight_decay=settings.weight_decay, fused=True)
        schedule = OneCycleLR(optimizer, settings.learning_rate, total_steps=steps)
        best, best_weights = sum(before.values()), None
        with tqdm(total=steps, desc=phase.name, unit="step", disable=not sys.stderr.isatty()) as bar:
            for epoch in epochs[1:]:
                rate = float(schedule.get_last_lr()[0])
                trained = self.epoch(phase, epoch, optimizer, schedule, bar)
                measured = self.measure(phase)
                if not sum(measured.values()) <= sum(limit.values()):
                    _stop(phase, "validation", measured, epoch, settings, limit)
                history.append(_row(epoch, phase.name, rate, trained, measured))
                loss = history[-1]["validation_loss"]
                bar.set_postfix(epoch=epoch, validation_loss=f"{loss:.4g}")
                if bar.disable:
                    print(f"epoch {epoch}/{settings.epochs}  {phase.name}  validation loss {loss:.5g}", flush=True)
                if loss <= best:
                    best, best_weights = loss, {name: value.clone() for name, value in model.state_dict().items()}
        if best_weights is None:
            _stop(phase, "validation", measured, epoch, settings, before)
        model.load_state_dict(best_weights)
        return history

    def epoch(
        self, phase: Phase, epoch: int, optimizer: Optimizer, schedule: OneCycleLR, bar: "tqdm[NoReturn]"
    ) -> dict[str, float]:
        """Train for one pass over the images in random order; return the mean of each term."""
        model, settings = self.model, self.settings
        model.train()
        sums: dict[str, Tensor] = {}
        for rows in torch.randperm(len(self.train), generator=self.generator).split(settings.batch_size):
            x, y = self.train.batch(rows.numpy(), model.device)
            terms = phase.loss(x, model.condition(y), self.generator)
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
                # Kept as tensors: converting to numbers at every step would slow the loop.
                sums[name] = sums.get(name, term.new_zeros(())) + term.detach().sum()
        return {name: total.item() / len(self.train) for name, total in sums.items()}


@torch.inference_mode()
def evaluate(model: Trainable, images: ImageSet, seed: int, loss: LossTerms | None = None) -> dict[str, float]:
    """Mean of each term of `loss` (by default the model's) over `images`; deterministic for a given seed."""
    model.eval()
    generator = torch.Generator().manual_seed(seed)
    sums: dict[str, float] = {}
    for x, y in images.batches(on=model.device):
        for name, term in (loss or model.loss)(x, model.condition(y), generator).items():
            sums[name] = sums.get(name, 0.0) + term.cpu().double().sum().item()
    return {name: total / len(images) for name, total in sums.items()}


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
    """Raise an error that names the term at fault: the first that is not finite, else the one that rose the most."""
    wrong = next((name for name, value in means.items() if not math.isfinite(value)), None)
    if wrong is None and before is not None:
        wrong = max(means, key=lambda name: means[name] - before[name])
    above = f", up from {before[wrong]:.4g}," if before and wrong else ""
    raise HourglassError(
        f"training diverged: in phase `{phase.name}` the {part} term `{wrong}` is {means[wrong or '']:.4g}{above} "
        f"at epoch {epoch}; lower the learning rate (now {settings.learning_rate:g})"
    )
