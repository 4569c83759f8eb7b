"""The search of a sweep, without a cluster."""

from pathlib import Path
from typing import Any

import pytest

from hourglass.cluster.settings import Space
from hourglass.cluster.sweep_record import Record
from hourglass.cluster.trial import Job
from hourglass.core.params import Common
from hourglass.training.settings import TrainSettings
from tests.cluster.conftest import WITHOUT_RAY

pytestmark = WITHOUT_RAY

SPACE = {"latent_dim": Space(min=2, max=8), "hidden": Space(values=[[16], [32]])}
ENTRY = {"module": "undercomplete", "latent_dim": 4, "hidden": [16]}
JOB = Job("small", ENTRY, SPACE, TrainSettings(epochs=3), 1, 1, "cpu")
PRESENT = {"latent_dim": 4, "hidden": "[16]"}
OTHER = {"latent_dim": 8, "hidden": "[32]"}


def proposed(record: Record, number: int) -> list[Any]:
    """The first settings that are tried."""
    from hourglass.cluster.search import proposals

    search = proposals(JOB, record)
    return [search.suggest(str(trial)) for trial in range(number)]


def test_present_settings_are_tried_first(tmp_path: Path) -> None:
    assert proposed(Record(tmp_path), 1) == [PRESENT]


def test_trials_that_did_not_end_come_first(tmp_path: Path) -> None:
    Record(tmp_path).start(OTHER)
    assert proposed(Record(tmp_path), 2) == [OTHER, PRESENT]


def test_a_search_that_goes_on_proposes_other_settings(tmp_path: Path) -> None:
    record = Record(tmp_path)
    before = proposed(record, 5)
    assert before[0] == PRESENT
    for number, settings in enumerate((PRESENT, OTHER)):
        assert record.start(settings) == number
        record.end(number, 3, None if number else 0.5, complete=not number)
    assert proposed(Record(tmp_path), 4) != before[1:]


def test_a_sweep_ends_when_the_last_node_with_room_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    from hourglass.cluster import resources, search
    from hourglass.cluster.trial_runs import Stopped

    node = {"Alive": True, "Resources": {"CPU": 1, "memory": 4e9}}
    monkeypatch.setattr("ray.nodes", lambda: [node])
    monkeypatch.setattr(resources, "CHECK_SECONDS", -1)
    room = search.Room("train@small", Common(seed=1, threads=1))
    room.require()
    room.on_step_begin()
    node["Alive"] = False
    with pytest.raises(Stopped, match="no node has what train@small needs"):
        room.on_step_begin()
