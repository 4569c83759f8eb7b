import itertools
from collections.abc import Callable

import pytest

from benchmarks import clock


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine multiplies matrices at 2 GFLOP/s."""
    monkeypatch.setattr(clock, "matmul_rate", lambda: 2e9)


def taking(*marks: float) -> Callable[[], float]:
    """A clock that shows these times, one after another."""
    left = list(marks)
    return lambda: left.pop(0)


@pytest.mark.parametrize(("step", "times"), [(1.0, 3), (30.0, 1)])
def test_what_is_quick_is_measured_at_every_turn(monkeypatch: pytest.MonkeyPatch, step: float, times: int) -> None:
    ticks = itertools.count(step=step)
    monkeypatch.setattr("time.perf_counter", lambda: next(ticks))
    done: list[str] = []

    def score() -> list[float]:
        done.append("score")
        return [0.0] * 60

    def train() -> object:
        done.append("train")
        return score

    detector = clock.Clock(train)  # type: ignore[arg-type]
    for _ in range(3):
        detector.turn()
    assert detector.read() == {"train_seconds": step, "images_per_second": 60 / step, "matmul_gflops": 2.0}
    assert done == ["train", "score"] * times


def test_both_are_medians_over_the_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings of 9, 1 and 2 seconds, passes of 8, 3 and 4."""
    monkeypatch.setattr("time.perf_counter", taking(0, 9, 0, 8, 0, 1, 0, 3, 0, 2, 0, 4))
    detector = clock.Clock(lambda: lambda: [0.0] * 60)  # type: ignore[arg-type,return-value]
    for _ in range(3):
        detector.turn()
    assert detector.read() == {"train_seconds": 2.0, "images_per_second": 15.0, "matmul_gflops": 2.0}


def test_a_slow_training_s_quick_pass_is_timed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.perf_counter", taking(0, 50, 0, 2, 0, 4))
    detector = clock.Clock(lambda: lambda: [0.0] * 60)  # type: ignore[arg-type,return-value]
    detector.turn()
    detector.turn()
    assert detector.read() == {"train_seconds": 50.0, "images_per_second": 20.0, "matmul_gflops": 2.0}
