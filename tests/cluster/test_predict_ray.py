"""`hourglass predict --ray`, as it is typed, on two nodes."""

import csv
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from repository import environment

from hourglass.cluster.predict import STATE
from hourglass.data.imageset import BATCH, ImageSet
from tests.cluster.conftest import WITHOUT_RAY, TwoNodes
from tests.cluster.predict_photos import MODEL, Photos, make

pytestmark = WITHOUT_RAY
# How often the list names the files: some seconds of work for two nodes.
REPEATS = 12


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory, digits: ImageSet) -> Photos:
    found = make(tmp_path_factory.mktemp("repository"), digits, 1200)
    (found.root / "list.txt").write_text("".join(f"{name}\n" for name in found.names * REPEATS))
    return found


@contextmanager
def started(photos: Photos, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    command = ["hourglass", "predict", *arguments, f"--model={MODEL}"]
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
    """Exit status and what was printed."""
    with started(photos, *arguments) as process:
        out, err = process.communicate(timeout=400)
    return process.returncode, out, err


def kept(photos: Photos) -> Path:
    """The rows of a command that has not ended, once there are some."""
    deadline = time.monotonic() + 200
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


@pytest.mark.parametrize(("ending", "status"), [(signal.SIGKILL, -9), (signal.SIGTERM, 130)])
def test_an_interrupted_call_goes_on(photos: Photos, two_nodes: TwoNodes, ending: int, status: int) -> None:
    run(photos, "-", "--csv=here.csv")
    arguments = ["-", "--csv=new.csv", "--ray", two_nodes.address]
    with started(photos, *arguments) as process:
        rows = kept(photos)
        process.send_signal(ending)
        _, err = process.communicate(timeout=60)
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


def test_a_killed_node_costs_no_file(photos: Photos, two_nodes: TwoNodes) -> None:
    with started(photos, "-", "--csv=new.csv", "--ray", two_nodes.address) as process:
        kept(photos)
        os.kill(two_nodes.nodes[1][1], signal.SIGKILL)
        _, err = process.communicate(timeout=400)
    assert process.returncode == 1
    assert err == f"{photos.broken}: not an image\n" * REPEATS
    assert columns(photos.root / "new.csv")["file"] == photos.names * REPEATS
    (photos.root / "new.csv").unlink()
