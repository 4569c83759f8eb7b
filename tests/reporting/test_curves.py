"""The curves of all variants, for `dvc plots`."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from hourglass.reporting import curves
from hourglass.reporting.results import Result
from tests.reporting.reports import result

FAMILIES = {"plain": "vanilla", "deep": "stacked"}


def trained(name: str, phases: list[str], losses: list[float], *, normal: float = 5.0) -> Result:
    """A result with a row of history per loss, the first before training, and a ROC curve of two points."""
    history = pd.DataFrame({"epoch": range(len(losses)), "phase": phases, "validation_loss": losses})
    roc = pd.DataFrame({"false_positive_rate": [0.0, 1.0], "true_positive_rate": [0.5, 1.0]})
    return replace(result(name), history={"all": history, "normal": history.assign(validation_loss=normal)}, roc=roc)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    results = [
        trained("plain", ["train"] * 3, [90.0, 3.0, 2.0]),
        trained("deep", ["layer 1", "layer 1", "fine-tuning", "fine-tuning"], [80.0, 1.0, 9.0, 8.0], normal=6.0),
    ]
    curves.write(results, FAMILIES, tmp_path / "curves")
    return tmp_path / "curves"


def test_roc_curves_stand_below_each_other(folder: Path) -> None:
    assert (folder / "roc.csv").read_text().splitlines() == [
        "family,variant,false_positive_rate,true_positive_rate",
        "vanilla,plain,0.0,0.5",
        "vanilla,plain,1.0,1.0",
        "stacked,deep,0.0,0.5",
        "stacked,deep,1.0,1.0",
    ]


def test_losses_are_those_after_epochs_of_the_last_phase(folder: Path) -> None:
    assert (folder / "loss_all.csv").read_text().splitlines() == [
        "family,variant,epoch,validation_loss",
        "vanilla,plain,1,3.0",
        "vanilla,plain,2,2.0",
        "stacked,deep,2,9.0",
        "stacked,deep,3,8.0",
    ]


def test_each_training_has_its_own_file(folder: Path) -> None:
    losses = pd.read_csv(folder / "loss_normal.csv").groupby("variant").validation_loss.unique()
    assert losses["plain"].tolist() == [5.0]
    assert losses["deep"].tolist() == [6.0]
