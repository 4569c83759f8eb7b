"""A tiny repository whose stages have all run, and an empty MLflow database to publish it into."""

import functools
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from hourglass.core import layout, weights
from hourglass.core.files import read_json, write_csv, write_json
from hourglass.data.imageset import ImageSet
from hourglass.detection.detector import NormalImages, fit
from hourglass.detection.files import save_detector
from hourglass.models.build import build
from tests.tracking import state

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", ".*Any type hint is inferred as AnyType", UserWarning)  # of its own classes
    import mlflow.pyfunc

SHAPE = (1, 8, 8)
PARAMS = {
    "seed": 1,
    "threads": 1,
    "data": {"name": "digits", "normal_class": 0},
    "detect": {
        "false_positive_rate": 0.05,
        "candidates": ["knn", "pixel", "smoothed_residual"],
        "scorers": ["smoothed_residual", "knn"],
        "variants": {"pca": {"scorers": ["pixel"]}},
    },
    "train": {"epochs": 2},
    "train_normal": {"epochs": 3},
    "variants": {"pca": {"module": "pca", "latent_dim": 3}, "vanilla": {"module": "vanilla", "latent_dim": 4}},
    "accept": {"detectors": {"variant": "all", "metric": "detect.roc_auc", "min": 0.5, "tolerance": 0.01}},
    "mlflow": {"margin": 0.005},
}
TRAINING = {
    "all": {"seed": 1, "epochs": 2, "batch_size": 128, "learning_rate": 0.005},
    "normal": {"seed": 1, "epochs": 3, "batch_size": 128, "learning_rate": 0.005},
}
# Names of the configuration above in MLflow.
EXPERIMENT, MODEL = "hourglass-digits-0", "hourglass-detector-digits-0"
SCORERS = {"pca": ["pixel"], "vanilla": ["smoothed_residual", "knn"]}
IMAGES = np.random.default_rng(1).integers(0, 256, (60, *SHAPE), dtype=np.uint8)
LABELS = np.arange(60) % 2
ROC_AUC = {"pca": 0.8, "vanilla": 0.9}
QUALITY = {"pca": 0.2, "vanilla": 0.5}  # for state.served_scores
HISTORY = "epoch,phase,train_loss,validation_loss\n0,train,nan,5.0\n1,train,4.0,4.5\n2,train,3.0,4.0\n"
FOREIGN_WARNINGS = (
    "ignore:The ``noload`` loader strategy is deprecated:DeprecationWarning",  # SQLAlchemy to MLflow
    "ignore:This process .* is multi-threaded, use of fork:DeprecationWarning",  # Python 3.12, of the killed child
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for rule in FOREIGN_WARNINGS:
                item.add_marker(pytest.mark.filterwarnings(rule))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every test's repository is a copy of."""
    folder = tmp_path_factory.mktemp("template")
    write_json(folder / "params.yaml", PARAMS)  # JSON is YAML
    prepared, reports = folder / "data" / "prepared", folder / "reports"
    for split, rows in {"train": slice(0, 40), "validation": slice(0, 60), "test": slice(20, 60)}.items():
        ImageSet(IMAGES[rows], LABELS[rows], ["zero", "one"]).save(prepared / split)
    criteria = [{"variant": name, "name": f"{name}_{what}", "passed": True} for what in "ab" for name in ROC_AUC]
    write_json(reports / "acceptance.json", {"passed": True, "criteria": criteria})
    write_json(
        reports / "summary.json",
        {name: {"roc_auc": value, "validation_roc_auc": value + 0.01} for name, value in ROC_AUC.items()},
    )
    for name in ("index.html", "results.md"):
        (reports / name).write_text(name)
    for variant, settings in PARAMS["variants"].items():  # type: ignore[attr-defined]
        evaluation = {"latent_dim": 3, "reconstruction": {"mse": 0.01, "mse_ci": [0.009, 0.011]}}
        detection = {
            "roc_auc": ROC_AUC[variant],
            "threshold": 0.4,
            "by_class": {"T-shirt/top": 0.7},
            "false_alarm_rate": 0.06,
            "target_false_positive_rate": 0.05,
            "networks": 1,
            "validation": {"roc_auc": ROC_AUC[variant] + 0.01, "roc_auc_ci": [0.7, 0.95], "quality": QUALITY[variant]},
            "scorers": SCORERS[variant],
            "weights": {name: 1 / len(SCORERS[variant]) for name in SCORERS[variant]},
        }
        write_json(reports / "metrics" / "evaluate" / f"{variant}.json", evaluation)
        write_json(reports / "metrics" / "detect" / f"{variant}.json", detection)
        for part in ("history", "figures"):
            (reports / part / variant).mkdir(parents=True)
        (reports / "figures" / variant / "scores.png").write_bytes(b"\x89PNG " + variant.encode())
        for seed, (which, more) in enumerate({"all": "", "normal": "3,train,2.5,3.5\n"}.items()):
            (reports / "history" / variant / f"{which}.csv").write_text(HISTORY + more)
            network = {name: value for name, value in settings.items() if name != "module"}
            model = build(settings["module"], network, SHAPE, seed)
            description = {**model.description, "training": TRAINING[which]}
            weights.write(folder / layout.model(variant, which), "model", model.state_dict(), description)
        images = NormalImages(ImageSet(IMAGES[:30]), ImageSet(IMAGES[30:]), 0, dataset="digits")
        detector = fit([model], SCORERS[variant], images, 0.05)
        save_detector(detector, folder / layout.detector(variant))
        scores = detector.score(ImageSet(IMAGES))
        table = zip(["validation"] * 60, LABELS, map(float, scores), strict=True)
        write_csv(folder / layout.scores(variant), ("split", "class", "score"), table)
    return folder


@pytest.fixture(scope="session", autouse=True)
def migrations_once() -> Iterator[None]:
    """MLflow reads dozens of migrations whenever it opens a database, to see which is the last: here once."""
    read = functools.cache(lambda folder: ScriptDirectory(folder))

    def from_config(config: Config) -> ScriptDirectory:
        return read(config.get_main_option("script_location"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptDirectory, "from_config", from_config)
        yield


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow takes seconds to make its tables: once here, then by copying."""
    file = tmp_path_factory.mktemp("mlflow") / "empty.db"
    mlflow.MlflowClient(f"sqlite:///{file}").search_experiments()
    return file


@pytest.fixture
def repository(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """The working directory of the test; a parameter names it otherwise."""
    folder = tmp_path / getattr(request, "param", "repository")
    shutil.copytree(template, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DVC_ROOT", str(folder))
    return folder


@pytest.fixture
def database(repository: Path, empty_database: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `repository` is published: a database beside it."""
    file = Path(shutil.copy(empty_database, repository.parent / "tracking.db"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{file}")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    monkeypatch.setattr(sys, "path", list(sys.path))  # a model that is loaded puts its own code first
    return file


@pytest.fixture(scope="session")
def published_once(template: Path, empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database after the results of `template` were published; its artifacts are shared by all its copies."""
    from hourglass.stages import publish

    with state.copied(template, empty_database, tmp_path_factory.mktemp("published")) as file:
        publish.main()
    return file


@pytest.fixture
def published(database: Path, published_once: Path, repository: Path) -> Path:
    """`database`, after `repository` was published into it."""
    shutil.copy(published_once, database)
    receipt = read_json(published_once.parent / "repository" / layout.PUBLISHED)
    write_json(
        repository / layout.PUBLISHED, receipt | {"tracking": f"sqlite:///{database}", "folder": str(repository)}
    )
    return database


@pytest.fixture
def quick_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logged models that nobody loads."""
    monkeypatch.setattr("hourglass.tracking.logged_model.save", state.save_no_code)


@pytest.fixture
def believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores that `state.retrain` makes up, without a detector that gives them."""
    monkeypatch.setattr("hourglass.tracking.evaluated.require_scores", lambda *_: None)


@pytest.fixture
def edit(repository: Path) -> Callable[..., None]:
    """edit(file, *keys, to=value) sets one value in a JSON file."""

    def set_value(file: str, *keys: str | int, to: Any) -> None:
        content = inner = read_json(repository / file)
        for key in keys[:-1]:
            inner = inner[key]
        inner[keys[-1]] = to
        write_json(repository / file, content)

    return set_value
