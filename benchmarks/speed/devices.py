"""Measure how fast every network trains on one device and on others, and print a table.

    python -m benchmarks.speed.devices cpu cuda

The CPU computes with all cores, unlike in benchmarks/speed/shares.py, which has the threads of a stage. Nothing else
should run meanwhile.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from io import StringIO
from typing import get_args

import torch

from benchmarks.speed.recipes import Params
from benchmarks.speed.shares import EPOCHS, IMAGES, REPEATS, VALIDATION, first, networks
from hourglass.core import device, params
from hourglass.core.machine import cores
from hourglass.core.stage import attempt
from hourglass.data.imageset import ImageSet
from hourglass.reporting.markdown import LEFT, RIGHT, write
from hourglass.training.recipe import Recipe
from hourglass.training.train import train


def rate(recipe: Recipe, seed: int, images: ImageSet, validation: ImageSet, on: torch.device) -> float:
    """Images per second: the median of several trainings, after one that starts libraries and is not timed."""
    seconds = []
    for _ in range(REPEATS + 1):
        started = time.perf_counter()
        with redirect_stdout(StringIO()):
            train(recipe, seed, images, validation, on)  # ends with losses as numbers, so the device is done
        seconds.append(time.perf_counter() - started)
    return recipe.schedule.epochs * len(images) / statistics.median(seconds[1:])


def rows(
    settings: Params, devices: Sequence[torch.device], images: ImageSet, validation: ImageSet
) -> Iterator[list[str]]:
    """For each network, its name, its images per second on each device, and these over the first device's."""
    for name in networks(settings):
        recipe = settings.recipe(name, epochs=EPOCHS)
        rates = [rate(recipe, settings.seed, images, validation, on) for on in devices]
        yield [name, *(f"{one:,.0f}" for one in rates), *(f"{one / rates[0]:.1f} ×" for one in rates[1:])]


def main() -> None:
    """Read the devices from the command line, and print the rows as they are measured."""
    parser = argparse.ArgumentParser(description="Measure how fast every network trains on several devices.")
    parser.add_argument("devices", nargs="+", choices=get_args(device.Device), help="the first is compared with")
    os.environ |= device.ENVIRONMENT
    devices = [device.find(one) for one in parser.parse_args().devices]
    torch.set_num_threads(cores())
    titles = [f"{one.type}, images/s" for one in devices] + [f"{one.type} : {devices[0].type}" for one in devices[1:]]
    print(write(["network", *titles], [LEFT, *[RIGHT] * len(titles)], []), end="")
    for row in rows(params.read(Params), devices, first("train", IMAGES), first("validation", VALIDATION)):
        print(f"| {' | '.join(row)} |", flush=True)
    print(f"{cores()} cores; {device.used()}")


if __name__ == "__main__":
    sys.exit(attempt(main))
