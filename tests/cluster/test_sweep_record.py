"""What is kept of a sweep on disk."""

from pathlib import Path

from hourglass.cluster.sweep_record import Record


def test_two_sweeps_have_different_ids(tmp_path: Path) -> None:
    first = Record(tmp_path / "first")
    assert Record(tmp_path / "first").id == first.id
    assert Record(tmp_path / "second").id != first.id


def test_the_best_trial_was_trained_to_its_end(tmp_path: Path) -> None:
    record = Record(tmp_path)
    assert record.best is None
    for rate in (0.1, 0.2, 0.3, 0.4):
        record.start({"rate": rate})
    record.end(0, 3, 0.5, complete=True)
    record.end(1, 3, 0.4, complete=True)
    record.end(2, 1, 0.3, complete=False)
    record.end(3, 2, None, complete=False)
    again = Record(tmp_path)
    assert again.best == (0.4, {"rate": 0.2})
    assert again.ended == record.trials


def test_trials_that_did_not_end_start_again_with_their_numbers(tmp_path: Path) -> None:
    record = Record(tmp_path)
    assert [record.start({"size": size}) for size in (4, 8, 8, 16)] == [0, 1, 2, 3], "settings may be drawn twice"
    record.end(0, 1, 0.5, complete=False)
    again = Record(tmp_path)
    assert again.waiting == [1, 2, 3]
    assert [again.start({"size": size}) for size in (8, 16, 8, 8, 4)] == [1, 3, 2, 4, 5]
