import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from repository import commit, run

from hourglass.core import layout
from hourglass.core.files import write_json
from hourglass.stages import publish
from hourglass.tracking.trials import VARIABLE
from tests.tracking.state import EXPERIMENT, client, everything, live_runs, numbers, retrain, versions

TRIALS = "hourglass-digits-0-experiments"


@pytest.fixture
def trial(published: Path, quick_models: None, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_an_applied_experiment_is_published_as_any_result(trial: None, monkeypatch: pytest.MonkeyPatch) -> None:
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


@pytest.mark.parametrize("where", [[], ["--temp"]], ids=["workspace", "temp"])
def test_dvc_tells_its_commands_the_experiment(tmp_path: Path, where: list[str]) -> None:
    folder = tmp_path / "pipeline"
    folder.mkdir()
    target = tmp_path / "name"
    (folder / "params.yaml").write_text("x: 1\n")
    command = f'python -c "import os; open({str(target)!r}, {"w"!r}).write(os.environ[{VARIABLE!r}])"'
    write_json(folder / "dvc.yaml", {"stages": {"a": {"cmd": command, "params": ["x"]}}})
    for line in (["git", "init", "-q"], ["dvc", "init", "-q"]):
        assert run(folder, *line).returncode == 0
    commit(folder)
    done = run(folder, "dvc", "exp", "run", "--name", "seely-lift", *where, "-S", "x=2")
    assert done.returncode == 0, done.stderr
    assert target.read_text() == "seely-lift"
