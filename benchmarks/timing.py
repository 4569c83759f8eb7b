"""Measure how long every detector takes, ours and baselines, on all cores: nothing else should run meanwhile.

    python -m benchmarks.timing

T-shirts are normal. `train_seconds` is the time from training images to a finished detector, networks included.
`images_per_second` is the rate of scoring the test images, which lie in memory. Both are medians of five turns, but
trainings of twenty seconds or more and scorings of ten are timed once. All detectors take a turn before any takes its
next: other users may slow the machine down for minutes, and that should not fall on one detector. `matmul_gflops` is
the rate of the machine's float32 matrix product just before.
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

from benchmarks.baselines import BASELINES, flat
from benchmarks.detectors import METHODS, Method, Params, build_detector
from benchmarks.protocol import T_SHIRT, Task, task
from benchmarks.speed.machine import matmul_rate
from hourglass.core import params
from hourglass.core.files import write_json
from hourglass.core.machine import cores
from hourglass.core.stage import attempt
from hourglass.detection.threshold import Scores

OUT = Path("benchmarks/results/timing.json")

# A training, or a scoring, that takes fewer seconds is timed REPEATS times.
SHORT_TRAINING, SHORT_SCORING = 20.0, 10.0
REPEATS = 5

# Scores the test images.
Score = Callable[[], Scores]
Result = TypeVar("Result")


class Timer:
    """Times the training and the scoring of one detector, turn by turn."""

    def __init__(self, train: Callable[[], Score]) -> None:
        self.train = train
        self.trainings: list[float] = []
        self.scorings: list[float] = []
        self.matmul_rates: list[float] = []

    def turn(self) -> None:
        """Time a training and a scoring of the test images, but nothing that takes long a second time."""
        if due(self.trainings, SHORT_TRAINING):
            self.matmul_rates.append(matmul_rate() / 1e9)
            self.score = timed(self.train, self.trainings)
        if due(self.scorings, SHORT_SCORING):
            self.images = len(timed(self.score, self.scorings))

    def medians(self) -> dict[str, float]:
        """Medians over the turns so far."""
        training, scoring, rate = map(statistics.median, (self.trainings, self.scorings, self.matmul_rates))
        return {
            "train_seconds": round(training, 2),
            "images_per_second": round(self.images / scoring, 1),
            "matmul_gflops": round(rate, 1),
        }


def due(seconds: Sequence[float], short: float) -> bool:
    """Whether to time it: it was not timed yet, or took less than `short` seconds."""
    return not seconds or seconds[0] < short


def timed(work: Callable[[], Result], seconds: list[float]) -> Result:
    """What `work` returns; the seconds that it took are appended to `seconds`."""
    started = time.perf_counter()
    result = work()
    seconds.append(time.perf_counter() - started)
    return result


def train_detector(method: Method, settings: Params, given: Task) -> Score:
    """Build one of our detectors."""
    detector = build_detector(method, settings, given, settings.seed)
    return lambda: detector.score(given.test)


def train_baseline(name: str, seed: int, given: Task) -> Score:
    """Fit a baseline."""
    baseline = BASELINES[name](seed)
    baseline.fit(flat(given.train, given.calibration))
    test = flat(given.test)
    return lambda: baseline.score(test)


def main() -> None:
    """Write one file: method -> its times."""
    settings, threads = params.read(Params), cores()
    torch.set_num_threads(threads)
    given = task(T_SHIRT, 0.0, settings.seed)
    timers = {
        **{name: Timer(partial(train_detector, method, settings, given)) for name, method in METHODS.items()},
        **{name: Timer(partial(train_baseline, name, settings.seed, given)) for name in BASELINES},
    }
    with threadpool_limits(threads):
        for turn in range(REPEATS):
            for name, timer in timers.items():
                timer.turn()
                print(f"turn {turn + 1}/{REPEATS}, {name}: {timer.medians()}", flush=True)
    write_json(OUT, {"cores": threads, "methods": {name: timer.medians() for name, timer in timers.items()}})


if __name__ == "__main__":
    sys.exit(attempt(main))
