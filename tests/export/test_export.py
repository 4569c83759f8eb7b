"""Exported files against the detectors that they were made from."""

import functools
import pickletools
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.export import ExportedProgram

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.data.imageset import ImageSet
from hourglass.detection.detector import Detector, NormalImages, fit
from hourglass.detection.files import load_detector
from hourglass.detection.scorer import applicable, names
from hourglass.export import agreement
from hourglass.export.agreement import compare
from hourglass.export.formats import FORMATS, Onnx, Torch
from hourglass.export.source import Source
from hourglass.export.trace import trace
from hourglass.models.build import build, modules

Shape = tuple[int, int, int]

MISSING = "the extra `onnx` is not installed; run `make setup`"
DENSE = {"latent_dim": 4, "hidden": [16]}
CONVOLUTIONAL = {"latent_dim": 6, "channels": [4, 8], "hidden": 16}
# A small network of every module.
NETWORKS: dict[str, dict[str, Any]] = {
    "convolutional": CONVOLUTIONAL,
    "cvae": DENSE,
    "denoising": CONVOLUTIONAL | {"noise": "gaussian", "level": 0.5},
    "masked": {"latent_dim": 6, "width": 8, "depth": 1, "hidden": 16},
    "mended": {"latent_dim": 16, "channels": [4, 8]},
    "pca": {"latent_dim": 4},
    "rotated": {"latent_dim": 4, "channels": [4], "hidden": [16]},
    "sparse": {"latent_dim": 32, "penalty": "l1"},
    "stacked": DENSE,
    "super_resolution": DENSE | {"factor": 2},
    "tied": DENSE,
    "undercomplete": DENSE,
    "vae": DENSE,
    "vanilla": {"latent_dim": 4},
    "vqvae": {"latent_dim": 16, "codes": 8, "channels": [4, 8]},
}
# `convolutional` in colour, with unequal and odd sides.
CASES = [(name, more, (3, 12, 10) if name == "convolutional" else (1, 8, 8)) for name, more in NETWORKS.items()]
CASES += [("cvae", DENSE | {"conditioning": kind}, (1, 8, 8)) for kind in ("cross_attention", "film")]
# The rest is tested with `vae`: time to translate grows with the scorers.
FEW = ("pixel", "mahalanobis")


def pixels(count: int, shape: Shape, seed: int = 0) -> NDArray[np.uint8]:
    """Images of one kind, with blacks and whites among their pixels."""
    draws = np.random.default_rng(seed)
    kind = np.random.default_rng(1).normal(128, 90, shape) * draws.uniform(0.2, 1.2, (count, 1, 1, 1))
    return np.clip(kind + draws.normal(0, 40, (count, *shape)), 0, 255).astype(np.uint8)


def detector(module: str, settings: dict[str, Any], shape: Shape, scorers: Sequence[str] = FEW) -> Detector:
    images = NormalImages(ImageSet(pixels(60, shape, 1)), ImageSet(pixels(60, shape, 2)), normal=3)
    model = build(module, settings, shape, seed=0).eval()
    return fit([model], scorers, images, 0.1)


@pytest.fixture(scope="module", autouse=True)
def one_registry() -> Iterator[None]:
    """onnxscript parses 500 functions whenever something is translated: here once."""
    if any(find_spec(name) is None for name in ("onnx", "onnxscript")):
        yield
        return
    from torch.onnx._internal.exporter._registration import ONNXRegistry

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ONNXRegistry, "from_torchlib", staticmethod(functools.cache(ONNXRegistry.from_torchlib)))
        yield


def form_of(name: str, program: ExportedProgram) -> Onnx | Torch:
    if name == "onnx":
        pytest.importorskip("onnxscript", reason=MISSING)
        pytest.importorskip("onnxruntime", reason=MISSING)
    return FORMATS[name](program)


def check(form: Onnx | Torch, fitted: Detector, file: Path) -> None:
    """The file scores any number of images as the detector does."""
    form.write(file, {"card": "a card"})
    call = form.read(file)
    shape = fitted.members[0].model.image_shape
    extremes = np.stack([np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8)])
    images = np.concatenate([pixels(7, shape), extremes])
    for part in (images, images[:1]):
        score, anomaly, maps = call(part)
        expected = fitted.score(ImageSet(part))
        np.testing.assert_allclose(score, expected, rtol=1e-5, atol=1e-5)
        assert anomaly.tolist() == (expected > fitted.threshold).tolist()
        np.testing.assert_allclose(maps, fitted.maps(ImageSet(part)), rtol=1e-3, atol=1e-4)
    with pytest.raises(Exception, match=r"(?i)uint8|byte"):  # each library has errors of its own
        call(images / np.float32(255))  # type: ignore[arg-type]


def test_every_module_has_a_case() -> None:
    assert set(NETWORKS) == set(modules())


@pytest.fixture(scope="module", params=CASES, ids=lambda case: "-".join([case[0], case[1].get("conditioning", "")]))
def traced(request: pytest.FixtureRequest) -> tuple[Detector, ExportedProgram]:
    """A detector around one network, and its graph."""
    fitted = detector(*request.param)
    return fitted, trace(fitted)


@pytest.mark.parametrize("name", FORMATS)
def test_every_module_scores_as_its_detector(
    name: str, traced: tuple[Detector, ExportedProgram], tmp_path: Path
) -> None:
    fitted, program = traced
    form = form_of(name, program)
    check(form, fitted, tmp_path / f"detector{form.suffix}")


@pytest.mark.parametrize("name", FORMATS)
def test_every_scorer_scores_as_its_detector(name: str, tmp_path: Path) -> None:
    fitted = detector("vae", DENSE, (1, 8, 8), sorted(set(names()) - {"restoration"}))
    form = form_of(name, trace(fitted))
    check(form, fitted, tmp_path / f"detector{form.suffix}")


def test_several_networks_with_unequal_weights_are_one_file(tmp_path: Path) -> None:
    images = NormalImages(ImageSet(pixels(60, (1, 8, 8), 1)), ImageSet(pixels(60, (1, 8, 8), 2)), normal=0)
    networks = [build("tied", DENSE, (1, 8, 8), seed=seed).eval() for seed in range(2)]
    weights = {"pixel": 0.2, "mahalanobis": 0.8}
    fitted = fit(networks, list(weights), images, 0.1).reweighted(weights, images.calibration)
    check(Torch(trace(fitted)), fitted, tmp_path / "detector.pt2")


def test_a_scorer_that_draws_is_refused() -> None:
    fitted = detector("denoising", NETWORKS["denoising"], (1, 8, 8), ["pixel", "restoration"])
    with pytest.raises(HourglassError, match=r"cannot be exported: the scorer restoration draws"):
        trace(fitted)


def test_tracing_leaves_the_detector_as_it_was() -> None:
    from hourglass.models.conditioning import required
    from hourglass.variants import cvae

    fitted = detector("masked", NETWORKS["masked"], (1, 8, 8))
    images = ImageSet(pixels(5, (1, 8, 8)))
    before = fitted.score(images)
    trace(fitted)
    assert fitted.score(images).tolist() == before.tolist()
    model = fitted.members[0].model
    observed = model.corrupt(torch.rand(3, 1, 8, 8), 0.5, torch.Generator().manual_seed(0))
    assert model.restore(observed).isfinite().all()
    assert vars(cvae)["required"] is required


def test_a_pt2_file_holds_no_pickle_and_no_path(tmp_path: Path) -> None:
    form = form_of("torch", trace(detector("vae", DENSE, (1, 8, 8), ["elbo", "knn"])))
    form.write(tmp_path / "detector.pt2", {"card": "a card"})
    with zipfile.ZipFile(tmp_path / "detector.pt2") as archive:
        contents = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    assert b"a card" in contents.values()
    for name, content in contents.items():
        assert str(Path(__file__).parents[2]).encode() not in content
        with pytest.raises(ValueError):  # noqa: PT011  whatever makes it no pickle
            list(pickletools.genops(content)) or (_ for _ in ()).throw(ValueError(name))


def test_an_onnx_file_is_described_and_holds_no_path(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason=MISSING)
    form = form_of("onnx", trace(detector("vae", DENSE, (1, 8, 8))))
    form.write(tmp_path / "detector.onnx", {"card": "a card"})
    assert str(Path(__file__).parents[2]).encode() not in (tmp_path / "detector.onnx").read_bytes()
    model = onnx.load(tmp_path / "detector.onnx")
    onnx.checker.check_model(model)
    assert {entry.key: entry.value for entry in model.metadata_props} == {"card": "a card"}
    (images,) = model.graph.input
    assert images.name == "images"
    assert images.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    assert [output.name for output in model.graph.output] == ["score", "anomaly", "map"]


def test_a_file_that_scores_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = detector("pca", {"latent_dim": 4}, (1, 8, 8))
    images = pixels(20, (1, 8, 8))
    monkeypatch.setattr(agreement, "examples", lambda _: (images, "images"))

    def call(part: NDArray[np.uint8]) -> Any:
        score = fitted.score(ImageSet(part))
        return score, score > fitted.threshold, fitted.maps(ImageSet(part))

    def source(shift: float) -> Source:
        return Source("pca", fitted, "", lambda part: fitted.score(ImageSet(part)) + shift)

    assert compare(call, source(0)).difference == 0
    with pytest.raises(HourglassError, match=r"nothing is written: on 20 images.*1\.0e-01"):
        compare(call, source(0.1))
    lower = replace(fitted, calibration_scores=fitted.calibration_scores - 100)
    with pytest.raises(HourglassError, match="19 verdicts differ"):
        compare(call, replace(source(0), detector=lower))
    with pytest.raises(HourglassError, match="nothing is written"):
        compare(call, source(float("nan")))


def test_all_scorers_but_one_are_covered() -> None:
    """A new scorer that does not apply to `vae` needs a case of its own above."""
    model = build("vae", DENSE, (1, 8, 8), seed=0)
    assert set(names()) - set(applicable(names(), model)) == {"restoration"}


@pytest.mark.parametrize("name", FORMATS)
def test_a_real_detector_scores_as_in_its_file(name: str, root: Path, tmp_path: Path) -> None:
    file, images = root / layout.detector("rotated_dense"), root / layout.split("validation")
    if not file.is_file() or not images.is_dir():
        pytest.skip("the results are not checked out")
    fitted, part = load_detector(file), ImageSet.open(images).spread(200)
    form = form_of(name, trace(fitted))
    form.write(tmp_path / f"detector{form.suffix}", {})
    score, anomaly, _ = form.read(tmp_path / f"detector{form.suffix}")(part[:])
    expected = fitted.score(part)
    np.testing.assert_allclose(score, expected, rtol=1e-5, atol=1e-5)
    clear = np.abs(expected - fitted.threshold) > 1e-4
    assert clear.sum() > len(expected) / 2
    assert anomaly[clear].tolist() == (expected > fitted.threshold)[clear].tolist()
