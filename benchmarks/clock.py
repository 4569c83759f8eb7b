"""How long every detector takes, ours and theirs, in turns on all cores: nothing else should run meanwhile.

T-shirts are normal. `train_seconds` is everything from training images to a detector that is ready, networks
included; `images_per_second` is the rate of scoring the test images, which lie in memory. Both are medians of five
turns, but for trainings that take twenty seconds or longer and passes that take ten, which are timed once. All take
their turn before any takes its next: other users may slow the machine down for minutes, and would slow down all turns
of whoever had them one after another. `matmul_gflops` is what the machine's float32 matrix product did just before.
"""

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import torch
from threadpoolctl import threadpool_limits

from benchmarks import ours
from benchmarks.protocol import T_SHIRT, Scores, Task, task
from benchmarks.rivals import RIVALS
from benchmarks.speed.machine import matmul_rate
from hourglass.core import params
from hourglass.core.files import write_json
from hourglass.core.machine import cores
from hourglass.core.stage import attempt

OUT = Path("benchmarks/results/times.json")
Result = TypeVar("Result")
# What takes fewer seconds is timed so often.
TRAINING, PASS = 20.0, 10.0
REPEATS = 5


class Clock:
    """What a detector takes, turn by turn.

    train: trains it, and returns how to score the test images.
    """

    def __init__(self, train: Callable[[], Callable[[], Scores]]) -> None:
        self.train = train
        self.trainings: list[float] = []
        self.passes: list[float] = []
        self.rates: list[float] = []

    def turn(self) -> None:
        """Time the training and a pass over the test images, but not again what takes long."""
        if due(self.trainings, TRAINING):
            self.rates.append(matmul_rate() / 1e9)
            self.score = timed(self.train, self.trainings)
        if due(self.passes, PASS):
            self.images = len(timed(self.score, self.passes))

    def read(self) -> dict[str, float]:
        """Medians over the turns."""
        train_seconds, pass_seconds, rate = map(statistics.median, (self.trainings, self.passes, self.rates))
        return {
            "train_seconds": round(train_seconds, 2),
            "images_per_second": round(self.images / pass_seconds, 1),
            "matmul_gflops": round(rate, 1),
        }


def due(seconds: Sequence[float], patience: float) -> bool:
    """Whether it is to be timed, again if it took less than `patience`."""
    return not seconds or seconds[0] < patience


def timed(work: Callable[[], Result], seconds: list[float]) -> Result:
    """What `work` returns; how long it took is noted."""
    started = time.perf_counter()
    result = work()
    seconds.append(time.perf_counter() - started)
    return result


def our(method: ours.Method, given: Task, seed: int) -> Callable[[], Scores]:
    """Train and fit one of our methods."""
    fitted = ours.detector(method, ours.train(method.variants, given, seed), given, seed)
    return lambda: fitted.score(given.test.images)


def their(name: str, given: Task, seed: int) -> Callable[[], Scores]:
    """Fit a rival."""
    rival = RIVALS[name](seed)
    rival.fit(given.flat)
    flat = given.flat_test
    return lambda: rival.score(flat)


def main() -> None:
    """Write one file: method -> its times."""
    seed, threads = params.common().seed, cores()
    torch.set_num_threads(threads)
    given = task(T_SHIRT, 0.0, seed)
    trainings: dict[str, Callable[[], Callable[[], Scores]]] = {
        **{name: partial(our, method, given, seed) for name, method in ours.METHODS.items()},
        **{name: partial(their, name, given, seed) for name in RIVALS},
    }
    clocks = {name: Clock(train) for name, train in trainings.items()}
    with threadpool_limits(threads):
        for turn in range(REPEATS):
            for name, clock in clocks.items():
                clock.turn()
                print(f"turn {turn + 1}/{REPEATS}, {name}: {clock.read()}", flush=True)
    write_json(OUT, {"cores": threads, "methods": {name: clock.read() for name, clock in clocks.items()}})


if __name__ == "__main__":
    sys.exit(attempt(main))
