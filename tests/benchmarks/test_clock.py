import itertools

import pytest

from benchmarks import clock


@pytest.mark.parametrize(("step", "times"), [(1.0, clock.REPEATS), (30.0, 1)])
def test_what_is_quick_is_measured_several_times(monkeypatch: pytest.MonkeyPatch, step: float, times: int) -> None:
    ticks = itertools.count(step=step)
    monkeypatch.setattr("time.perf_counter", lambda: next(ticks))
    done: list[str] = []

    def score() -> list[float]:
        done.append("score")
        return [0.0] * 60

    def train() -> object:
        done.append("train")
        return score

    assert clock.clocked(train) == {"train_seconds": step, "images_per_second": 60 / step}  # type: ignore[arg-type]
    assert done == ["train"] * times + ["score"] * times


def test_both_are_medians(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings of 9, 1, 2, 8 and 3 seconds, then passes of as many."""
    marks = [mark for took in [9, 1, 2, 8, 3] * 2 for mark in (0.0, float(took))]
    monkeypatch.setattr("time.perf_counter", lambda: marks.pop(0))
    found = clock.clocked(lambda: lambda: [0.0] * 60)  # type: ignore[arg-type,return-value]
    assert found == {"train_seconds": 3.0, "images_per_second": 20.0}
