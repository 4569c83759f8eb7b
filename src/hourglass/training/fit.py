"""The only training loop: seeded, one-cycle AdamW, best weights on validation."""

import math
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import torch
from torch import Tensor
from tqdm import tqdm

from hourglass.core.errors import HourglassError
from hourglass.models.autoencoder import Autoencoder
from hourglass.training.settings import TrainSettings

EVALUATION_BATCH = 500


@dataclass(frozen=True)
class Examples:
    """Images (N, C, H, W) uint8 in 0..255, and class numbers (N,) for conditional models, else None."""

    images: Tensor
    labels: Tensor | None

    def batch(self, index: Any) -> tuple[Tensor, Tensor | None]:
        """Float32 images in [0, 1] and labels at `index`; converted per batch, so memory stays flat."""
        images = self.images[index].float().div_(255)
        return images, None if self.labels is None else self.labels[index]

    def batches(self, size: int) -> Iterator[tuple[Tensor, Tensor | None]]:
        """All examples in order, `size` at a time."""
        for start in range(0, len(self.images), size):
            yield self.batch(slice(start, start + size))


def fit(
    model: Autoencoder, train: Examples, validation: Examples, settings: TrainSettings, seed: int
) -> list[dict[str, float]]:
    """Train `model` in place and leave it with the weights of its best epoch on `validation`.

    Epoch 0 is the untrained network. The best epoch is the one with the lowest sum of validation terms.

    Returns:
        One row per epoch: epoch, learning_rate, train_<term>, validation_<term>, and their sums
        train_loss and validation_loss; means per image.

    Raises:
        HourglassError: a term became NaN or infinite, or training left the network worse than
            untrained; names the term, the epoch and the learning rate.
    """
    # Denormal numbers slow a CPU down many-fold and change nothing that matters.
    torch.set_flush_denormal(True)
    torch.use_deterministic_algorithms(True)
    generator = torch.Generator().manual_seed(seed)
    untrained = evaluate(model, validation, seed)
    history = [_row(0, 0.0, {}, untrained)]
    if model.closed_form:
        model.solve(train.images)
        return [*history, _row(1, 0.0, evaluate(model, train, seed), evaluate(model, validation, seed))]

    steps = math.ceil(len(train.images) / settings.batch_size)
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=settings.weight_decay, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, settings.learning_rate, total_steps=settings.epochs * steps
    )
    best, best_weights = math.inf, model.state_dict()
    with tqdm(total=settings.epochs * steps, unit="step", disable=not sys.stderr.isatty()) as bar:
        for epoch in range(1, settings.epochs + 1):
            rate = float(schedule.get_last_lr()[0])
            model.train()
            sums: dict[str, Tensor] = {}
            for index in torch.randperm(len(train.images), generator=generator).split(settings.batch_size):
                terms = model.loss(*train.batch(index), generator)
                loss = torch.stack([term.mean() for term in terms.values()]).sum()
                if not loss.isfinite():
                    _stop("training", {name: term.mean().item() for name, term in terms.items()}, epoch, settings)
                optimizer.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(model.parameters(), settings.gradient_clip)
                optimizer.step()
                schedule.step()
                bar.update()
                for name, term in terms.items():
                    # Kept as tensors: reading a number out at every step would stall the loop.
                    sums[name] = sums.get(name, torch.zeros(())) + term.detach().sum()
            trained = {name: total.item() / len(train.images) for name, total in sums.items()}
            measured = evaluate(model, validation, seed)
            if not sum(measured.values()) <= sum(untrained.values()):
                _stop("validation", measured, epoch, settings, untrained)
            history.append(_row(epoch, rate, trained, measured))
            loss_now = history[-1]["validation_loss"]
            bar.set_postfix(epoch=epoch, validation_loss=f"{loss_now:.4g}")
            if bar.disable:
                print(f"epoch {epoch}/{settings.epochs}  validation loss {loss_now:.5g}", flush=True)
            if loss_now < best:
                best, best_weights = loss_now, {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(best_weights)
    model.eval()
    return history


@torch.inference_mode()
def evaluate(model: Autoencoder, examples: Examples, seed: int) -> dict[str, float]:
    """Mean of each loss term over `examples`, with the same random draws every time."""
    model.eval()
    generator = torch.Generator().manual_seed(seed)
    sums: dict[str, float] = {}
    for x, y in examples.batches(EVALUATION_BATCH):
        for name, term in model.loss(x, y, generator).items():
            sums[name] = sums.get(name, 0.0) + term.double().sum().item()
    return {name: total / len(examples.images) for name, total in sums.items()}


def _row(epoch: int, rate: float, trained: dict[str, float], measured: dict[str, float]) -> dict[str, float]:
    row: dict[str, float] = {"epoch": epoch, "learning_rate": rate}
    for part, terms in (("train", trained), ("validation", measured)):
        row |= {f"{part}_{name}": value for name, value in terms.items()}
        if terms:
            row[f"{part}_loss"] = sum(terms.values())
    return row


def _stop(
    part: str,
    means: Mapping[str, float],
    epoch: int,
    settings: TrainSettings,
    untrained: Mapping[str, float] | None = None,
) -> NoReturn:
    """Say which term went wrong: the first that is not finite, else the one that rose most above `untrained`."""
    wrong = next((name for name, value in means.items() if not math.isfinite(value)), None)
    if wrong is None and untrained is not None:
        wrong = max(means, key=lambda name: means[name] - untrained[name])
    before = f", above the untrained network's {untrained[wrong]:.4g}," if untrained and wrong else ""
    raise HourglassError(
        f"training diverged: the {part} term `{wrong}` is {means[wrong or '']:.4g}{before} at epoch {epoch}; "
        f"lower the learning rate (now {settings.learning_rate:g})"
    )
