"""Every stage on folders of the user's own images: the example, one class only, several normal classes."""

import runpy
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from hourglass.claims import ledger
from hourglass.core import layout
from hourglass.core.files import read_json, write_json
from hourglass.data.fingerprint import fingerprint
from hourglass.data.folder import look
from hourglass.pipeline import validate
from hourglass.stages import (
    accept,
    bottleneck,
    claims,
    controls,
    detect,
    download,
    evaluate,
    experiment,
    live,
    prepare,
    reference_classifier,
    report,
    sweep,
    train,
    train_normal,
)

EXAMPLE = Path(__file__).parents[2] / "examples" / "parts"
SCALE, SIDE = 0.08, 16
VARIANTS: dict[str, Any] = {
    "undercomplete": {"module": "undercomplete", "latent_dim": 3, "hidden": [8]},
    "cvae": {"module": "cvae", "latent_dim": 3, "hidden": [8], "train": {"learning_rate": 0.0005}},
}


def example(folder: Path) -> dict[str, Any]:
    """The example's pictures, few of them: MVTec's folders."""
    return {"classes": ["good", "dent", "scratch", "stain"], "normal_class": "good"}


def flat(folder: Path) -> dict[str, Any]:
    """Good parts alone, in one folder, and a file that is no image."""
    shutil.move(folder / "train" / "good", folder.parent / "flat")
    shutil.rmtree(folder)
    (folder.parent / "flat").rename(folder)
    (folder / "broken.png").write_text("no image")
    return {"classes": ["normal"], "normal_class": 0}


def two_normal(folder: Path) -> dict[str, Any]:
    """A list with a split; good parts are of two classes."""
    lines = ["path,label,split"]
    for place in ("train/good", "test/good", "test/stain", "test/dent"):
        for number, file in enumerate(sorted((folder / place).iterdir())):
            label = ("brass", "steel")[number % 2] if place.endswith("good") else "bad"
            lines.append(f"{file.relative_to(folder)},{label},{place.partition('/')[0]}")
    (folder / "list.csv").write_text("\n".join(lines))
    return {"classes": ["bad", "brass", "steel"], "normal_class": ["steel", 1]}


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """own(arrange, *variants) writes images and settings here, and runs every stage of these variants but `publish`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("hourglass.evaluation.measures.representation.TSNE_ITERATIONS", 250)  # for speed
    monkeypatch.setattr("hourglass.evaluation.image_files.QUALITIES", (0, 100))  # for speed

    def run(arrange: Callable[[Path], dict[str, Any]], *variants: str) -> None:
        ledger.FILE.parent.mkdir()
        shutil.copy(EXAMPLE.parents[1] / ledger.FILE, ledger.FILE)
        runpy.run_path(str(EXAMPLE / "make_images.py"))["write"](Path("images"), SCALE, seed=1)
        write_settings(arrange(Path("images")), variants)
        validate.models(validate.settings())
        for stage in (download, prepare, reference_classifier, controls):
            stage.main()
        for name in variants:
            for of_variant in (train, train_normal, evaluate, detect):
                of_variant.main(name)
        sweep.main("undercomplete")
        experiment.main("near_codes")
        for stage in (bottleneck, claims, live, accept, report):
            stage.main()

    return run


def write_settings(chosen: dict[str, Any], variants: Sequence[str]) -> None:
    settings = YAML(typ="safe").load((EXAMPLE / "params.yaml").read_text())
    data = settings["data"] | {"folder": "images", "normal_class": chosen["normal_class"]}
    found = fingerprint(look(Path("images")), layout.DIGESTS)
    data["images"] |= {"height": SIDE, "width": SIDE, "classes": chosen["classes"], "digest": found, "allow_leak": True}
    short = {"epochs": 1, "batch_size": 8, "learning_rate": 0.0005}
    settings |= {"data": data, "variants": {name: VARIANTS[name] for name in variants}, "likelihood": {"k": 2}}
    settings |= dict.fromkeys(("train", "train_normal", "reference_classifier"), short)
    kinds = {"undercomplete": {"module": "undercomplete", "hidden": [8]}}
    settings["sweep"] |= {"latent_dims": [2, 4], "train": short, "train_normal": short, "variants": kinds}
    settings["detect"] |= {"variants": {}}
    settings["accept"]["detectors"].pop("except")
    network = {"module": "undercomplete", "network": {"latent_dim": 3, "hidden": [8]}}
    settings["experiments"] = {"near_codes": network | {"images": 50, "seeds": 3, "train": short}}
    write_json(Path("params.yaml"), settings)  # JSON is YAML


def detection(variant: str) -> dict[str, Any]:
    found: dict[str, Any] = read_json(layout.metrics("detect", variant))
    return found


def test_the_example_goes_through_every_stage(own: Callable[..., None]) -> None:
    own(example, "undercomplete")
    found = detection("undercomplete")
    assert found["by_class"].keys() == {"dent", "scratch", "stain"}
    assert "anomalies" not in found, "test images have anomalies"
    assert found["validation"]["anomalies"] == "synthetic defects", "MVTec's folders have none to choose by"
    page = layout.PAGE.read_text()
    assert "MVTec&#39;s folders" in page
    assert "the champion is chosen by ROC-AUC on synthetic defects" in page


def test_one_class_goes_through_every_stage(own: Callable[..., None]) -> None:
    own(flat, *VARIANTS)
    for variant in VARIANTS:
        found = detection(variant)
        assert found["anomalies"] == found["validation"]["anomalies"] == "synthetic defects"
        assert found["by_class"].keys() == {"synthetic patch", "synthetic scratch", "synthetic stain"}
    page = layout.PAGE.read_text()
    assert "near_codes was not run: " in page
    assert read_json(layout.CLAIMS)["verdicts"]["not measured"] > 60
    assert "ROC-AUC on synthetic defects" in page
    assert page.count("Not measured: ") >= 3
    assert "broken.png" in page


def test_several_normal_classes_go_through_every_stage(own: Callable[..., None]) -> None:
    own(two_normal, "cvae")
    assert detection("cvae")["by_class"].keys() == {"bad"}
    assert "Detectors are trained on brass and steel only" in layout.PAGE.read_text()
