"""How much of the machine's matrix-product rate the training of each network reaches.

A network's arithmetic is counted as six operations for each multiply-add of its forward pass: two forward, and twice
that backward. That is the usual count, and a little too high, for the first layer's input needs no gradient. What else
training does (activations, loss, optimizer, validation) is not counted, but takes its time, and so lowers the share.
The product's rate is measured before and after every run.
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
from benchmarks.speed.rivals import BATCH
from hourglass.core import params
from hourglass.core.files import write_json
from hourglass.core.stage import attempt
from hourglass.data import arrays
from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.build import build
from hourglass.training.session import trained
from hourglass.training.settings import schedule

OUT = Path("benchmarks/results/speed/shares.json")

# A fifth of the training images; and so many for validation that, with two epochs, validations weigh about what they
# weigh in the pipeline's six: eight passes over 5,000 images beside six over 55,000.
IMAGES, VALIDATION, EPOCHS = 11_000, 700, 2
REPEATS = 3

# The networks that stand for dense and convolutional ones; the first in the batches that rivals are compared in, too.
DENSE, CONVOLUTIONAL = "undercomplete", "denoising_gaussian"
COUNTED = 8


def macs(model: Autoencoder) -> int:
    """Multiply-adds an image in the layers of the model's loss, forward only; products between tokens are left out."""
    images = torch.zeros(COUNTED, *model.image_shape)
    labels = torch.zeros(COUNTED, dtype=torch.int64) if model.conditional else None
    model.eval()  # in training a codebook also follows the images, which nothing is propagated back through
    # PyTorch has attention in one piece for networks in this mode, whose operations it does not count.
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            model.loss(images, labels, torch.Generator().manual_seed(0))
    finally:
        torch.backends.mha.set_fastpath_enabled(True)
    return counter.get_total_flops() // (2 * COUNTED)


def networks(image_shape: Shape, seed: int) -> list[str]:
    """The variants of params.yaml that gradient descent trains as a whole.

    What is trained layer by layer is left out: each of its phases is a smaller network, and the whole one has a twin
    that is trained at once.
    """
    models = {name: build(entry, image_shape, seed) for name, entry in params.read()["variants"].items()}
    return [name for name, model in models.items() if not model.closed_form and len(model.phases) == 1]


def alternated(train: Callable[[], None], images: int, rate: Callable[[], float] = matmul_rate) -> dict[str, Any]:
    """Clock `train`, which goes through so many images, between measurements of the machine; a first run is for warmth.

    Returns:
        `images_per_second` of each repeat, and `matmul`, operations a second: before the first, after each.
    """
    train()
    speeds: list[float] = []
    rates = [rate()]
    for _ in range(REPEATS):
        started = time.perf_counter()
        train()
        speeds.append(images / (time.perf_counter() - started))
        rates.append(rate())
    return {"images_per_second": speeds, "matmul": rates}


def share(macs: int, speeds: Sequence[float], rates: Sequence[float]) -> float:
    """Median share of the matrix-product rate.

    Args:
        macs: multiply-adds an image, forward.
        speeds: images a second of each repeat.
        rates: operations a second of the product, one more than there are repeats: around each.
    """
    beside = [(before + after) / 2 for before, after in pairwise(rates)]
    return statistics.median(6 * macs * speed / rate for speed, rate in zip(speeds, beside, strict=True))


def share_of(row: Mapping[str, Any]) -> float:
    """The share of what `measure` found."""
    return share(row["macs"], row["images_per_second"], row["matmul"])


def measure(name: str, seed: int, **settings: int) -> dict[str, Any]:
    """One network, trained as params.yaml says but for `EPOCHS`, `IMAGES` and `settings`: multiply-adds, and speed."""
    entry, shape = params.variant(name), arrays.describe().image_shape
    plan = schedule(name, entry, "train").model_copy(update={"epochs": EPOCHS, **settings})
    known, held_out = (
        arrays.load(part).part(slice(count)) for part, count in (("train", IMAGES), ("validation", VALIDATION))
    )

    def train() -> None:
        with redirect_stdout(StringIO()):
            trained(f"variants.{name}", entry, plan, shape, seed, known, held_out)

    return sizes(name, shape, seed) | settings | alternated(train, EPOCHS * IMAGES)


def sizes(name: str, image_shape: Shape, seed: int) -> dict[str, int]:
    """What a share is of: multiply-adds an image of the network that params.yaml builds, images in its batches."""
    entry = params.variant(name)
    batch_size = schedule(name, entry, "train").batch_size
    return {"macs": macs(build(entry, image_shape, seed)), "batch_size": batch_size}


def outdated(rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Variants whose network or batches are not those that were measured.

    Args:
        rows: variant -> what `measure` found.
    """
    image_shape, seed = arrays.describe().image_shape, params.common().seed
    current = {name: sizes(name, image_shape, seed) for name in networks(image_shape, seed)}
    return [name for name, now in current.items() if name not in rows or {key: rows[name][key] for key in now} != now]


def main() -> None:
    """Write one file: network -> its multiply-adds, and what was clocked; one of them in large batches as well."""
    common = params.common()
    torch.set_num_threads(common.threads)
    found = {name: told(name, common.seed) for name in networks(arrays.describe().image_shape, common.seed)}
    large = told(DENSE, common.seed, batch_size=BATCH)
    write_json(OUT, {"threads": common.threads, "networks": found, "large_batches": large})


def told(name: str, seed: int, **settings: int) -> dict[str, Any]:
    """What `measure` finds, printed."""
    row = measure(name, seed, **settings)
    speed, reached = statistics.median(row["images_per_second"]), share_of(row)
    print(f"{name}, batches of {row['batch_size']}: {speed:,.0f} images/s, {reached:.1%}", flush=True)
    return row


if __name__ == "__main__":
    sys.exit(attempt(main))
