import shutil
from pathlib import Path

import pytest

from hourglass.core import layout
from hourglass.core.files import read_json
from hourglass.stages import publish
from tests.tracking.state import accept, current, retrain

pytestmark = pytest.mark.usefixtures("quick_models", "believed")


def test_nothing_was_published_from_a_fresh_clone(database: Path) -> None:
    shutil.rmtree("models")
    assert not publish.is_needed()


def test_an_undone_experiment_is_noticed(published: Path, repository: Path) -> None:
    first = current()["pca"].info.run_id
    before = Path(shutil.copytree("reports", repository.parent / "before"))
    retrain("pca", 3.0)
    assert publish.is_needed()
    publish.main()
    assert not publish.is_needed()
    assert current()["pca"].info.run_id != first
    for file in ("metrics/detect/pca.json", "summary.json", "scores/pca.csv"):  # git checkout . && dvc checkout
        shutil.copy(before / file, Path("reports") / file)
    assert publish.is_needed()
    publish.main()
    assert current()["pca"].info.run_id == first


def test_another_verdict_server_or_name_is_noticed(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accept("pca", passed=False)
    assert publish.is_needed()
    accept("pca", passed=True)
    assert not publish.is_needed()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    assert publish.is_needed()


def test_a_deleted_database_is_noticed(published: Path) -> None:
    published.unlink()
    assert publish.is_needed()


def test_receipt_holds_no_password(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(read_json(layout.PUBLISHED)) == {"tracking", "experiment", "model", "folder", "results"}
    from hourglass.core import params
    from hourglass.tracking import contents, receipt

    settings = params.read(contents.PublishSettings)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://user:secret@127.0.0.1:1")
    receipt.note(contents.read_all(settings), settings.mlflow.names(settings.data))
    assert read_json(layout.PUBLISHED)["tracking"] == "http://user:***@127.0.0.1:1"


def test_a_moved_folder_is_noticed(published: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLflow knows artifacts by absolute paths, so no model could be loaded."""
    assert not publish.is_needed()
    moved = repository.rename(repository.with_name("moved"))
    monkeypatch.chdir(moved)
    monkeypatch.setenv("DVC_ROOT", str(moved))
    assert publish.is_needed()


def test_a_damaged_receipt_is_as_good_as_none(published: Path) -> None:
    layout.PUBLISHED.write_text("{")
    assert publish.is_needed()
