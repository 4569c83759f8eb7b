import os
import shutil
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NoReturn
from urllib.parse import unquote, urlsplit

import mlflow.pyfunc
import pytest

from hourglass.core import layout, params, weights
from hourglass.core.errors import HourglassError
from hourglass.core.files import write_json
from hourglass.spread import Trained
from hourglass.stages import publish
from hourglass.tracking.tags import ACCEPTED, CURRENT, KEY, MACHINE, WRITTEN
from tests.tracking.state import (
    MODEL,
    accept,
    aliases,
    champion,
    client,
    current,
    die,
    everything,
    in_child,
    live_runs,
    numbers,
    retrain,
    versions,
)

Edit = Callable[..., None]


def assert_agrees(variants: set[str], artifacts: str = "") -> None:
    """One finished live run a variant; each variant's alias and the champion's point at models that load.

    artifacts: folder under the working directory that holds the runs' artifacts.
    """
    runs = current()
    assert runs.keys() == variants
    assert {run.info.status for run in live_runs()} == {"FINISHED"}
    assert aliases() == {variant: variant for variant in variants} | {"champion": aliases()["champion"]}
    here = Path.cwd().resolve()
    for alias in aliases():
        mlflow.pyfunc.load_model(f"models:/{MODEL}@{alias}")
    for variant, run in runs.items():
        assert client().get_model_version_by_alias(MODEL, variant).run_id == run.info.run_id
        if artifacts:
            assert Path(unquote(urlsplit(run.info.artifact_uri).path)).is_relative_to(here / artifacts)
        assert [file.path for file in client().list_artifacts(run.info.run_id, "figures")] == ["figures/scores.png"]


@pytest.mark.parametrize("repository", ["repository", "my repositório #1"], indirect=True)
def test_publishing_again_changes_nothing(database: Path) -> None:
    publish.main()
    before = everything()
    assert_agrees({"pca", "vanilla"})
    publish.main()
    assert everything() == before


def test_only_detectors_that_pass_are_registered(database: Path) -> None:
    accept("vanilla", passed=False)
    publish.main()
    assert current().keys() == {"pca", "vanilla"}
    assert [version.tags["variant"] for version in versions()] == ["pca"]
    assert aliases() == {"pca": "pca", "champion": "pca"}


def test_nothing_that_passes_is_no_error(database: Path) -> None:
    for variant in ("pca", "vanilla"):
        accept(variant, passed=False)
    publish.main()
    assert current().keys() == {"pca", "vanilla"}
    assert versions() == []


def test_a_changed_verdict_duplicates_no_run(database: Path) -> None:
    accept("vanilla", passed=False)
    publish.main()
    before = {run.info.run_id: run.info.end_time for run in live_runs()}
    assert current()["vanilla"].data.tags[ACCEPTED] == "false"
    accept("vanilla", passed=True)
    publish.main()
    assert {run.info.run_id: run.info.end_time for run in live_runs()} == before
    assert current()["vanilla"].data.tags[ACCEPTED] == "true"
    assert_agrees({"pca", "vanilla"})
    accept("vanilla", passed=False)
    publish.main()
    assert current()["vanilla"].data.tags[ACCEPTED] == "false"
    assert {version.tags["variant"]: version.tags[ACCEPTED] for version in versions()} == {
        "pca": "true",
        "vanilla": "false",
    }


def test_a_variant_that_is_removed_loses_its_alias(published: Path, edit: Edit) -> None:
    old, before = current()["pca"].info.run_id, champion().version
    edit("params.yaml", "variants", to={"vanilla": {"module": "vanilla", "latent_dim": 4}})
    edit("params.yaml", "detect", "variants", to={})
    publish.main()
    assert_agrees({"vanilla"})
    assert champion().version == before
    assert client().get_run(old).data.tags[CURRENT] == "false"


def test_a_removed_champion_stays(published: Path, edit: Edit) -> None:
    before = champion().version
    edit("params.yaml", "variants", to={"pca": {"module": "pca", "latent_dim": 3}})
    publish.main()
    assert champion().version == before
    assert numbers().keys() == {"pca", "champion"}


def test_an_alias_of_a_person_stays(published: Path, believed: None) -> None:
    number = champion().version
    client().set_registered_model_alias(MODEL, "production", number)
    retrain("vanilla", 1.0)
    publish.main()
    assert numbers()["production"] == str(number)


def test_a_changed_result_is_published_beside_the_old_one(published: Path, edit: Edit) -> None:
    before = current()
    edit("reports/metrics/detect/pca.json", "roc_auc", to=0.95)
    publish.main()
    after = current()
    assert_agrees({"pca", "vanilla"})
    assert aliases()["champion"] == "vanilla"
    assert after["vanilla"].info.run_id == before["vanilla"].info.run_id
    assert after["pca"].info.run_id != before["pca"].info.run_id
    assert len(live_runs()) == len(versions()) == 3
    assert client().get_run(before["pca"].info.run_id).data.tags[CURRENT] == "false"

    edit("reports/metrics/detect/pca.json", "roc_auc", to=0.8)  # undone: the old run is the current one again
    publish.main()
    assert_agrees({"pca", "vanilla"})
    assert current()["pca"].info.run_id == before["pca"].info.run_id
    assert len(live_runs()) == len(versions()) == 3


def test_results_of_another_normal_class_are_refused(database: Path, edit: Edit) -> None:
    edit("params.yaml", "data", "normal_class", to=7)
    with pytest.raises(HourglassError, match=r"built for normal class 0, params.yaml says 7.*stage detect@pca"):
        publish.main()


def test_two_configurations_share_a_server(published: Path, edit: Edit) -> None:
    before = everything()
    edit("params.yaml", "mlflow", to={"experiment": "mine", "model": "my-detector"})
    edit("params.yaml", "variants", to={"pca": {"module": "pca", "latent_dim": 3}})
    publish.main()
    assert aliases("my-detector") == {"pca": "pca", "champion": "pca"}
    assert aliases() == {"pca": "pca", "vanilla": "vanilla", "champion": "vanilla"}
    assert current().keys() == {"pca", "vanilla"}
    edit("params.yaml", "mlflow", to={})
    edit("params.yaml", "variants", "vanilla", to={"module": "vanilla", "latent_dim": 4})
    publish.main()
    assert all(run in everything()[1] for run in before[1])


def test_a_run_of_another_job_is_left_alone(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = client().create_run(client().create_experiment("jobs"), run_name="nightly job")
    before = client().get_run(job.info.run_id).to_dictionary()
    monkeypatch.setenv("MLFLOW_RUN_ID", job.info.run_id)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", job.info.experiment_id)
    publish.main()
    assert client().get_run(job.info.run_id).to_dictionary() == before
    assert_agrees({"pca", "vanilla"})


def test_a_run_that_another_machine_writes_is_left_alone(published: Path) -> None:
    experiment = current()["pca"].info.experiment_id
    for seconds in (0, 7200):
        tags = {KEY: "0", MACHINE: "other", WRITTEN: str(int(time.time()) - seconds)}
        client().create_run(experiment, tags=tags, run_name=str(seconds))
    publish.main()
    assert [run.info.run_name for run in live_runs() if run.info.status == "RUNNING"] == ["0"]


def fail(*_: object, **__: object) -> NoReturn:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("how", "at"),
    [
        (fail, "hourglass.tracking.logged_model.log"),
        (die, "mlflow.MlflowClient.log_artifacts"),
        (die, "mlflow.MlflowClient.create_model_version"),
        (die, "mlflow.MlflowClient.set_terminated"),
        (die, "mlflow.MlflowClient.set_registered_model_alias"),
    ],
    ids=lambda value: getattr(value, "__name__", str(value).rpartition(".")[2]),
)
def test_what_an_interrupted_publication_leaves_is_replaced(
    database: Path, monkeypatch: pytest.MonkeyPatch, how: Callable[..., NoReturn], at: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(at, how)
        if how is die:
            assert in_child(publish.main) == -signal.SIGKILL
        else:
            with pytest.raises(KeyboardInterrupt):
                publish.main()
    publish.main()
    assert_agrees({"pca", "vanilla"})
    runs = live_runs()
    models = client().search_logged_models([runs[0].info.experiment_id])
    ids = sorted(run.info.run_id for run in runs)
    assert len(ids) == 2
    assert sorted(str(version.run_id) for version in versions()) == ids
    assert sorted(str(model.source_run_id) for model in models) == ids


def lose_artifacts(here: Path) -> Path:
    shutil.rmtree(here / "mlartifacts")
    return here


def empty_artifacts(here: Path) -> Path:
    lose_artifacts(here)
    (here / "mlartifacts").mkdir()
    return here


def move(here: Path) -> Path:
    return here.rename(here.with_name("mudança #2"))


def copy(here: Path) -> Path:
    return Path(shutil.copytree(here, here.with_name("copy")))


def lose_models(here: Path) -> Path:
    shutil.rmtree(here / "mlartifacts" / "models")
    return here


def delete_run(here: Path) -> Path:
    client().delete_run(current()["vanilla"].info.run_id)
    return here


def delete_version(here: Path) -> Path:
    (number,) = (version.version for version in versions() if version.tags["variant"] == "vanilla")
    client().delete_model_version(MODEL, str(number))
    return here


def alter(folder: str, pattern: str, here: Path) -> Path:
    """Change one byte of a file in the store; its size stays."""
    file = sorted(file for file in here.glob(f"mlartifacts/{folder}/{pattern}") if file.is_file())[-1]
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    return here


ALTERED = {
    "weights": partial(alter, "*/artifacts", "weights/*.safetensors"),
    "metrics": partial(alter, "*/artifacts", "metrics.json"),
    "detector": partial(alter, "models/*", "**/detector.safetensors"),
    "code": partial(alter, "models/*", "**/detector.py"),
}


@pytest.fixture
def default_store(database: Path, empty_database: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The database inside the repository, whose artifacts lie beside it; MLflow knows them by absolute paths."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    return Path(shutil.copy(empty_database, repository / "mlflow.db"))


@pytest.mark.parametrize(
    "damage",
    [
        *(lose_artifacts, empty_artifacts, lose_models, move, copy, delete_run, delete_version),
        *(pytest.param(damage, id=f"altered {what}") for what, damage in ALTERED.items()),
    ],
)
def test_what_is_lost_is_published_again(
    default_store: Path, repository: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], Path]
) -> None:
    publish.main()
    here = damage(repository)
    monkeypatch.chdir(here)
    monkeypatch.setenv("DVC_ROOT", str(here))
    monkeypatch.delenv("MLFLOW_TRACKING_URI")  # set by MLflow itself
    publish.main()
    assert_agrees({"pca", "vanilla"}, "mlartifacts")
    before = everything()
    publish.main()
    assert everything() == before


def test_a_deleted_database_is_filled_again(default_store: Path, empty_database: Path) -> None:
    assert in_child(publish.main) == 0
    default_store.unlink()
    shutil.copy(empty_database, default_store)  # as MLflow would make it, seconds sooner
    publish.main()
    assert_agrees({"pca", "vanilla"}, "mlartifacts")


def test_another_server_gets_everything(
    database: Path, empty_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish.main()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{shutil.copy(empty_database, tmp_path / 'other.db')}")
    publish.main()
    assert_agrees({"pca", "vanilla"}, "mlartifacts")


def damage_detector() -> None:
    """As a bad disk or cache does: the file loads, and scores otherwise."""
    path = layout.detector("vanilla")
    tensors, settings = weights.read(path, "detector")
    tensors["mean"][0] += 1
    weights.write(path, "detector", tensors, settings)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (damage_detector, r"gives validation image \d+ the score .*scores/vanilla.csv says .*run `hourglass check`"),
        (lambda: os.truncate(layout.detector("vanilla"), 1000), "cannot be read"),
        (lambda: layout.scores("vanilla").write_text("split,class,score\n"), "does not hold the scores of all"),
    ],
    ids=["altered", "cut", "no scores"],
)
def test_a_detector_that_scores_otherwise_is_not_published(
    published: Path, damage: Callable[[], object], message: str
) -> None:
    before = numbers()
    retrain("vanilla", 1.0)
    damage()
    with pytest.raises(HourglassError, match=message):
        publish.main()
    assert numbers() == before
    assert {run.info.status for run in live_runs()} == {"FINISHED"}


def test_a_spread_that_is_measured_later_is_shown(published: Path) -> None:
    """In the descriptions of the same run and of the same version, beside what else they say."""
    before, number = current()["vanilla"].info.run_id, champion().version
    client().update_model_version(MODEL, number, f"{champion().description}\n\nAdded by hand.")
    spread = {name: {"detect.roc_auc": [0.7, 0.8, 0.9]} for name in current()}
    digests = params.read(Trained).digests()
    write_json(layout.SPREAD, {"dataset": "digits", "normal": [0], "settings": digests, "metrics": spread})
    publish.main()
    run = current()["vanilla"]
    assert (run.info.run_id, champion().version) == (before, number)
    card = champion().description or ""
    for description in (run.data.tags["mlflow.note.content"], card):
        assert [line.split("|")[-2].strip() for line in description.splitlines() if "| ROC-AUC |" in line] == ["0.10"]
    assert card.endswith("Added by hand.")
