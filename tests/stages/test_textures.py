"""The example of textures, small: from scikit-image's photographs to a detector that is measured against masks."""

import runpy
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image
from ruamel.yaml import YAML
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

from hourglass.claims import ledger
from hourglass.core import layout
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.files import read_json, write_json
from hourglass.data.fingerprint import fingerprint
from hourglass.data.folder import look
from hourglass.data.imageset import ImageSet
from hourglass.data.masks import DEFECT, UNKNOWN, open_masks
from hourglass.detection.files import load_detector
from hourglass.detection.marks import aupro
from hourglass.stages import (
    accept,
    bottleneck,
    claims,
    controls,
    detect,
    download,
    evaluate,
    live,
    prepare,
    reference_classifier,
    report,
    sweep,
    train,
    train_normal,
)

EXAMPLE = Path(__file__).parents[2] / "examples" / "textures"
SCALE, SIDE = 0.03, 16
KINDS = ["good", "scratch", "dent", "stain", "grass", "gravel"]
SPLITS = ("train", "validation", "test")
SHORT = {"epochs": 2, "batch_size": 8, "learning_rate": 0.002}


@pytest.fixture
def textures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example's tiles, few of them, in the working directory of the test."""
    monkeypatch.chdir(tmp_path)
    script("make_images")["write"](Path("images"), SCALE, seed=1)
    return Path("images")


@pytest.fixture
def settings(textures: Path) -> dict[str, Any]:
    """The example's settings for the tiles, which are prepared, with small networks."""
    return prepared(textures, SIDE)


def prepared(folder: Path, side: int) -> dict[str, Any]:
    settings: dict[str, Any] = YAML(typ="safe").load((EXAMPLE / "params.yaml").read_text())
    settings["data"]["folder"] = str(folder)
    digest = fingerprint(look(folder), layout.DIGESTS)
    settings["data"]["images"] |= {"height": side, "width": side, "digest": digest}
    settings["train_normal"] = SHORT
    settings["variants"]["mended"] |= {"latent_dim": side**2 // 4, "channels": [4, 8]}
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


def test_the_example_localises_defects_and_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Larger and trained for longer: maps are far above chance, criteria compare them, and the report shows them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("hourglass.evaluation.measures.representation.TSNE_ITERATIONS", 250)  # for speed
    monkeypatch.setattr("hourglass.evaluation.image_files.QUALITIES", (0, 100))  # for speed
    ledger.FILE.parent.mkdir()
    shutil.copy(EXAMPLE.parents[1] / ledger.FILE, ledger.FILE)
    script("make_images")["write"](Path("images"), 2 * SCALE, seed=1)
    settings = prepared(Path("images"), 2 * SIDE)
    settings["variants"] = {"mended": settings["variants"]["mended"] | {"channels": [8, 16]}}
    settings["train_normal"] = SHORT | {"epochs": 40, "learning_rate": 0.004}
    settings |= {"train": SHORT, "reference_classifier": SHORT, "likelihood": {"k": 2}}
    settings["sweep"] |= {"latent_dims": [2, 4], "train": SHORT, "train_normal": SHORT}
    write_json(Path("params.yaml"), settings)
    for stage in (reference_classifier, controls):
        stage.main()
    for of_variant in (train, train_normal, evaluate, detect):
        of_variant.main("mended")
    sweep.main("undercomplete")
    for stage in (bottleneck, claims, live, accept, report):
        stage.main()
    found = read_json(layout.metrics("detect", "mended"))
    localised = found["localisation"]["masks"]["pixel_roc_auc"]
    assert localised > 0.8
    assert localised > found["untrained"]["localisation"]["masks"]["pixel_roc_auc"] + 0.1
    values = {row["name"]: row["value"] for row in read_json(layout.ACCEPTANCE)["criteria"]}
    assert values == {"defects": found["roc_auc"], "pixels": localised}
    assert (layout.FIGURES / "mended" / "marked.png").exists()
    assert f"{localised:.3f}" in layout.PAGE.read_text()


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
    others = ["convolutional", "rotated", "wide", "denoising"]
    singles = list(compare["rows"](others, 1, ["test"]))
    assert [row[0] for row in singles] == [f"`{name}`" for name in others]
    assert all(0 <= float(cell) <= 1 for row in singles for cell in row[2:])


def test_controls_are_as_wide_as_the_example_s_network() -> None:
    variants = YAML(typ="safe").load((EXAMPLE / "params.yaml").read_text())["variants"]
    for control in script("compare")["CONTROLS"].values():
        assert control["latent_dim"] == variants["mended"]["latent_dim"]
        assert control["channels"] == variants["mended"]["channels"]


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
