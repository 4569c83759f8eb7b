import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from repository import commit, run

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.core.files import write_json
from hourglass.stages import promote, publish
from hourglass.tracking import trial_name
from hourglass.tracking.trial_name import VARIABLE
from tests.tracking.conftest import PARAMS
from tests.tracking.state import EXPERIMENT, client, everything, live_runs, numbers, retrain, versions

TRIALS = "hourglass-digits-0-experiments"


@pytest.fixture
def trial(published: Path, quick_models: None, believed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A DVC experiment that changes `pca`, after the results that stand were published."""
    retrain("pca", 3.0)
    monkeypatch.setenv("DVC_EXP_NAME", "seely-lift")


def test_a_dvc_experiment_is_kept_apart(trial: None) -> None:
    before, served = [run.to_dictionary() for run in live_runs()], numbers()
    publish.main()
    (run,) = live_runs(TRIALS)  # `vanilla` is as it was
    assert run.info.run_name == "pca (seely-lift)"
    assert run.data.tags["hourglass.experiment"] == "seely-lift"
    assert run.info.status == "FINISHED"
    assert [run.to_dictionary() for run in live_runs()] == before
    assert numbers() == served
    assert len(versions()) == 2


def test_a_dvc_experiment_leaves_the_receipt(trial: None) -> None:
    before = layout.PUBLISHED.read_text()
    publish.main()
    assert layout.PUBLISHED.read_text() == before


def test_the_same_results_in_two_experiments_have_two_runs(trial: None, monkeypatch: pytest.MonkeyPatch) -> None:
    publish.main()
    before = everything()
    publish.main()
    assert everything() == before
    monkeypatch.setenv("DVC_EXP_NAME", "other")
    publish.main()
    publish.main()
    assert sorted(str(run.info.run_name) for run in live_runs(TRIALS)) == ["pca (other)", "pca (seely-lift)"]


def test_an_experiment_that_ran_again_shows_its_last_results(trial: None) -> None:
    publish.main()
    retrain("pca", 4.0)
    publish.main()
    assert sorted(run.data.tags["hourglass.current"] for run in live_runs(TRIALS)) == ["false", "true"]


def test_a_committed_experiment_is_published_as_any_result(trial: None, monkeypatch: pytest.MonkeyPatch) -> None:
    publish.main()
    monkeypatch.delenv("DVC_EXP_NAME")
    assert publish.is_needed()
    publish.main()
    assert len(live_runs()) == len(versions()) == 3


def test_a_damaged_run_of_an_experiment_is_logged_again(trial: None) -> None:
    publish.main()
    (damaged,) = live_runs(TRIALS)
    shutil.rmtree(Path(unquote(urlsplit(damaged.info.artifact_uri).path)) / "weights")
    publish.main()
    (found,) = live_runs(TRIALS)
    assert found.info.run_id != damaged.info.run_id
    assert found.data.tags["hourglass.current"] == "true"


def test_superseded_results_are_logged_again(trial: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.delenv(VARIABLE)
        publish.main()
        retrain("pca", 4.0)
        publish.main()
    retrain("pca", 3.0)  # they have a run in the main experiment, which is not current
    publish.main()
    assert [run.info.run_name for run in live_runs(TRIALS)] == ["pca (seely-lift)"]


def test_the_experiments_have_a_text_of_their_own(trial: None) -> None:
    publish.main()
    main, trials = (client().get_experiment_by_name(name) for name in (EXPERIMENT, TRIALS))
    assert main
    assert trials
    assert "a DVC experiment changed" in trials.tags["mlflow.note.content"]
    assert trials.tags["mlflow.note.content"] != main.tags["mlflow.note.content"]


# Stands in for the pipeline: a setting of its own changes the results of `pca`.
RESCALE = """
import json, pathlib
from ruamel.yaml import YAML
x = YAML(typ="safe").load(pathlib.Path("params.yaml"))["x"]
content = json.loads(pathlib.Path("first.json").read_text())
pathlib.Path("reports/metrics/detect/pca.json").write_text(json.dumps(content | {"threshold": x}))
"""


@pytest.fixture
def pipeline(published: Path, quick_models: None, repository: Path) -> Path:
    """`repository` as a pipeline of DVC's whose last stage publishes; its results are committed and published."""
    write_json(repository / "params.yaml", PARAMS | {"x": 0.4})
    (repository / "rescale.py").write_text(RESCALE)
    (repository / ".gitignore").write_text("/mlartifacts\n/reports/timings\n")
    result = "reports/metrics/detect/pca.json"
    shutil.copy(result, "first.json")
    stages = {
        "detect": {
            "cmd": "python rescale.py",
            "params": ["x"],
            "deps": ["rescale.py"],
            "outs": [{result: {"cache": False}}],
        },
        "publish": {"cmd": "python -m hourglass.core.stage publish", "deps": [result]},
    }
    write_json(repository / "dvc.yaml", {"stages": stages})
    for line in (
        ["git", "init", "-q"],
        ["dvc", "init", "-q"],
        ["dvc", "repro", "-q", "detect"],
        ["dvc", "commit", "-q", "-f"],
    ):
        assert call(repository, *line).returncode == 0
    commit(repository)
    return repository


def call(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """As `run`, with the tracking server of the test."""
    return run(folder, "env", f"MLFLOW_TRACKING_URI={os.environ['MLFLOW_TRACKING_URI']}", *command)


def test_experiments_of_dvc_are_kept_apart_to_the_end(pipeline: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, served = [run.to_dictionary() for run in live_runs()], numbers()

    def names() -> list[str]:
        assert [run.to_dictionary() for run in live_runs()] == before
        assert numbers() == served
        assert len(versions()) == 2
        return sorted(str(run.info.run_name) for run in live_runs(TRIALS))

    for options in (["--temp", "-n", "copied"], ["--queue", "-n", "queued"]):
        done = call(pipeline, "dvc", "exp", "run", *options, "-S", f"x=0.{len(options[1] + options[2])}")
        assert done.returncode == 0, done.stderr
    assert call(pipeline, "dvc", "exp", "run", "--run-all").returncode == 0
    assert names() == ["pca (copied)", "pca (queued)"]
    assert call(pipeline, "dvc", "exp", "run", "-n", "wider", "-S", "x=0.9").returncode == 0
    expected = ["pca (copied)", "pca (queued)", "pca (wider)"]
    assert names() == expected
    publish.main()  # what lies on disk are the experiment's results
    assert names() == expected
    assert "results of DVC experiment wider" in capsys.readouterr().out
    with pytest.raises(HourglassError, match=r"experiment wider: keep it by `git commit`, or undo it by"):
        promote.main(None, dry_run=False)
    commit(pipeline)
    publish.main()
    assert len(live_runs()) == len(versions()) == 3


def test_results_of_an_edit_by_hand_are_published(pipeline: Path, edit: Callable[..., None]) -> None:
    edit("params.yaml", "x", to=0.7)
    assert call(pipeline, "dvc", "repro", "detect").returncode == 0
    assert trial_name.current() is None
    publish.main()
    assert len(live_runs()) == len(versions()) == 3


def test_an_undone_experiment_is_none(pipeline: Path) -> None:
    assert call(pipeline, "dvc", "exp", "run", "-n", "wider", "-S", "x=0.9", "detect").returncode == 0
    assert trial_name.current() == "wider"
    assert run(pipeline, "git", "checkout", "-q", ".").returncode == 0
    assert trial_name.current() is None
