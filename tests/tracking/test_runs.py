import json
import math
import os
import subprocess
from pathlib import Path

import pytest
from mlflow.entities import Run

from hourglass.core import layout, params
from hourglass.core.files import read_json, write_json
from hourglass.spread import Trained
from hourglass.summary import HEADLINES
from hourglass.tracking import contents, dataset, runs, timings
from hourglass.tracking.store import connect
from tests.tracking.state import client

ENDED = 1_700_000_000


@pytest.fixture
def noted(repository: Path) -> None:
    """What both trainings of `vanilla` noted when they ran here: 4 and 8 seconds."""
    for stage, seconds, megabytes in (("train@vanilla", 4.0, 300), ("train_normal@vanilla", 8.0, 200)):
        file = layout.timing(stage)
        write_json(file, {"seconds": seconds, "import_seconds": 1.5, "peak_memory_bytes": megabytes * 10**6})
        os.utime(file, (ENDED, ENDED))


def log(name: str = "vanilla") -> Run:
    """Log the results of `vanilla` alone, without a model."""
    ours, experiment = connect("hourglass")
    content = contents.read("vanilla", params.read(contents.PublishSettings))
    run = runs.log(ours, experiment, content, {}, name, dataset.read("digits"))
    runs.finish(ours, run, content)
    return ours.get_run(run)


@pytest.fixture
def run(database: Path) -> Run:
    return log()


def artifact(run: Run, name: str) -> str:
    return Path(client().download_artifacts(run.info.run_id, name)).read_text(encoding="utf-8")


def test_metrics_are_headlines_and_curves(noted: None, run: Run) -> None:
    curves = {f"loss_{images}/{which}" for images in ("all_classes", "normal_class") for which in runs.LOSSES.values()}
    assert run.data.metrics.keys() == {"roc_auc", "validation_roc_auc", "train_seconds", "peak_memory_mb"} | curves
    assert run.data.metrics["roc_auc"] == 0.9
    assert len({*HEADLINES, "train_seconds", "peak_memory_mb"}) <= 14


def note_origin(instruction_set: str) -> None:
    origin = {
        "processor": "P",
        "vector_instructions": ["avx", "avx2"],
        "instruction_set": instruction_set,
        "limits": {},
        "threads": 1,
        "device": "cuda (NVIDIA H100)",
        "python": "3.11",
        "libraries": {"torch": "2", "numpy": "1"},
    }
    file = layout.timing("train_normal@vanilla")
    write_json(file, read_json(file) | {"origin": origin})


def test_tags_say_where_the_network_was_trained(noted: None, database: Path) -> None:
    note_origin("native")
    tags = log().data.tags
    assert (tags["processor"], tags["instruction_set"]) == ("P", "native (avx avx2)")
    assert tags["device"] == "cuda (NVIDIA H100)"
    assert (tags["libraries"], tags["threads"]) == ("python 3.11, torch 2, numpy 1", "1")


def test_a_note_of_other_instructions_is_no_origin(noted: None, database: Path) -> None:
    """DVC restored the network of an earlier training; the note is that of the last one."""
    note_origin("sse")
    assert "processor" not in log().data.tags


def test_the_table_of_metrics_shows_the_spread(database: Path) -> None:
    values = {"vanilla": {"detect.roc_auc": [0.89, 0.90, 0.91]}}
    write_json(
        layout.SPREAD,
        {
            "dataset": "digits",
            "normal": [params.content()["data"]["normal_class"]],
            "settings": params.read(Trained).digests(),
            "metrics": values,
        },
    )
    table = json.loads(artifact(log(), runs.TABLE))
    rows = {(row[0], row[1]): row for row in table["data"]}
    assert rows["detect", "roc_auc"][-1] == "0.010"
    assert table["columns"][-1] == "± over trainings"
    assert {row[-1] for place, row in rows.items() if place != ("detect", "roc_auc")} == {""}


def test_curves_leave_out_the_loss_before_training(run: Run) -> None:
    def curve(name: str) -> list[tuple[int, float]]:
        return sorted((at.step, at.value) for at in client().get_metric_history(run.info.run_id, name))

    assert curve("loss_normal_class/validation") == [(1, 4.5), (2, 4.0), (3, 3.5)]
    assert curve("loss_all_classes/training") == [(1, 4.0), (2, 3.0)]
    assert not any(math.isnan(value) for value in run.data.metrics.values())


def test_every_metric_is_in_an_artifact(run: Run) -> None:
    found = json.loads(artifact(run, "metrics.json"))
    assert found == {kind: read_json(layout.metrics(kind, "vanilla")) for kind in ("evaluate", "detect")}
    assert artifact(run, "history/normal.csv") == layout.history("vanilla", "normal").read_text()


def test_mlflow_shows_all_metrics_as_a_table(run: Run) -> None:
    table = client().load_table(run.info.experiment_id, runs.TABLE, [run.info.run_id])
    rows = {f"{part}.{metric}": found for part, metric, *found in table.itertuples(index=False)}
    assert rows["evaluate.reconstruction.mse"] == [0.01, "0.009 to 0.011", ""]
    assert rows["detect.roc_auc"] == [0.9, "", ""]
    assert not [name for name in rows if name.endswith(("_low", "_high"))]


def test_the_duration_is_that_of_the_training(noted: None, run: Run) -> None:
    assert run.info.status == "FINISHED"
    assert (run.info.start_time, run.info.end_time) == ((ENDED - 12) * 1000, ENDED * 1000)
    assert run.data.metrics["train_seconds"] == 9.0
    assert run.data.metrics["peak_memory_mb"] == 300


def test_a_training_elsewhere_has_no_duration(run: Run) -> None:
    assert {"train_seconds", "peak_memory_mb"}.isdisjoint(run.data.metrics)
    assert run.info.end_time - run.info.start_time < 60_000


def test_inputs_are_training_validation_and_test_images(run: Run) -> None:
    assert run.inputs
    inputs = {found.tags[0].value: found.dataset for found in run.inputs.dataset_inputs}
    assert inputs.keys() == {"training", "validation", "test"}
    assert {found.name for found in inputs.values()} == {"digits"}
    assert json.loads(str(inputs["validation"].profile)) == {"images": 60, "classes": {"zero": 30, "one": 30}}
    assert inputs["validation"].digest != inputs["test"].digest


def test_tags_say_what_a_run_is(run: Run) -> None:
    tags = run.data.tags
    assert tags["family"] == "Vanilla autoencoder"
    assert tags["lecture"] == "Autoencoders (Métodos Generativos)"
    assert (tags["dataset"], tags["normal_class"]) == ("digits", "0")
    assert "The simplest network" in tags["mlflow.note.content"]


@pytest.mark.parametrize("dirty", [False, True])
def test_tags_name_the_commit_and_uncommitted_changes(repository: Path, database: Path, dirty: bool) -> None:
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@b.c")
    for arguments in (["init", "-q", "-b", "topic"], ["add", "params.yaml"], ["commit", "-qm", "first"]):
        subprocess.run([*git, *arguments], cwd=repository, check=True)
    if dirty:
        with Path("params.yaml").open("a") as file:
            file.write("\n")
    tags = log().data.tags
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=repository, check=True, capture_output=True, text=True)
    assert tags["mlflow.source.git.commit"] == head.stdout.strip()
    assert tags["mlflow.source.git.branch"] == "topic"
    assert tags["mlflow.source.git.dirty"] == str(dirty).lower()


def test_names_tell_current_runs_from_earlier_ones(noted: None, run: Run) -> None:
    def name() -> str:
        return str(client().get_run(run.info.run_id).info.run_name)

    assert name() == "vanilla"
    runs.supersede(client(), run)
    assert name() == "vanilla (2023-11-14 22:13)"
    runs.restore(client(), client().get_run(run.info.run_id))
    assert name() == "vanilla"


def test_numbers_are_short_enough_for_a_table(database: Path) -> None:
    summary = read_json(layout.SUMMARY)
    summary["vanilla"] |= {"roc_auc": 0.94990812, "frechet": 46.8062437, "parameters": 1184340}
    write_json(layout.SUMMARY, summary)
    found = log().data.metrics
    assert (found["roc_auc"], found["frechet"], found["parameters"]) == (0.94991, 46.806, 1184340)


@pytest.mark.parametrize("content", [[], None, {}, {"seconds": None}, {"seconds": 1.0}, {"seconds": "x"}])
def test_a_note_of_nonsense_is_a_training_elsewhere(noted: None, content: object) -> None:
    write_json(layout.timing("train@vanilla"), content)
    assert timings.costs("vanilla") == {}
    started, ended = runs.trained("vanilla")
    assert started == ended
