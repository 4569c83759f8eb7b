"""How long every detector takes, ours and theirs, one after another on all cores: nothing else should run meanwhile.

T-shirts are normal. `train_seconds` is everything from training images to a detector that is ready, networks
included; `images_per_second` is the rate of scoring the test images, which lie in memory. Both are medians of five
times, but for trainings that take twenty seconds or longer and passes that take ten, which are timed once.
`matmul_gflops` is what the machine's float32 matrix product did just before: other users may slow the machine down.
"""

import statistics
import sys
import time
from collections.abc import Callable
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


def clocked(train: Callable[[], Callable[[], Scores]]) -> dict[str, float]:
    """Time `train`, which returns how to score the test images, and time that."""
    trainings, score = repeated(train, TRAINING)
    passes, scores = repeated(score, PASS)
    train_seconds, pass_seconds = statistics.median(trainings), statistics.median(passes)
    return {"train_seconds": round(train_seconds, 2), "images_per_second": round(len(scores) / pass_seconds, 1)}


def repeated(work: Callable[[], Result], patience: float) -> tuple[list[float], Result]:
    """Seconds that `work` takes, five times if the first was less than `patience`; and what it returned last."""
    seconds: list[float] = []
    while not seconds or (len(seconds) < REPEATS and seconds[0] < patience):
        started = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - started)
    return seconds, result


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
    found: dict[str, dict[str, float]] = {}
    with threadpool_limits(threads):
        for name, train in trainings.items():
            rate = matmul_rate() / 1e9
            found[name] = {**clocked(train), "matmul_gflops": round(rate, 1)}
            print(name, found[name], flush=True)
    write_json(OUT, {"cores": threads, "methods": found})


if __name__ == "__main__":
    sys.exit(attempt(main))
