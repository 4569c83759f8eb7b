"""The three commands as they are typed, from a folder below the repository's root."""

import subprocess
import sys
from pathlib import Path

import pytest

from hourglass.core import layout
from hourglass.core.files import write_csv
from hourglass.detection.files import save_detector
from hourglass.models.checkpoints import save_model
from tests.prediction.conftest import Parts

PARAMS = """\
seed: 1
threads: 1
data:
  name: parts
  images: {height: 16, width: 24, channels: 3, fit: stretch, classes: [good, scratched], digest: x}
detect: {false_positive_rate: 0.1, candidates: [pixel]}
variants: {parts: {module: undercomplete}}
"""


@pytest.fixture(scope="module")
def photos(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two images in a repository with one variant."""
    root = tmp_path_factory.mktemp("repository")
    (root / ".dvc").mkdir()
    (root / "params.yaml").write_text(PARAMS)
    save_detector(parts.detector, root / layout.detector("parts"))
    save_model(parts.detector.members[0].model, root / layout.model("parts", "all"))
    write_csv(root / layout.scores("parts"), ("split", "class", "score"), [("test", 0, 0.0), ("test", 1, 9.0)])
    (root / "photos").mkdir()
    for label in ("good", "scratched"):
        (root / "photos" / f"{label}.jpg").symlink_to(parts.folder / label / "000.jpg")
    return root / "photos"


def run(folder: Path, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", "from hourglass.cli import main; main()", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, input=stdin, check=False)


def test_predict_takes_paths_as_they_are_seen_from_here(photos: Path) -> None:
    done = run(photos, "predict", "-", "scratched.jpg", "--model=parts", "--csv=new.csv", stdin="good.jpg\n")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # progress is for terminals
    first_words = [line.split()[0] for line in done.stdout.splitlines()]
    assert first_words == ["model:", "file", "scratched.jpg", "good.jpg", "images"]
    assert [line.split(",")[0] for line in (photos / "new.csv").read_text().splitlines()] == [
        *("file", "good.jpg", "scratched.jpg")
    ]


def test_statuses_tell_anomalies_from_failures(photos: Path) -> None:
    assert run(photos, "predict", "scratched.jpg", "--model=parts", "--fail-on-anomaly").returncode == 3
    done = run(photos, "predict", "none.jpg", "good.jpg", "--model=parts", "--fail-on-anomaly")
    assert (done.returncode, done.stderr) == (1, "none.jpg: no such file\n")
    done = run(photos, "predict", "good.jpg", "--model=part")
    assert done.returncode == 2
    assert done.stderr.startswith("error: --model: 'part' is no file, ")


def test_reconstruct_writes_where_the_command_was_run(photos: Path) -> None:
    (photos / "new.csv").unlink(missing_ok=True)
    for _ in range(2):  # what it wrote is not read again
        done = run(photos, "reconstruct", ".", "--model=parts", "--out=made")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "images written to made: 2, unreadable files: 0\n"
    assert sorted(file.name for file in (photos / "made").iterdir()) == ["good.jpg.png", "scratched.jpg.png"]


def test_threshold_says_what_a_rate_does(photos: Path) -> None:
    done = run(photos, "threshold", "--false-positive-rate=0.2", "parts")
    assert done.returncode == 0, done.stderr
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:3]] == [["parts", "0.1"], ["parts", "0.2"]]


@pytest.mark.parametrize("rate", ["0", "1", "5%", "nan", "-0.1"])
def test_impossible_rates_are_refused(rate: str, photos: Path) -> None:
    done = run(photos, "threshold", f"--false-positive-rate={rate}")
    assert done.returncode == 2
    assert f"argument --false-positive-rate: expected a number between 0 and 1, got '{rate}'" in done.stderr
