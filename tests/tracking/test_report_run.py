from pathlib import Path

import pytest
from mlflow.entities import Run

from hourglass.core import layout
from hourglass.tracking import report_run
from hourglass.tracking.store import connect
from tests.tracking.state import client


@pytest.fixture
def experiment(database: Path) -> str:
    return connect("hourglass")[1]


def only_run(experiment: str) -> Run:
    (found,) = client().search_runs([experiment])
    return found


def test_the_report_is_an_artifact_of_a_run(experiment: str) -> None:
    run = report_run.publish(client(), experiment, {})
    assert only_run(experiment).info.run_name == "report"
    names = {file.path for file in client().list_artifacts(run)}
    assert {"index.html", "results.md", "acceptance.json", "summary.json"} <= names
    assert "index.html" in only_run(experiment).data.tags["mlflow.note.content"]


def test_the_same_report_is_logged_once(experiment: str) -> None:
    assert report_run.publish(client(), experiment, {}) == report_run.publish(client(), experiment, {})


def test_another_report_replaces_it(experiment: str) -> None:
    before = report_run.publish(client(), experiment, {})
    layout.PAGE.write_text("another")
    after = report_run.publish(client(), experiment, {})
    assert after != before
    assert only_run(experiment).info.run_id == after


def test_a_half_written_report_is_replaced(experiment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = client()
    with monkeypatch.context() as patch:
        patch.setattr(type(ours), "set_terminated", lambda *_: pytest.fail("the report is whole"))
        patch.setattr(type(ours), "log_artifact", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            report_run.publish(ours, experiment, {})
    run = report_run.publish(ours, experiment, {})
    assert only_run(experiment).info.run_id == run
    assert only_run(experiment).info.status == "FINISHED"
