"""Which registered detector a name means, and its file."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from hourglass.core import layout
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.data.imageset import ImageSet
from hourglass.detection.files import load_detector, save_detector
from hourglass.export import source
from hourglass.prediction.models import find, find_detector
from hourglass.prediction.scoring import score_files
from hourglass.tracking import registered
from hourglass.tracking.logged_model import unlogged
from hourglass.tracking.registered import Registered
from tests.tracking.state import MODEL, client

CHAMPION = f"models:/{MODEL}@champion"


def test_the_champion_scores_files_as_it_is_served(published: Path, tmp_path: Path) -> None:
    detector, name = find_detector("champion", tmp_path)
    assert re.fullmatch(rf"{MODEL} version \d+ \(\w+\)", name)
    images = ImageSet.open(layout.split("test")).first(20)
    names = [f"{number}.png" for number in range(len(images))]
    for number, file in enumerate(names):
        Image.fromarray(images[number : number + 1][0, 0]).save(tmp_path / file)
    (batch,) = score_files(detector, [names], tmp_path)
    scores = [one.score for one in batch.predictions]
    served = mlflow.pyfunc.load_model(CHAMPION).predict(images[:])
    np.testing.assert_allclose(scores, served["score"], rtol=0, atol=1e-6)
    assert [one.verdict == "anomaly" for one in batch.predictions] == served["anomaly"].tolist()


def test_a_version_is_found_by_its_address(published: Path, tmp_path: Path) -> None:
    found, name = find_detector(f"models:/{MODEL}@pca", tmp_path)
    assert name == f"models:/{MODEL}@pca"
    expected = load_detector(layout.detector("pca"))
    assert found.members[0].model.description == expected.members[0].model.description
    np.testing.assert_array_equal(found.calibration_scores, expected.calibration_scores)


def test_an_address_without_a_version_is_named(published: Path, tmp_path: Path) -> None:
    for address in (f"models:/{MODEL}/99", "models:/nobody@champion", "models:/"):
        with pytest.raises(HourglassError, match="cannot be read") as caught:
            find_detector(address, tmp_path)
        assert str(caught.value).startswith(address)
        assert "\n" not in str(caught.value)


def test_without_a_champion_the_message_says_what_to_do(database: Path, tmp_path: Path) -> None:
    advice = r"name a model \(`--model VARIANT`\), or run `hourglass promote`$"
    with pytest.raises(HourglassError, match=f"^{MODEL} has no champion in MLflow; {advice}"):
        find_detector("champion", tmp_path)
    database.unlink()
    with pytest.raises(HourglassError, match=f"^nothing was published to MLflow from here, .*; {advice}"):
        find_detector("champion", tmp_path)
    assert not database.exists()


def test_a_detector_of_an_earlier_version_is_refused(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def earlier(_: object) -> tuple[Path, str]:
        tensors = load_file(layout.detector("pca"))
        save_file(tensors, tmp_path / "detector.safetensors", {"detector": '{"models": []}'})
        return tmp_path / "detector.safetensors", ""

    monkeypatch.setattr("hourglass.tracking.registered.files", earlier)
    with pytest.raises(
        HourglassError, match=rf"^{MODEL} version .* holds a detector that this version cannot build .*VARIANT`$"
    ):
        find_detector("champion", tmp_path)


@pytest.mark.parametrize("variant", ["vanilla", "pca"])
def test_the_champion_is_the_version_the_alias_points_at(published: Path, variant: str) -> None:
    number = client().get_model_version_by_alias(MODEL, variant).version
    client().set_registered_model_alias(MODEL, "champion", number)
    found = registered.find("champion", MODEL)
    assert found == Registered(f"models:/{MODEL}/{number}", f"{MODEL} version {number} ({variant})")
    file, card = registered.files(found)
    assert file.is_file()
    assert card.startswith("ROC-AUC 0.")


def test_a_misspelt_champion_is_answered_with_a_near_name(published: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"'champoin' is no file, and no variant .*; did you mean champion\?"):
        find_detector("champoin", tmp_path)


def test_a_variant_means_the_same_to_every_command(published: Path, tmp_path: Path) -> None:
    """Its detector on disk, though its alias in MLflow points at an earlier one."""
    save_detector(replace(load_detector(layout.detector("pca")), false_positive_rate=0.5), layout.detector("pca"))
    today = load_detector(layout.detector("pca"))
    images = ImageSet.open(layout.split("test"))[:]
    scores = today.score(ImageSet(images))
    assert find_detector("pca", tmp_path)[0].threshold == today.threshold
    assert source.find("pca", tmp_path).detector.threshold == today.threshold
    found = find("pca", tmp_path)
    assert isinstance(found, Path)
    served: Any = unlogged(found, torch.device("cpu")).predict(images)
    np.testing.assert_allclose(served["score"], scores, rtol=0, atol=1e-6)
    assert served["anomaly"].tolist() == (scores > today.threshold).tolist()
    earlier: Any = mlflow.pyfunc.load_model(f"models:/{MODEL}@pca").predict(images)
    assert earlier["anomaly"].sum() < served["anomaly"].sum()


def test_an_unknown_model_or_version_is_one_line(published: Path) -> None:
    with pytest.raises(HourglassError, match=r"^nobody has no champion in MLflow; name a model"):
        registered.find("champion", "nobody")
    missing = registered.find(f"models:/{MODEL}/99", MODEL)
    for action in (registered.files, registered.load):
        with pytest.raises(HourglassError, match="99") as caught:
            action(missing)
        assert "\n" not in str(caught.value)


@pytest.fixture
def damaged(published: Path) -> Iterator[Registered]:
    """The champion, whose file in the store is damaged during the test; other tests share the store."""
    found = registered.find("champion", MODEL)
    file, _ = registered.files(found)
    whole = file.read_bytes()
    file.write_bytes(b"damaged")
    yield found
    file.write_bytes(whole)


def test_a_damaged_registered_detector_is_one_line(damaged: Registered) -> None:
    """Also where the code that it was published with loads it, whose errors are of classes of its own."""
    found = damaged
    for action in (registered.detector, registered.load):
        with pytest.raises(
            HourglassError, match=f"^{re.escape(found.name)} .*cannot be read.*--model VARIANT`$"
        ) as caught:
            action(found)
        assert "\n" not in str(caught.value)
