import hashlib
import math
import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit

import mlflow.pyfunc
import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run, ViewType
from mlflow.entities.model_registry import ModelVersion

from hourglass.core import layout
from hourglass.core.files import read_json
from hourglass.stages import publish
from hourglass.tracking.publish import CURRENT, KEY, MODEL
from hourglass.tracking.store import EXPERIMENT, address

Edit = Callable[..., None]


def client() -> MlflowClient:
    return MlflowClient(address())


def live_runs() -> list[Run]:
    experiment = client().get_experiment_by_name(EXPERIMENT)
    assert experiment
    return list(client().search_runs([experiment.experiment_id]))


def current() -> dict[str, Run]:
    """Variant -> the run that shows it."""
    runs = [run for run in live_runs() if run.data.tags[CURRENT] == "true"]
    assert len(runs) == len({run.info.run_name for run in runs})
    return {str(run.info.run_name): run for run in runs}


def versions() -> list[ModelVersion]:
    return list(client().search_model_versions(f"name = '{MODEL}'"))


def aliases() -> dict[str, str]:
    """Alias -> the variant its version scores with."""
    found: dict[str, str] = {}
    for alias, number in client().get_registered_model(MODEL).aliases.items():
        found[alias] = client().get_model_version(MODEL, str(number)).tags["variant"]
    return found


def everything() -> list[Any]:
    """All that MLflow shows, deleted things included."""
    experiments = client().search_experiments(view_type=ViewType.ALL)
    ids = [experiment.experiment_id for experiment in experiments]
    runs = client().search_runs(ids, run_view_type=ViewType.ALL)
    models = client().search_logged_models(ids)
    registered = [dict(found) | {"latest_versions": None} for found in client().search_registered_models()]
    return [
        [dict(experiment) for experiment in experiments],
        [run.to_dictionary() for run in runs],
        [model.to_dictionary() for model in models],
        [dict(version) for version in versions()],
        registered,
    ]


def assert_agrees(variants: dict[str, bool]) -> None:
    """One finished live run a variant; aliases of those that pass point at models that load, `champion` at the best."""
    runs = current()
    assert runs.keys() == variants.keys()
    assert {run.info.status for run in live_runs()} == {"FINISHED"}
    passing = {variant for variant, passed in variants.items() if passed}
    best = max(passing, key=lambda variant: runs[variant].data.metrics["detect.roc_auc"])
    assert aliases() == {variant: variant for variant in passing} | {"champion": best}
    here = Path.cwd().resolve()
    for alias, variant in aliases().items():
        version = client().get_model_version_by_alias(MODEL, alias)
        assert version.run_id == runs[variant].info.run_id
    for variant in passing:
        mlflow.pyfunc.load_model(f"models:/{MODEL}@{variant}")
    for run in runs.values():
        assert Path(unquote(urlsplit(run.info.artifact_uri).path)).is_relative_to(here / "mlartifacts")
        assert [file.path for file in client().list_artifacts(run.info.run_id, "figures")] == ["figures/scores.png"]


def in_child(function: Callable[[], object]) -> int | None:
    """Run in a process of its own, which shares no database connection; return its exit status."""
    child = multiprocessing.get_context("fork").Process(target=function)
    child.start()
    child.join(60)
    status = child.exitcode
    child.kill()
    return status


def test_a_run_shows_its_variant(database: Path) -> None:
    publish.main()
    run = current()["vanilla"]
    assert run.info.status == "FINISHED"
    assert run.data.tags[KEY] == read_json(layout.PUBLISHED)["vanilla"]
    assert run.data.params["module"] == "vanilla"
    assert run.data.params["train_normal.epochs"] == "3"
    assert run.data.metrics["detect.roc_auc"] == 0.9
    assert run.data.metrics["evaluate.reconstruction.mse_high"] == 0.011
    assert run.data.metrics["detect.by_class.T-shirt-top"] == 0.7

    def curve(name: str) -> list[tuple[int, float]]:
        return [(point.step, point.value) for point in client().get_metric_history(run.info.run_id, name)]

    assert sorted(curve("normal.validation_loss")) == [(0, 5.0), (1, 4.5), (2, 4.0), (3, 3.5)]
    (first, undefined), *rest = sorted(curve("all.train_loss"))
    assert first == 0
    assert math.isnan(undefined)
    assert rest == [(1, 4.0), (2, 3.0)]

    artifacts = Path(client().download_artifacts(run.info.run_id, ""))
    for name, source in {
        "figures/scores.png": "reports/figures/vanilla",
        **{f"weights/{which}.safetensors": "models/vanilla" for which in ("all", "normal", "detector")},
    }.items():
        assert (artifacts / name).read_bytes() == (Path(source) / Path(name).name).read_bytes()

    assert run.inputs
    (shown,) = run.inputs.dataset_inputs
    digest = hashlib.sha256(np.load("data/prepared/train/images.npy").data).hexdigest()
    assert (shown.dataset.name, shown.dataset.digest) == ("digits", digest[:32])


@pytest.mark.parametrize("repository", ["repository", "my repositório #1"], indirect=True)
def test_publishing_again_changes_nothing(database: Path) -> None:
    publish.main()
    before = everything()
    assert_agrees({"pca": True, "vanilla": True})
    publish.main()
    assert everything() == before


def test_only_detectors_that_pass_are_registered(database: Path, edit: Edit) -> None:
    edit("reports/acceptance.json", "criteria", 1, "passed", to=False)
    publish.main()
    assert_agrees({"pca": True, "vanilla": False})
    assert [version.tags["variant"] for version in versions()] == ["pca"]


def test_nothing_that_passes_is_no_error(database: Path, edit: Edit) -> None:
    for row in (0, 1):
        edit("reports/acceptance.json", "criteria", row, "passed", to=False)
    publish.main()
    assert current().keys() == {"pca", "vanilla"}
    assert versions() == []


@pytest.mark.parametrize("why", ["fails", "is removed"])
def test_a_variant_that_fails_or_is_removed_loses_its_aliases(database: Path, edit: Edit, why: str) -> None:
    publish.main()
    old = current()["vanilla"].info.run_id
    if why == "fails":
        edit("reports/acceptance.json", "criteria", 3, "passed", to=False)
    else:
        edit("params.yaml", "variants", to={"pca": {"module": "pca", "latent_dim": 3}})
    publish.main()
    assert_agrees({"pca": True, "vanilla": False} if why == "fails" else {"pca": True})
    assert client().get_run(old).data.tags[CURRENT] == "false"


def test_the_last_variant_to_fail_takes_the_champion_along(database: Path, edit: Edit) -> None:
    publish.main()
    for row in (0, 1):
        edit("reports/acceptance.json", "criteria", row, "passed", to=False)
    publish.main()
    assert aliases() == {}


def test_a_changed_result_is_published_beside_the_old_one(database: Path, edit: Edit) -> None:
    publish.main()
    before = current()
    assert aliases()["champion"] == "vanilla"
    edit("reports/metrics/detect/pca.json", "roc_auc", to=0.95)
    publish.main()
    after = current()
    assert_agrees({"pca": True, "vanilla": True})
    assert aliases()["champion"] == "pca"
    assert after["vanilla"].info.run_id == before["vanilla"].info.run_id
    assert after["pca"].info.run_id != before["pca"].info.run_id
    assert len(live_runs()) == len(versions()) == 3
    assert client().get_run(before["pca"].info.run_id).data.tags[CURRENT] == "false"

    edit("reports/metrics/detect/pca.json", "roc_auc", to=0.8)  # undone: the old run is the current one again
    publish.main()
    assert_agrees({"pca": True, "vanilla": True})
    assert current()["pca"].info.run_id == before["pca"].info.run_id
    assert len(live_runs()) == len(versions()) == 3


def die(*_: object, **__: object) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def fail(*_: object, **__: object) -> NoReturn:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("how", "at"),
    [
        (fail, "hourglass.tracking.publish._register"),
        (die, "mlflow.log_artifacts"),
        (die, "mlflow.MlflowClient.create_model_version"),
        (die, "mlflow.tracking.fluent.end_run"),
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
    assert_agrees({"pca": True, "vanilla": True})
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


def delete_run(here: Path) -> Path:
    client().delete_run(current()["vanilla"].info.run_id)
    return here


def delete_version(here: Path) -> Path:
    (number,) = (version.version for version in versions() if version.tags["variant"] == "vanilla")
    client().delete_model_version(MODEL, str(number))
    return here


@pytest.fixture
def default_store(database: Path, empty_database: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The database inside the repository, whose artifacts lie beside it; MLflow knows them by absolute paths."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    return Path(shutil.copy(empty_database, repository / "mlflow.db"))


@pytest.mark.parametrize("damage", [lose_artifacts, empty_artifacts, move, copy, delete_run, delete_version])
def test_what_is_lost_is_published_again(
    default_store: Path, repository: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], Path]
) -> None:
    publish.main()
    here = damage(repository)
    monkeypatch.chdir(here)
    monkeypatch.setenv("DVC_ROOT", str(here))
    monkeypatch.delenv("MLFLOW_TRACKING_URI")  # set by MLflow itself
    publish.main()
    assert_agrees({"pca": True, "vanilla": True})
    before = everything()
    publish.main()
    assert everything() == before


def test_a_deleted_database_is_filled_again(default_store: Path, empty_database: Path) -> None:
    assert in_child(publish.main) == 0
    default_store.unlink()
    shutil.copy(empty_database, default_store)  # as MLflow would make it, seconds sooner
    publish.main()
    assert_agrees({"pca": True, "vanilla": True})


def test_another_server_gets_everything(
    database: Path, empty_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish.main()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{shutil.copy(empty_database, tmp_path / 'other.db')}")
    publish.main()
    assert_agrees({"pca": True, "vanilla": True})
