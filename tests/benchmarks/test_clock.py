import itertools

import pytest

from benchmarks import clock


@pytest.mark.parametrize(("step", "times"), [(1.0, 3), (30.0, 1)])
def test_what_is_quick_is_measured_three_times(monkeypatch: pytest.MonkeyPatch, step: float, times: int) -> None:
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
