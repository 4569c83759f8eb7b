"""Which registered detector a name means."""

from pathlib import Path

import pytest

from hourglass.core.errors import HourglassError
from hourglass.tracking import registered
from hourglass.tracking.registered import Registered
from tests.tracking.state import MODEL, client


@pytest.mark.parametrize(("name", "variant"), [("champion", "vanilla"), ("vanilla", "vanilla"), ("pca", "pca")])
def test_an_alias_means_the_version_it_points_at(published: Path, name: str, variant: str) -> None:
    found = registered.find(name, MODEL)
    number = client().get_model_version_by_alias(MODEL, name).version
    assert found == Registered(f"models:/{MODEL}/{number}", f"{MODEL} version {number} ({variant})")
    file, card = registered.files(found)
    assert file.is_file()
    assert card.startswith("ROC-AUC 0.")


def test_an_unknown_alias_is_answered_with_a_near_one(published: Path) -> None:
    with pytest.raises(HourglassError, match=r"no version of .* is called 'champoin'; did you mean champion\?"):
        registered.find("champoin", MODEL)


def test_an_unknown_model_or_version_is_one_line(published: Path) -> None:
    with pytest.raises(HourglassError, match="MLflow has no model nobody; run `hourglass publish`"):
        registered.find("champion", "nobody")
    missing = registered.find(f"models:/{MODEL}/99", MODEL)
    for action in (registered.files, registered.load):
        with pytest.raises(HourglassError, match="99") as caught:
            action(missing)
        assert "\n" not in str(caught.value)


def test_before_anything_is_published_no_database_is_made(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(HourglassError, match="nothing was published from here yet; run `hourglass publish`"):
        registered.find("champion", MODEL)
    assert not (repository / "mlflow.db").exists()
