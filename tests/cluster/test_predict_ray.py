"""`hourglass predict --ray` as it is typed, on two nodes."""

import csv
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from repository import environment

from hourglass.cluster import connection, predict
from hourglass.cluster.predict import STATE
from hourglass.cluster.predict_progress import Progress, encode
from hourglass.cluster.resources import Resources
from hourglass.core.errors import HourglassError
from hourglass.core.params import Common
from hourglass.data.imageset import BATCH, ImageSet
from hourglass.detection.files import load_detector, save_detector
from hourglass.prediction.scoring import Unreadable
from tests.cluster.conftest import AT_LENGTH, WITHOUT_RAY, TwoNodes
from tests.cluster.predict_photos import MODEL, Photos, make

pytestmark = WITHOUT_RAY
# How often the list names the files: some seconds of work for two nodes.
REPEATS = 12
SETTINGS = Common(seed=1, threads=1)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory, digits: ImageSet) -> Photos:
    found = make(tmp_path_factory.mktemp("repository"), digits, 1200)
    (found.root / "list.txt").write_text("".join(f"{name}\n" for name in found.names * REPEATS))
    return found


@contextmanager
def started(photos: Photos, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    command = ["hourglass", "predict", f"--model={MODEL}", *arguments]
    with (
        (photos.root / "list.txt").open() as names,
        subprocess.Popen(
            command,
            cwd=photos.root,
            env=environment(),
            stdin=names,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        yield process


def run(photos: Photos, *arguments: str) -> tuple[int, str, str]:
    """Exit status and what was printed, but for what Ray 2.60 says of every Ray Data worker (its issue 53727)."""
    with started(photos, *arguments) as process:
        out, err = process.communicate(timeout=600)
    return process.returncode, out, without_notice(err)


def without_notice(errors: str) -> str:
    return "".join(line for line in errors.splitlines(keepends=True) if "has constructor arguments in" not in line)


def kept(photos: Photos) -> Path:
    """The rows of a command that has not ended, once there are some."""
    deadline = time.monotonic() + 500
    while not (found := [path for path in (photos.root / STATE).glob("*/rows.jsonl") if path.stat().st_size]):
        assert time.monotonic() < deadline, "nothing was scored"
        time.sleep(0.01)
    return found[0]


def columns(path: Path) -> dict[str, list[str]]:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [row[name] for row in rows] for name in rows[0]}


def test_it_prints_and_writes_what_one_machine_does(photos: Photos, two_nodes: TwoNodes) -> None:
    def outcome(*more: str) -> tuple[object, ...]:
        files = photos.root / "new.csv", photos.root / "new.json"
        printed = run(photos, "photos", "none.png", "--csv=new.csv", "--json=new.json", *more)
        content = [file.read_bytes() for file in files]
        for file in files:
            file.unlink()
        return *printed, *content

    here = outcome()
    assert outcome("--ray", two_nodes.address) == here
    assert here[0] == 1
    assert here[2] == f"{photos.broken}: not an image\nnone.png: no such file\n"
    assert not list((photos.root / STATE).iterdir())


@pytest.mark.parametrize(
    ("ending", "status"), [(signal.SIGKILL, -9), pytest.param(signal.SIGTERM, 130, marks=AT_LENGTH)]
)
def test_an_interrupted_call_goes_on(photos: Photos, two_nodes: TwoNodes, ending: int, status: int) -> None:
    run(photos, "-", "--csv=here.csv")
    arguments = ["-", "--csv=new.csv", "--ray", two_nodes.address]
    with started(photos, *arguments) as process:
        rows = kept(photos)
        process.send_signal(ending)
        _, err = process.communicate(timeout=200)
    assert process.returncode == status, err
    assert not (photos.root / "new.csv").exists()
    # What is on disk is not scored again: a mark in it comes through.
    first, *others = rows.read_bytes().splitlines(keepends=True)
    assert len(others) + 1 < len(photos.names) * REPEATS / BATCH, "it had ended"
    marked = [[name, *(["marked"] if len(rest) == 1 else rest)] for name, *rest in json.loads(first)]
    rows.write_bytes(json.dumps(marked).encode() + b"\n" + b"".join(others))

    assert run(photos, *arguments)[0] == 1
    here, new = columns(photos.root / "here.csv"), columns(photos.root / "new.csv")
    assert new.pop("error") == ["marked" if number == 2 else error for number, error in enumerate(here.pop("error"))]
    assert new == here
    (photos.root / "new.csv").unlink()
    assert not list((photos.root / STATE).iterdir())


@AT_LENGTH
def test_a_killed_node_costs_no_file(photos: Photos, own_nodes: TwoNodes) -> None:
    run(photos, "-", "--csv=here.csv")
    with started(photos, "-", "--csv=new.csv", "--ray", own_nodes.address) as process:
        kept(photos)
        own_nodes.kill(1)
        _, err = process.communicate(timeout=600)
    assert process.returncode == 1
    assert without_notice(err) == f"{photos.broken}: not an image\n" * REPEATS
    here, new = columns(photos.root / "here.csv"), columns(photos.root / "new.csv")
    assert here["file"] == photos.names * REPEATS
    assert new == here
    (photos.root / "new.csv").unlink()


def test_a_node_that_does_not_see_the_images_is_named(photos: Photos, monkeypatch: pytest.MonkeyPatch) -> None:
    from hourglass.cluster.predict_worker import Workers

    progress = Progress(photos.root)
    progress.list([photos.names[:1]])
    line = encode([Unreadable(photos.names[0], "no such file")])
    monkeypatch.setattr(Workers, "score", lambda *_: iter([(line, "192.0.2.1")]))
    workers = Workers(b"", photos.root, SETTINGS, Resources(1, 1, 0), 1)
    with pytest.raises(HourglassError, match=r"^node 192\.0\.2\.1 does not see .*0000\.png; mount the images there at"):
        next(predict.rest(progress, workers, 1.0))
    assert not progress.rows.exists()


def test_an_error_of_a_worker_is_that_of_one_machine(photos: Photos, two_nodes: TwoNodes) -> None:
    detector = load_detector(photos.root / MODEL)
    save_detector(replace(detector, std=torch.full_like(detector.std, 1e-38)), photos.root / "infinite.safetensors")
    here = run(photos, "photos", "--model=infinite.safetensors")
    assert here[0] == 1
    assert run(photos, "photos", "--model=infinite.safetensors", "--ray", two_nodes.address) == here


def test_without_ray_one_line_names_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "find_spec", lambda _: None)
    with pytest.raises(HourglassError, match=r"^Ray is not installed; run `make ray`"):
        predict.scoring("auto", SETTINGS)
