"""Stages killed with -9 at seeded moments: what stands on disk is whole or absent, and the next run gives equal bytes.

HOURGLASS_KILLS sets how many kills of each stage there are.
"""

import multiprocessing
import os
import random
import signal
import time
from importlib import import_module
from pathlib import Path

import pytest

from hourglass.core import layout
from hourglass.detection.files import load_detector
from hourglass.models.checkpoints import load_model

KILLS = int(os.environ.get("HOURGLASS_KILLS", "3"))
STAGES = {
    "train": [layout.model("vanilla", "all"), layout.history("vanilla", "all")],
    "train_normal": [layout.model("vanilla", "normal"), layout.history("vanilla", "normal")],
    "detect": [
        *(layout.detector("vanilla"), layout.metrics("detect", "vanilla"), layout.scores("vanilla")),
        *(layout.roc("vanilla"), layout.maps("vanilla")),
    ],
}


def start(stage: str) -> multiprocessing.process.BaseProcess:
    """Run a stage in a child, which starts in no time because everything is imported already."""
    main = import_module(f"hourglass.stages.{stage}").main
    child = multiprocessing.get_context("fork").Process(target=main, args=("vanilla",))
    child.start()
    return child


def finish(stage: str) -> None:
    child = start(stage)
    child.join(120)
    assert child.exitcode == 0


def partials() -> list[Path]:
    return list(Path().rglob(".*.partial"))


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork:DeprecationWarning")
@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_stage_leaves_whole_files_and_heals(repository: Path, stage: str) -> None:
    if stage == "detect":
        finish("train_normal")
    started = time.monotonic()
    finish(stage)
    took = time.monotonic() - started
    whole = {file: file.read_bytes() for file in STAGES[stage]}
    draw = random.Random(stage)  # noqa: S311 (no secret)
    for _ in range(KILLS):
        for file in whole:
            file.unlink(missing_ok=True)  # as DVC does before it runs a stage
        child = start(stage)
        # More often late, when files are written.
        child.join(took * draw.random() ** 0.5)
        if child.pid and child.is_alive():
            os.kill(child.pid, signal.SIGKILL)
        child.join(30)
        assert {file: file.read_bytes() for file in whole if file.exists()}.items() <= whole.items()
    finish(stage)
    assert {file: file.read_bytes() for file in whole} == whole
    assert partials() == []
    (load_detector if stage == "detect" else load_model)(next(iter(whole)))
