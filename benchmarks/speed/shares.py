"""Measure the share of peak matmul throughput that the training of each network reaches.

    python -m benchmarks.speed.shares

A network's arithmetic is counted as six operations per multiply-add of its forward pass: two forward, and twice that
backward. That is the usual count, and a little too high, since the input of the first layer needs no gradient. All else
in training (activations, loss, optimizer, validation) is not counted, but takes time and lowers the share. Matmul
throughput is measured before and after every training.
"""

import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.speed.machine import matmul_rate
from benchmarks.speed.recipes import Params
from benchmarks.speed.training_loops import BATCH
from hourglass.core import layout, params
from hourglass.core.files import write_json
from hourglass.core.stage import attempt
from hourglass.data.imageset import ImageSet
from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.build import build
from hourglass.training.recipe import Recipe
from hourglass.training.train import train

OUT = Path("benchmarks/results/speed/shares.json")

# A fifth of the training images. With two epochs and so many validation images, validation weighs about what it does in
# the pipeline's six epochs: eight passes over 5,000 images beside six over 55,000.
IMAGES, VALIDATION, EPOCHS = 11_000, 700, 2
REPEATS = 3

# The networks that stand for dense and convolutional ones; the first also in the batches that baselines have.
DENSE, CONVOLUTIONAL = "undercomplete", "denoising_gaussian"
COUNTED = 8


def macs(model: Autoencoder) -> int:
    """Multiply-adds per image in the layers of the model's loss, forward only, without products between tokens."""
    images = torch.zeros(COUNTED, *model.image_shape)
    labels = model.condition(torch.zeros(COUNTED, dtype=torch.int64))
    model.eval()  # in training a codebook also follows the images, which nothing is propagated back through
    # In evaluation mode PyTorch fuses attention, and does not count the operations of what is fused.
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            model.loss(images, labels, torch.Generator().manual_seed(0))
    finally:
        torch.backends.mha.set_fastpath_enabled(True)
    return counter.get_total_flops() // (2 * COUNTED)


def networks(settings: Params) -> list[str]:
    """The variants of params.yaml that gradient descent trains as a whole.

    Networks that are trained layer by layer are left out: each phase trains a smaller network, and the whole one has a
    twin that is trained at once.
    """
    models = {name: _build(settings.recipe(name), settings.image_shape, settings.seed) for name in settings.variants}
    return [name for name, model in models.items() if not model.closed_form and len(model.phases) == 1]


def alternate(run: Callable[[], None], images: int, rate: Callable[[], float] = matmul_rate) -> dict[str, Any]:
    """Time a training between measurements of the machine, after a training that is not timed.

    Args:
        run: trains. images: how many it goes through, all epochs together.

    Returns:
        `images_per_second` of each repeat, and `matmul`, operations per second: before the first, and after each.
    """
    run()
    speeds: list[float] = []
    rates = [rate()]
    for _ in range(REPEATS):
        started = time.perf_counter()
        run()
        speeds.append(images / (time.perf_counter() - started))
        rates.append(rate())
    return {"images_per_second": speeds, "matmul": rates}


def share(macs: int, speeds: Sequence[float], rates: Sequence[float]) -> float:
    """Median share of matmul throughput.

    Args:
        macs: multiply-adds per image, forward.
        speeds: images per second of each repeat.
        rates: operations per second of the matrix product, before the first repeat and after each.
    """
    beside = [(before + after) / 2 for before, after in pairwise(rates)]
    return statistics.median(6 * macs * speed / rate for speed, rate in zip(speeds, beside, strict=True))


def share_of(row: Mapping[str, Any]) -> float:
    """The share of a network that was measured."""
    return share(row["macs"], row["images_per_second"], row["matmul"])


def measure(recipe: Recipe, seed: int) -> dict[str, Any]:
    """Train and time one network: its sizes, as `sizes` has them, and what `alternate` returns."""
    images, validation = first("train", IMAGES), first("validation", VALIDATION)

    def run() -> None:
        with redirect_stdout(StringIO()):
            train(recipe, seed, images, validation)

    row = sizes(recipe, images.image_shape, seed) | alternate(run, recipe.schedule.epochs * len(images))
    speed = statistics.median(row["images_per_second"])
    print(f"{recipe.where}, batches of {row['batch_size']}: {speed:,.0f} images/s, {share_of(row):.1%}", flush=True)
    return row


def sizes(recipe: Recipe, image_shape: Shape, seed: int) -> dict[str, int]:
    """What a share depends on: multiply-adds per image of the network, and images per batch."""
    return {"macs": macs(_build(recipe, image_shape, seed)), "batch_size": recipe.schedule.batch_size}


def outdated(rows: Mapping[str, Mapping[str, Any]], settings: Params) -> list[str]:
    """Variants of params.yaml that were measured with another network or other batches, or not at all.

    Args:
        rows: variant -> what `measure` returned.
    """
    shape, seed = settings.image_shape, settings.seed
    current = {name: sizes(settings.recipe(name), shape, seed) for name in networks(settings)}
    return [name for name, now in current.items() if name not in rows or {key: rows[name][key] for key in now} != now]


def first(split: str, count: int) -> ImageSet:
    """The first images of a split, in memory, so that reading them is not timed."""
    images = ImageSet.open(layout.split(split)).first(count)
    return ImageSet(images[:], images.labels, images.classes)


def main() -> None:
    """Write one file: network -> its sizes, speed and matmul throughput; one of them in large batches as well."""
    settings = params.read(Params)
    torch.set_num_threads(settings.threads)
    rows = {name: measure(settings.recipe(name, epochs=EPOCHS), settings.seed) for name in networks(settings)}
    large = measure(settings.recipe(DENSE, epochs=EPOCHS, batch_size=BATCH), settings.seed)
    write_json(OUT, {"threads": settings.threads, "networks": rows, "large_batches": large})


def _build(recipe: Recipe, image_shape: Shape, seed: int) -> Autoencoder:
    return build(recipe.module, recipe.network, image_shape, seed, where=recipe.where)


if __name__ == "__main__":
    sys.exit(attempt(main))
