"""The gate beside real trainings: other instructions pass, a damaged training does not."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from repository import run

from hourglass.core import layout, params
from hourglass.core.files import read_json, write_json
from hourglass.core.metrics import Metrics
from hourglass.core.origin import ENVIRONMENT, origin
from hourglass.data.imageset import ImageSet
from hourglass.pipeline import acceptance, gate, staleness
from hourglass.pipeline.schema import Params
from hourglass.spread import Spread, Trained

FLOOR = 0.02  # more than other instructions move the ROC-AUC of a network this small
TRAIN = {"epochs": 12, "batch_size": 16, "learning_rate": 0.01}
SETTINGS: dict[str, Any] = {
    "seed": 1,
    "threads": 1,
    "data": {"name": "digits", "images": None, "normal_class": 4},
    "train": TRAIN,
    "train_normal": TRAIN,
    "reference_classifier": {"epochs": 1},
    "likelihood": {"k": 1},
    "sweep": {
        "latent_dims": [2],
        "images": 10,
        "train": {"epochs": 1},
        "train_normal": {"epochs": 1},
        "variants": {"pca": {"module": "pca"}},
    },
    "experiments": {},
    "detect": {"false_positive_rate": 0.1, "candidates": ["pixel", "knn"]},
    "mlflow": {"margin": 0.005},
    "report": {"language": "en"},
    "variants": {"undercomplete": {"module": "undercomplete", "latent_dim": 4, "hidden": [32]}},
    "accept": {"detectors": {"variant": "all", "metric": "detect.roc_auc", "min": 0.5, "tolerance": FLOOR}},
}
METRICS = layout.metrics("detect", "undercomplete")
SPLITS = {"train": slice(900), "validation": slice(900, 1300), "test": slice(1300, None)}
# As the stages do it; one process for several trainings, since importing takes longer than they do.
TRAININGS = """
import json, sys
from hourglass.core import params
from hourglass.core.files import write_json
from hourglass.core.stage import set_environment
content, changes, found = params.content(), json.loads(sys.argv[1]), []
write_json(params.PARAMS, {**content, **changes[0]})
set_environment()
from hourglass.core import layout
from hourglass.core.files import read_json
from hourglass.stages import detect, train_normal
for change in changes:
    write_json(params.PARAMS, {**content, **change})
    train_normal.main("undercomplete")
    detect.main("undercomplete")
    found.append(read_json(layout.metrics("detect", "undercomplete")))
write_json(params.PARAMS, content)
print(json.dumps(found))
"""


def train(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    """Metrics of a detector that was trained with each of these changes of params.yaml."""
    clean = {name: value for name, value in os.environ.items() if name not in set().union(*ENVIRONMENT.values())}
    command = [sys.executable, "-c", TRAININGS, json.dumps(changes)]
    done = subprocess.run(command, env=clean, capture_output=True, text=True, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture
def trained(digits: ImageSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results of seed 1 on the main branch, and what three seeds differ by."""
    monkeypatch.chdir(tmp_path)
    write_json(Path("params.yaml"), SETTINGS)
    for name, rows in SPLITS.items():
        digits.subset(rows).save(layout.split(name))
    first, *others = train({"seed": 1}, {"seed": 2}, {"seed": 3})
    values = [metrics["roc_auc"] for metrics in (first, *others)]
    digests = params.read(Trained).digests()
    spread = {"undercomplete": {"detect.roc_auc": values}}
    write_json(layout.SPREAD, {"dataset": "digits", "normal": [4], "settings": digests, "metrics": spread})
    write_results(first)
    identity = ("-c", "user.name=t", "-c", "user.email=t@t")
    for command in (
        ["init", "-q", "-b", "main"],
        ["add", "params.yaml", "reports/metrics"],
        [*identity, "commit", "-qm", "results"],
    ):
        assert run(tmp_path, "git", *command).returncode == 0
    monkeypatch.setattr(staleness, "behind", dict)  # there is no dvc.lock here


def write_results(metrics: dict[str, Any]) -> None:
    """A detector's metrics, and what the stage `accept` makes of them."""
    write_json(METRICS, metrics)
    criteria = params.read(Params).accept
    rows = acceptance.evaluate(criteria, {"undercomplete": Metrics({"detect": metrics})})
    write_json(layout.ACCEPTANCE, {"passed": True, "criteria": [asdict(row) for row in rows]})


@pytest.mark.usefixtures("trained")
def test_the_gate_tells_other_instructions_from_a_damaged_training(capsys: pytest.CaptureFixture[str]) -> None:
    """The damage: of ever lower learning rates, the first at which the fall is a tenth more than the tolerance."""
    before = read_json(METRICS)
    (other,) = train({"instruction_set": "sse"})
    if "avx2" in str(origin(1, "native")["vector_instructions"]):
        assert other["threshold"] != before["threshold"], "other instructions give another network"
    write_results(other)
    assert gate.main(None) == 0
    assert "no metric is worse than on main" in capsys.readouterr().out

    digests = params.read(Trained).digests()
    tolerance = max(FLOOR, Spread.read("digits", [4], digests).tolerance("undercomplete", "detect.roc_auc"))
    rates = (3e-3, 1e-3, 5e-4, 3e-4, 1e-4, 1e-6)
    damaged = train(*({"train_normal": TRAIN | {"learning_rate": rate}} for rate in rates))
    write_results(next(one for one in damaged if before["roc_auc"] - one["roc_auc"] > 1.1 * tolerance))
    assert gate.main(None) == 1
    assert "worse than main: undercomplete detect.roc_auc went from" in capsys.readouterr().err
