"""Each kind of file that a stage reads, cut, emptied, scrambled or replaced: one line names it, nothing is written."""

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from hourglass.core import layout
from hourglass.core.errors import HourglassError


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def empty(file: Path) -> None:
    os.truncate(file, 0)


def scramble(file: Path) -> None:
    file.write_bytes(np.random.default_rng(0).bytes(file.stat().st_size))


def make_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def remove(file: Path) -> None:
    file.unlink()


READ = {
    "params.yaml": ("evaluate", "vanilla"),
    str(layout.model("vanilla", "all")): ("evaluate", "vanilla"),
    str(layout.model("vanilla", "normal")): ("detect", "vanilla"),
    str(layout.REFERENCE_CLASSIFIER): ("evaluate", "vanilla"),
    str(layout.FILE_SIZES): ("evaluate", "vanilla"),
    str(layout.split("train") / "images.npy"): ("detect", "vanilla"),
    str(layout.split("validation") / "labels.npy"): ("detect", "vanilla"),
    str(layout.split("test") / "classes.json"): ("evaluate", "vanilla"),
}


@pytest.mark.parametrize("damage", [cut, empty, scramble, make_folder, remove])
@pytest.mark.parametrize("name", READ)
def test_a_damaged_input_is_one_line_and_writes_nothing(
    repository: Path, name: str, damage: Callable[[Path], None]
) -> None:
    file = Path(name)
    assert file.is_file(), sorted(map(str, file.parent.iterdir()))
    damage(file)
    stage, variant = READ[name]
    with pytest.raises(HourglassError) as caught:
        import_module(f"hourglass.stages.{stage}").main(variant)
    message = str(caught.value)
    assert "\n" not in message
    assert any(part in message for part in (name, str(file.parent)))
    assert not layout.detector(variant).exists()
    assert not layout.METRICS.exists()
