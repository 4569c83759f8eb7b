"""From a folder of images to a detector, by the commands of the README; and then a file is added."""

import base64
import csv
import hashlib
import re
import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import mlflow
import numpy as np
import pytest
from PIL import Image, ImageDraw
from repository import ROOT, commit, copy_repository, run
from ruamel.yaml import YAML

from hourglass.core.files import read_json, write_json
from hourglass.data.decode import decode

SHAPE = (1, 24, 24)
# What `export` allows: codes of a network that was hardly trained lie so close that float32 leaves few digits.
EQUAL, EXPORTED = 1e-6, 1e-3
# For speed. The rest is as `init` wrote it.
BRIEFLY = {"epochs": 10, "batch_size": 16}
SMALL = {"undercomplete": {"module": "undercomplete", "latent_dim": 4, "hidden": [32]}}


def draw(file: Path, seed: int, *, scratched: bool = False) -> None:
    """A grey disc on a noisy ground, 40 x 40 pixels; a scratched one has a white line across it."""
    random = np.random.default_rng(seed)
    picture = Image.fromarray(random.integers(80, 100, (40, 40), np.uint8))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((6, 6, 33, 33), fill=int(random.integers(150, 170)))
    if scratched:
        pen.line((4, int(random.integers(4, 36)), 36, int(random.integers(4, 36))), fill=255, width=5)
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.save(file)


def done(folder: Path, *command: str) -> str:
    """What a command printed that had to succeed."""
    found = run(folder, *command)
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


def shorten(folder: Path) -> None:
    """Let the settings that `init` wrote train little: one small variant."""
    settings = YAML(typ="safe").load((folder / "params.yaml").read_text())
    settings |= {"variants": SMALL, "train": BRIEFLY, "train_normal": BRIEFLY, "reference_classifier": BRIEFLY}
    settings["sweep"] |= {"latent_dims": [2], "variants": {"pca": {"module": "pca"}}}
    settings["detect"]["variants"] = {}
    settings["accept"]["detectors"].pop("except")
    write_json(folder / "params.yaml", settings)  # JSON is YAML


def predicted(folder: Path, *paths: Path) -> dict[str, float]:
    """Name of a file -> the score that `hourglass predict` writes of it."""
    done(folder, "hourglass", "predict", *map(str, paths), "--csv", "predicted.csv")
    with (folder / "predicted.csv").open(newline="") as file:
        return {Path(row["file"]).name: float(row["score"]) for row in csv.DictReader(file)}


def evaluated(folder: Path) -> dict[str, float]:
    """Name of a test image's file -> its score as the report has it."""
    with (folder / "data/raw/files.csv").open(newline="") as file:
        rows = sorted((row["digest"], row["path"]) for row in csv.DictReader(file) if row["split"] == "test")
    with (folder / "reports/scores/undercomplete.csv").open(newline="") as file:
        scores = [float(row["score"]) for row in csv.DictReader(file) if row["split"] == "test"]
    return {Path(path).name: score for (_, path), score in zip(rows, scores, strict=True)}


def require_served_equal(folder: Path, new: Path, expected: Mapping[str, float]) -> None:
    """The champion, by the code in the registry, scores image files as `predict` does."""
    mlflow.set_tracking_uri(f"sqlite:///{folder / 'mlflow.db'}")
    served = mlflow.pyfunc.load_model("models:/hourglass-detector-parts-0@champion")
    files = [base64.b64encode((new / name).read_bytes()).decode() for name in expected]
    np.testing.assert_allclose(served.predict(files)["score"], list(expected.values()), rtol=0, atol=EQUAL)


def require_exported_equal(folder: Path, new: Path, expected: Mapping[str, float]) -> None:
    """So does the ONNX file, on the pixels of these files."""
    import onnxruntime

    done(folder, "hourglass", "export", "--format", "onnx", "--out", "parts.onnx")
    pixels = np.stack([decode(new / name, SHAPE, "pad")[0] for name in expected])
    session = onnxruntime.InferenceSession(folder / "parts.onnx", providers=["CPUExecutionProvider"])
    (scores,) = session.run(["score"], {"images": pixels})
    np.testing.assert_allclose(scores, list(expected.values()), rtol=EXPORTED, atol=EXPORTED)


def add_test_image(photos: Path) -> None:
    """A new good part that the hash of its pixels puts into the test."""
    for seed in range(1000, 1100):
        file = photos / "good" / f"new-{seed}.png"
        draw(file, seed)
        digest = hashlib.blake2b(decode(file, SHAPE, "pad")[0].tobytes(), digest_size=8).digest()
        if int.from_bytes(digest) % 5 == 0:
            return
        file.unlink()


def test_a_folder_becomes_a_served_and_exported_detector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, new = copy_repository(tmp_path / "copy"), tmp_path / "new"
    (folder / "docs").mkdir(exist_ok=True)
    shutil.copy(ROOT / "docs/own-images.yaml", folder / "docs")
    commit(folder)
    photos = tmp_path / "download" / "photos"
    for number in range(80):
        draw(photos / "good" / f"good-{number}.png", number)
        draw(new / f"fine-{number}.png", 500 + number)
    for number in range(30):
        draw(photos / "bad" / f"bad-{number}.png", 200 + number, scratched=True)
        draw(new / f"scratched-{number}.bmp", 700 + number, scratched=True)
    (photos / "good" / "broken.png").write_text("no image")

    told = done(folder, "hourglass", "init", str(photos.parent), "--name", "parts", "--size", "24", "--gray")
    assert "class folders without a split, in photos/" in told
    shorten(folder)
    done(folder, "hourglass", "repro", "--jobs", "1")
    assert read_json(folder / "reports/acceptance.json")["passed"]
    assert [entry["file"] for entry in read_json(folder / "reports/data.json")["skipped"]] == ["good/broken.png"]

    scores = predicted(folder, new)
    assert len(scores) == 110
    worst = sorted(scores, key=lambda name: -scores[name])[:20]
    assert sum(name.startswith("scratched") for name in worst) > 15
    kept = evaluated(folder)
    again = predicted(folder, *(file for file in photos.rglob("*") if file.name in kept))
    assert again == pytest.approx(kept, abs=EQUAL)
    require_served_equal(folder, new, scores)
    if find_spec("onnxruntime") is not None:
        require_exported_equal(folder, new, scores)

    add_test_image(photos)
    assert "the folder of images has changed" in run(folder, "hourglass", "check").stderr
    before = (folder / "params.yaml").read_bytes()
    assert re.search(r"^download .*the folder of images$", done(folder, "hourglass", "repro", "--dry"), re.MULTILINE)
    assert (folder / "params.yaml").read_bytes() == before
    ran = set(re.findall(r"^done +(\S+)", done(folder, "hourglass", "repro", "--jobs", "1"), re.MULTILINE))
    assert {"prepare", "evaluate@undercomplete", "detect@undercomplete", "report", "publish"} <= ran
    assert not [name for name in ran if name.startswith("train")], "the images to train on are the same"
    assert len(evaluated(folder)) == len(kept) + 1
    assert "every result is up to date" in done(folder, "hourglass", "repro")
