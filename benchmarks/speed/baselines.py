"""Compare our training loop with others: the same network, images, batch and epochs, in turns.

    python -m benchmarks.speed.baselines

Ours trains the project's dense autoencoders with the settings of params.yaml. PyOD's loop takes part twice: as it
comes, with batch norm and dropout between the layers, and with nothing but the layers (`pyod_layers`). Timed is what a
caller waits for, without the conversion of images. All of it is measured twice: with the threads that the pipeline
gives a stage, and with as many as there are cores, which is the default of the other libraries.
"""

import logging
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

from benchmarks.protocol import T_SHIRT, task
from benchmarks.speed.recipes import Params
from benchmarks.speed.training_loops import BATCH, Job, Run, bare, dataloader, floats, ours, pyod, pythae
from hourglass.core import layout, params
from hourglass.core.files import write_json
from hourglass.core.machine import cores
from hourglass.core.stage import attempt
from hourglass.data.imageset import ImageSet

OUT = Path("benchmarks/results/speed/baselines.json")

REPEATS = 7

# PyOD's network without what it adds between the layers.
LAYERS: Mapping[str, Any] = {"batch_norm": False, "dropout_rate": 0}
# Job -> its training loops; ours is one of each.
LOOPS: Mapping[str, Mapping[str, Callable[[Job], Run]]] = {
    "detector": {"ours": ours, "bare": bare, "pyod": pyod, "pyod_layers": partial(pyod, **LAYERS)},
    "ae": {"ours": ours, "bare_ae": bare, "pythae": partial(pythae, kind="AE"), "dataloader": dataloader},
    "vae": {"ours": ours, "pythae_vae": partial(pythae, kind="VAE")},
}


def compare(job: Job, loops: Mapping[str, Callable[[Job], Run]]) -> dict[str, dict[str, list[float]]]:
    """Let the loops train in turns, `REPEATS` times, after one epoch each that does not count.

    Returns:
        loop -> `images_per_second` in training and `mse` per pixel on the validation images, of each repeat.
    """
    found: dict[str, dict[str, list[float]]] = {name: {"images_per_second": [], "mse": []} for name in loops}
    validation = floats(job.validation)
    one_epoch = job.recipe.schedule.model_copy(update={"epochs": 1})
    first = replace(job, recipe=replace(job.recipe, schedule=one_epoch))
    for turn, current in enumerate([first, *[job] * REPEATS]):
        for name, prepare in loops.items():
            run = prepare(current)
            # Ours asks torch for deterministic algorithms; the others need not be.
            torch.set_deterministic_debug_mode("default")
            # Progress bars and the like stay off the terminal.
            with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
                started = time.perf_counter()
                reconstruct = run()
                seconds = time.perf_counter() - started
            if turn:
                with torch.inference_mode():
                    mse = F.mse_loss(reconstruct(validation), validation).item()
                found[name]["images_per_second"].append(len(job.images) * job.epochs / seconds)
                found[name]["mse"].append(mse)
    return found


def jobs(settings: Params) -> dict[str, Job]:
    """The networks that are trained.

    `detector` has PyOD's default widths, and learns T-shirts; `ae` and `vae` are pythae's, and learn all classes.
    """
    shirts = task(T_SHIRT, 0.0, settings.seed)
    # Whole batches: PyOD drops a last one that is not.
    whole = len(shirts.train) // BATCH * BATCH
    some, validation = _first("train", 80 * BATCH), _first("validation", 8 * BATCH)
    narrow = {"hidden": [64], "latent_dim": 32}
    ae = {"hidden": [512], "latent_dim": 32}
    # As many epochs as PyOD has by default.
    detector = replace(settings.recipe("undercomplete", "train_normal", epochs=10, batch_size=BATCH), network=narrow)
    plain = replace(settings.recipe("undercomplete", epochs=5, batch_size=BATCH), network=ae)
    variational = replace(settings.recipe("vae", epochs=5, batch_size=BATCH), network={**ae, "loss": "bce"})
    return {
        "detector": Job(detector, shirts.train.first(whole), shirts.calibration, settings.seed),
        "ae": Job(plain, some, validation, settings.seed),
        "vae": Job(variational, some, validation, settings.seed),
    }


def main() -> None:
    """Write one file: number of threads -> job -> loop -> its speeds and errors."""
    logging.disable(logging.INFO)  # pythae logs each epoch
    settings = params.read(Params)
    found: dict[int, Any] = {}
    for threads in sorted({settings.threads, cores()}):
        torch.set_num_threads(threads)
        found[threads] = {}
        for name, job in jobs(settings).items():
            found[threads][name] = compare(job, LOOPS[name])
            for loop, metrics in found[threads][name].items():
                speed, error = (statistics.median(metrics[key]) for key in ("images_per_second", "mse"))
                print(f"{threads} threads, {name}, {loop}: {speed:,.0f} images/s, error {error:.4f}", flush=True)
    write_json(OUT, found)


def _first(split: str, count: int) -> ImageSet:
    return ImageSet.open(layout.split(split)).first(count)


if __name__ == "__main__":
    sys.exit(attempt(main))
