"""One trial of a sweep, without Ray: what it reports, and that measuring does not disturb training."""

import math
from collections.abc import Mapping
from typing import Any

import pytest
import torch

from hourglass.cluster.settings import Space
from hourglass.cluster.trial import COMPLETE, EPOCH, OBJECTIVE, Job, changed, measure
from hourglass.data.imageset import ImageSet
from hourglass.evaluation.image_quality import mse_estimate
from hourglass.evaluation.inference import reconstruct
from hourglass.training.settings import TrainSettings
from hourglass.training.train import train

ENTRY = {"module": "undercomplete", "latent_dim": 4, "hidden": [16], "train": {"learning_rate": 0.002}}
SPACE = {"latent_dim": Space(min=2, max=8), "train.learning_rate": Space(min=0.001, max=0.01, log=True)}


def job(**space: Space) -> Job:
    return Job("small", ENTRY, space or SPACE, TrainSettings(epochs=3, batch_size=64), 1, 1, "cpu")


def reports(trials: Job, chosen: Mapping[str, Any], digits: ImageSet) -> list[Mapping[str, Any]]:
    reported: list[Mapping[str, Any]] = []
    images, validation = digits.first(400), digits.first(500).subset(slice(400, 500))
    measure(trials.recipe(chosen), trials, images, validation, reported.append)
    return reported


def test_the_objective_is_reported_after_each_epoch(digits: ImageSet) -> None:
    reported = reports(job(), {}, digits)
    assert [report[EPOCH] for report in reported] == [1, 2, 3]
    assert [report[COMPLETE] for report in reported] == [False, False, True]
    assert reported[-1][OBJECTIVE] < reported[0][OBJECTIVE]


def test_measuring_between_epochs_changes_no_weight(digits: ImageSet) -> None:
    images, validation = digits.first(400), digits.first(500).subset(slice(400, 500))
    trials = job()
    model, _ = train(trials.recipe({}), trials.seed, images, validation)
    alone = mse_estimate(reconstruct(model, validation), trials.seed).value
    assert reports(trials, {}, digits)[-1][OBJECTIVE] == alone


def test_a_training_that_diverges_is_the_worst(digits: ImageSet) -> None:
    trials = Job("small", ENTRY | {"loss": "mse"}, SPACE, TrainSettings(epochs=2, gradient_clip=1e9), 1, 1, "cpu")
    reported = reports(trials, {"train.learning_rate": 1e4}, digits)
    assert reported[-1] == {OBJECTIVE: math.inf, EPOCH: 2, COMPLETE: False}


def test_closed_forms_report_once(digits: ImageSet) -> None:
    trials = Job("pca", {"module": "pca", "latent_dim": 2}, SPACE, TrainSettings(epochs=5), 1, 1, "cpu")
    assert [report[COMPLETE] for report in reports(trials, {}, digits)] == [True]


def test_settings_change_at_dotted_paths() -> None:
    entry = changed({"module": "vae", "train": {"epochs": 2}}, {"beta": 2.0, "train.learning_rate": 0.1})
    assert entry == {"module": "vae", "beta": 2.0, "train": {"epochs": 2, "learning_rate": 0.1}}
    assert changed({"module": "vae"}, {"train.epochs": 3}) == {"module": "vae", "train": {"epochs": 3}}


def test_present_settings_are_those_of_the_entry_and_the_section() -> None:
    assert job().present() == {"latent_dim": 4, "train.learning_rate": 0.002}
    assert job(**{"train.epochs": Space(min=1, max=9)}).present() == {"train.epochs": 3}
    assert job(latent_dim=Space(min=8, max=9)).present() is None


def test_each_setting_is_tried_at_its_ends() -> None:
    ends = [chosen for _, chosen in job().extremes()]
    assert [chosen["latent_dim"] for chosen in ends] == [2, 8, 2, 2]
    assert [chosen["train.learning_rate"] for chosen in ends] == [0.001, 0.001, 0.001, 0.01]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)
