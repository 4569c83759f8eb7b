import itertools
from collections.abc import Callable

import pytest

from benchmarks import timing
from benchmarks.timing import Timer


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine multiplies matrices at 2 GFLOP/s."""
    monkeypatch.setattr(timing, "matmul_rate", lambda: 2e9)


def showing(*seconds: float) -> Callable[[], float]:
    """A clock that shows these times, one after another."""
    left = list(seconds)
    return lambda: left.pop(0)


def sixty_images() -> Timer:
    return Timer(lambda: lambda: [0.0] * 60)  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize(("step", "times"), [(1.0, 3), (30.0, 1)])
def test_only_short_work_is_timed_at_every_turn(monkeypatch: pytest.MonkeyPatch, step: float, times: int) -> None:
    ticks = itertools.count(step=step)
    monkeypatch.setattr("time.perf_counter", lambda: next(ticks))
    done: list[str] = []

    def score() -> list[float]:
        done.append("score")
        return [0.0] * 60

    def train() -> object:
        done.append("train")
        return score

    timer = Timer(train)  # type: ignore[arg-type]
    for _ in range(3):
        timer.turn()
    assert timer.medians() == {"train_seconds": step, "images_per_second": 60 / step, "matmul_gflops": 2.0}
    assert done == ["train", "score"] * times


def test_times_are_medians_over_the_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings of 9, 1 and 2 seconds, scorings of 8, 3 and 4."""
    monkeypatch.setattr("time.perf_counter", showing(0, 9, 0, 8, 0, 1, 0, 3, 0, 2, 0, 4))
    timer = sixty_images()
    for _ in range(3):
        timer.turn()
    assert timer.medians() == {"train_seconds": 2.0, "images_per_second": 15.0, "matmul_gflops": 2.0}


def test_short_scoring_after_a_long_training_is_timed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.perf_counter", showing(0, 50, 0, 2, 0, 4))
    timer = sixty_images()
    timer.turn()
    timer.turn()
    assert timer.medians() == {"train_seconds": 50.0, "images_per_second": 20.0, "matmul_gflops": 2.0}
