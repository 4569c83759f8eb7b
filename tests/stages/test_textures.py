"""The example of textures, small: from scikit-image's photographs to a detector that is measured against masks."""

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from ruamel.yaml import YAML

from hourglass.core import layout
from hourglass.core.files import read_json, write_json
from hourglass.data.fingerprint import fingerprint
from hourglass.data.folder import look
from hourglass.stages import detect, download, prepare, train_normal

EXAMPLE = Path(__file__).parents[2] / "examples" / "textures"
SCALE, SIDE = 0.03, 16
KINDS = ["good", "scratch", "dent", "stain", "grass", "gravel"]


@pytest.fixture
def textures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example's tiles, few of them, in the working directory of the test."""
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(EXAMPLE / "make_images.py"))["write"](Path("images"), SCALE, seed=1)
    return Path("images")


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image).astype(int)


def test_splits_share_no_pixel_of_the_photograph(textures: Path) -> None:
    """A row of a tile is found in its own part of the photograph only."""
    rows: dict[str, set[bytes]] = {}
    for split in ("train", "validation", "test"):
        tiles = [pixels(file) for file in (textures / split / "good").iterdir()]
        rows[split] = {row.astype(np.uint8).tobytes() for tile in tiles for row in tile}
    assert not rows["train"] & rows["validation"]
    assert not rows["train"] & rows["test"]
    assert not rows["validation"] & rows["test"]


def test_every_drawn_defect_has_a_mask(textures: Path) -> None:
    for kind in ("scratch", "dent", "stain"):
        names = {file.stem for split in ("validation", "test") for file in (textures / split / kind).iterdir()}
        masks = list((textures / "ground_truth" / kind).iterdir())
        assert {mask.stem.removesuffix("_mask") for mask in masks} == names
        for mask in masks:
            assert 0 < (pixels(mask) > 0).mean() < 0.2


def test_another_seed_gives_other_tiles(textures: Path) -> None:
    runpy.run_path(str(EXAMPLE / "make_images.py"))["write"](Path("again"), SCALE, seed=1)
    runpy.run_path(str(EXAMPLE / "make_images.py"))["write"](Path("other"), SCALE, seed=2)
    files = [file.relative_to(textures) for file in textures.rglob("*.png")]
    assert len(files) > 50
    assert all((textures / file).read_bytes() == (Path("again") / file).read_bytes() for file in files)
    assert any((textures / file).read_bytes() != (Path("other") / file).read_bytes() for file in files)


def test_the_example_is_measured_against_masks(textures: Path) -> None:
    settings: dict[str, Any] = YAML(typ="safe").load((EXAMPLE / "params.yaml").read_text())
    digest = fingerprint(look(textures), layout.DIGESTS)
    settings["data"]["folder"] = "images"
    settings["data"]["images"] |= {"height": SIDE, "width": SIDE, "digest": digest}
    settings["train_normal"] = {"epochs": 2, "batch_size": 8, "learning_rate": 0.002}
    settings["variants"]["mended"] |= {"latent_dim": 64, "channels": [4, 8]}
    write_json(Path("params.yaml"), settings)  # JSON is YAML
    for stage in (download, prepare):
        stage.main()
    for of_variant in (train_normal, detect):
        of_variant.main("mended")
    found = read_json(layout.metrics("detect", "mended"))
    assert read_json(layout.DATA)["masks"] == len(list((textures / "ground_truth").rglob("*.png")))
    assert list(found["by_class"]) == KINDS[1:]
    for measured in (found, found["validation"], found["untrained"], found["mean_image"]):
        masks = measured["localisation"]["masks"]
        assert masks.keys() == {"pixel_roc_auc", "aupro"}
        assert all(0 <= value <= 1 for value in masks.values())
    assert not (layout.split("train") / "masks.npy").exists()
    with np.load(layout.maps("mended")) as drawn:
        assert drawn["marked_labels"].tolist() == [1, 1, 2, 2, 3, 3]
        assert drawn["marked_masks"].any(axis=(1, 2)).all()
        assert drawn["marked_images"].shape == (6, 1, SIDE, SIDE)
        assert drawn["marked_maps"].shape == (6, SIDE, SIDE)
