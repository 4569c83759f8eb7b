"""The example of textures, small: from scikit-image's photographs to a detector that is measured against masks."""

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image
from ruamel.yaml import YAML
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

from hourglass.core import layout
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.files import read_json, write_json
from hourglass.data.fingerprint import fingerprint
from hourglass.data.folder import look
from hourglass.data.imageset import ImageSet
from hourglass.data.masks import DEFECT, UNKNOWN, open_masks
from hourglass.detection.files import load_detector
from hourglass.detection.marks import aupro
from hourglass.stages import detect, download, prepare, train_normal

EXAMPLE = Path(__file__).parents[2] / "examples" / "textures"
SCALE, SIDE = 0.03, 16
KINDS = ["good", "scratch", "dent", "stain", "grass", "gravel"]
SPLITS = ("train", "validation", "test")


@pytest.fixture
def textures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example's tiles, few of them, in the working directory of the test."""
    monkeypatch.chdir(tmp_path)
    script("make_images")["write"](Path("images"), SCALE, seed=1)
    return Path("images")


@pytest.fixture
def settings(textures: Path) -> dict[str, Any]:
    """The example's settings for the tiles, which are prepared, with small networks."""
    settings: dict[str, Any] = YAML(typ="safe").load((EXAMPLE / "params.yaml").read_text())
    digest = fingerprint(look(textures), layout.DIGESTS)
    settings["data"]["folder"] = "images"
    settings["data"]["images"] |= {"height": SIDE, "width": SIDE, "digest": digest}
    settings["train_normal"] = {"epochs": 2, "batch_size": 8, "learning_rate": 0.002}
    settings["variants"]["mended"] |= {"latent_dim": 64, "channels": [4, 8]}
    write_json(Path("params.yaml"), settings)  # JSON is YAML
    for stage in (download, prepare):
        stage.main()
    return settings


def script(name: str) -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLE / f"{name}.py"))


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image).astype(int)


def test_splits_share_no_row_of_the_photograph() -> None:
    found = script("make_images")["ROWS"]
    rows = [row for split in SPLITS for first, end in found[split] for row in range(first, end)]
    assert found.keys() == set(SPLITS)
    assert len(rows) == len(set(rows))


def test_tiles_are_cut_from_the_rows_of_their_split(textures: Path) -> None:
    made = script("make_images")
    places = sliding_window_view(np.rint(255 * made["photograph"]("brick")).astype(int), (made["SIDE"],) * 2)
    for split in SPLITS:
        for file in (textures / split / "good").iterdir():
            tile = pixels(file)
            alike = np.argwhere((places[:, :, 0, :8] == tile[0, :8]).all(-1))
            tops = [row for row, column in alike if (places[row, column] == tile).all()]
            assert tops
            for top in tops:
                assert any(first <= top <= end - made["SIDE"] for first, end in made["ROWS"][split])


def test_every_drawn_defect_has_a_mask(textures: Path) -> None:
    for kind in ("scratch", "dent", "stain"):
        names = {file.stem for split in ("validation", "test") for file in (textures / split / kind).iterdir()}
        masks = list((textures / "ground_truth" / kind).iterdir())
        assert {mask.stem.removesuffix("_mask") for mask in masks} == names
        for mask in masks:
            assert 0 < (pixels(mask) > 0).mean() < 0.2


def test_another_seed_gives_other_tiles(textures: Path) -> None:
    script("make_images")["write"](Path("again"), SCALE, seed=1)
    script("make_images")["write"](Path("other"), SCALE, seed=2)
    files = [file.relative_to(textures) for file in textures.rglob("*.png")]
    assert len(files) > 50
    assert all((textures / file).read_bytes() == (Path("again") / file).read_bytes() for file in files)
    assert any((textures / file).read_bytes() != (Path("other") / file).read_bytes() for file in files)


def test_the_example_is_measured_against_masks(textures: Path, settings: dict[str, Any]) -> None:
    for of_variant in (train_normal, detect):
        of_variant.main("mended")
    found = read_json(layout.metrics("detect", "mended"))
    assert read_json(layout.DATA)["masks"] == len(list((textures / "ground_truth").rglob("*.png")))
    assert list(found["by_class"]) == KINDS[1:]
    assert not (layout.split("train") / "masks.npy").exists()
    detector = load_detector(layout.detector("mended"))
    for split, measured in (("validation", found["validation"]), ("test", found)):
        images, masks = marked(split)
        maps = detector.maps(images)
        expected = {"pixel_roc_auc": roc_auc_score(masks.ravel(), maps.ravel()), "aupro": aupro(maps, masks)}
        assert measured["localisation"]["masks"] == pytest.approx(expected, abs=1e-6)
    for control in (found["untrained"], found["mean_image"]):
        assert control["localisation"]["masks"].keys() == {"pixel_roc_auc", "aupro"}
    with np.load(layout.maps("mended")) as drawn:
        assert drawn["marked_labels"].tolist() == [1, 1, 2, 2, 3, 3]
        assert drawn["marked_masks"].any(axis=(1, 2)).all()
        assert drawn["marked_images"].shape == (6, 1, SIDE, SIDE)
        assert drawn["marked_maps"].shape == (6, SIDE, SIDE)


def marked(split: str) -> tuple[ImageSet, np.ndarray]:
    """Normal images and those with a mask, and the masks."""
    images = ImageSet.open(layout.split(split))
    masks = open_masks(layout.split(split), (len(images), SIDE, SIDE))
    assert masks is not None
    rows = [row for row in range(len(images)) if images.labels[row] == 0 or (masks[row] != UNKNOWN).all()]
    return images.subset(np.array(rows)), masks[rows] == DEFECT


def test_detectors_are_compared_on_the_same_tiles(settings: dict[str, Any]) -> None:
    compare = script("compare")
    names, splits = ["sklearn.pca.documented", "mended"], ["validation", "test"]
    baseline, on_test, ours, ours_on_test = compare["rows"](names, 2, splits)
    assert baseline[:2] == ["`sklearn.pca.documented`", "validation"]
    assert ours_on_test[:2] == ["`mended`", "test"]
    assert on_test[2:] == [f"{value:.3f} ± 0.000" for value in of_pca()] + [""] * 3
    assert len(ours) == 2 + len(compare["METRICS"])
    assert all(" ± " in cell for cell in ours[2:])
    assert ours != ours_on_test
    (single,) = compare["rows"](["mended"], 1, ["test"])
    assert all(0 <= float(cell) <= 1 for cell in single[2:])


def of_pca() -> list[float]:
    """ROC-AUC on test tiles by the error of PCA: of all anomalies, drawn defects, and other textures."""
    sets = [ImageSet.open(layout.split(split)) for split in SPLITS]
    train, validation, test = (images[:].reshape(len(images), -1) / 255 for images in sets)
    pca = PCA(0.95).fit(np.concatenate([train, validation[sets[1].labels == 0]]))
    errors = ((test - pca.inverse_transform(pca.transform(test))) ** 2).mean(1)
    labels = sets[2].labels
    kinds = [[0, *anomalies] for anomalies in ([1, 2, 3, 4, 5], [1, 2, 3], [4, 5])]
    return [float(roc_auc_score(labels[rows] > 0, errors[rows])) for kind in kinds for rows in [np.isin(labels, kind)]]


def test_a_comparison_that_cannot_be_made_is_refused(settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    rows = script("compare")["rows"]
    with pytest.raises(SettingsError, match=r"^'mendet' is no detector; did you mean mended"):
        list(rows(["mendet"], 1, ["test"]))
    monkeypatch.setitem(rows.__globals__, "find_spec", lambda name: None)
    with pytest.raises(
        HourglassError, match=r"^pyod\.knn\.default: PyOD is not installed; run `make .venv/benchmark`$"
    ):
        list(rows(["pyod.knn.default"], 1, ["test"]))
    (layout.split("test") / "masks.npy").unlink()
    with pytest.raises(SettingsError, match=r"^params\.yaml: data: not the tiles of this example"):
        list(rows(["mended"], 1, ["test"]))
