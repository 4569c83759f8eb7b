import json
import os
import subprocess
import sys
import sysconfig
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import mlflow.pyfunc
import numpy as np
import pytest
import torch
from mlflow.exceptions import MlflowException
from safetensors import safe_open

from hourglass.core import device, layout
from hourglass.data.imageset import ImageSet
from hourglass.detection.detector import Detector, Floats, NormalImages, fit
from hourglass.detection.files import save_detector
from hourglass.detection.scorer import applicable, names
from hourglass.models.build import build
from hourglass.models.checkpoints import load_model
from hourglass.stages import publish
from hourglass.tracking.served import Served
from hourglass.tracking.store import open_client
from tests.conftest import ROOT
from tests.tracking.state import MODEL, copied

PIXELS = np.random.default_rng(0).integers(0, 256, (69, 1, 8, 8), dtype=np.uint8)
IMAGES, NORMAL = PIXELS[:9], NormalImages(ImageSet(PIXELS[9:39]), ImageSet(PIXELS[39:]), normal=0, dataset="digits")
CHAMPION = f"models:/{MODEL}@champion"
# Neither PYTHONPATH nor .pth files: what is installed can be imported, the checkout cannot.
ELSEWHERE = """
import importlib.util, json, sys
sys.path.append(sys.argv[1])
import numpy as np
import mlflow.pyfunc
assert importlib.util.find_spec("hourglass") is None
sys.modules["sklearn"] = None  # fitting needs it, scoring does not
found = mlflow.pyfunc.load_model(sys.argv[2]).predict(np.load(sys.argv[3]))
assert importlib.util.find_spec("hourglass") is None  # nor afterwards: a checkout's code is not replaced
ours = [module.__file__ for name, module in sys.modules.items() if name.startswith("hourglass") and module.__file__]
print(json.dumps({"scores": found["score"].tolist(), "files": ours}))
"""


@pytest.fixture(scope="module")
def published_detector(
    template: Path, empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Detector]:
    """The database that the results were published into, and the champion's detector as it was fitted."""
    folder = tmp_path_factory.mktemp("served")
    with copied(template, empty_database, folder) as database:
        model = load_model(layout.model("vanilla", "normal"))
        detector = fit([model], applicable(names(), model), NORMAL, 0.4)
        save_detector(detector, layout.detector("vanilla"))
        # The scores on disk are another detector's.
        with patch("hourglass.tracking.evaluated.require_scores"):
            publish.main()
    (folder / "repository" / layout.detector("vanilla")).unlink()  # the served model has its own copy
    return database, detector


@pytest.fixture
def fitted(published_detector: tuple[Path, Detector], database: Path, monkeypatch: pytest.MonkeyPatch) -> Detector:
    """The detector that is served from MLflow."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{published_detector[0]}")
    open_client()
    return published_detector[1]


@pytest.fixture
def artifacts(published_detector: tuple[Path, Detector]) -> Path:
    """The folder of what was logged."""
    return published_detector[0].parent / "repository" / "mlartifacts"


@pytest.fixture
def expected(fitted: Detector) -> Floats:
    return fitted.score(ImageSet(IMAGES))


def loaded(detector: Path, setting: str) -> Served:
    served = Served()
    served.load_context(SimpleNamespace(artifacts={"detector": str(detector)}, model_config={"device": setting}))
    return served


def test_the_served_model_scores_as_the_fitted_detector(fitted: Detector, expected: Floats) -> None:
    model = mlflow.pyfunc.load_model(CHAMPION)
    found = model.predict(IMAGES)
    assert list(found.columns) == ["score", "anomaly"]
    np.testing.assert_allclose(found["score"], expected, rtol=0, atol=1e-6)
    assert found["anomaly"].tolist() == (expected > fitted.threshold).tolist()
    assert {True, False} == set(found["anomaly"])
    np.testing.assert_allclose(model.predict(IMAGES[:1])["score"], expected[:1], rtol=0, atol=1e-6)
    for wrong in (IMAGES / 255, IMAGES[:, :, :-1]):
        with pytest.raises(MlflowException, match=r"pixels must be uint8.*float64|shape \(N, 1, 8, 8\)"):
            model.predict(wrong)


def test_negative_strides_change_no_score(fitted: Detector) -> None:
    model, mirrored = mlflow.pyfunc.load_model(CHAMPION), IMAGES[::-1, :, :, ::-1]
    np.testing.assert_array_equal(model.predict(mirrored)["score"], model.predict(mirrored.copy())["score"])


def test_who_loads_the_model_names_the_device(expected: Floats) -> None:
    model = mlflow.pyfunc.load_model(CHAMPION, model_config={"device": "auto"})
    assert model.unwrap_python_model().detector.members[0].model.device == device.find("auto")
    np.testing.assert_allclose(model.predict(IMAGES)["score"], expected, rtol=0, atol=1e-3)
    with pytest.raises(Exception, match=r"^model_config: device: 'gpu' is none of cpu, cuda, mps, auto$"):
        mlflow.pyfunc.load_model(CHAMPION, model_config={"device": "gpu"})


def test_the_device_computes_as_in_the_pipeline(
    fitted: Detector, expected: Floats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, simulated: torch.device
) -> None:
    """`find` also makes a GPU repeat its results; no device is taken without it."""
    save_detector(fitted, tmp_path / "detector.safetensors")
    monkeypatch.setattr("hourglass.core.device.find", {"mps": simulated}.__getitem__)
    served = loaded(tmp_path / "detector.safetensors", "mps")
    assert served.detector.members[0].model.device == simulated
    np.testing.assert_allclose(served.predict(None, IMAGES)["score"], expected, rtol=0, atol=1e-4)


def test_a_conditional_detector_assumes_the_normal_class(tmp_path: Path) -> None:
    file = tmp_path / "detector.safetensors"
    model = build("cvae", {"latent_dim": 3, "hidden": [16]}, (1, 8, 8), seed=0).eval()
    save_detector(fit([model], ["pixel"], replace(NORMAL, normal=7), 0.1), file)
    found = loaded(file, "cpu").predict(None, IMAGES)["score"]

    @torch.inference_mode()
    def errors(images: ImageSet, normal: int) -> Floats:
        x, _ = images.batch(slice(None))
        return model.score(x, torch.full((len(images),), normal)).log().numpy()

    def by_hand(normal: int) -> Floats:
        usual = errors(NORMAL.calibration, normal)
        return (errors(ImageSet(IMAGES), normal) - usual.mean()) / usual.std(ddof=1)

    np.testing.assert_allclose(found, by_hand(7), rtol=0, atol=1e-4)
    assert not np.allclose(found, by_hand(0), rtol=0, atol=1e-3)


def test_no_file_of_the_model_is_a_pickle(artifacts: Path) -> None:
    models = [file.parent for file in artifacts.rglob("MLmodel")]
    assert len(models) == 2
    for folder in models:
        weights = list(folder.rglob("*.safetensors"))
        for file in weights:
            with safe_open(file, framework="np") as content:
                assert content.keys()
        others = [file for file in folder.rglob("*") if file.is_file() and file not in weights]
        assert len(weights) == 1
        assert len(others) > 10
        for file in others:
            file.read_text(encoding="utf-8")  # a pickle's first byte is 0x80, which UTF-8 does not allow


def test_the_model_brings_its_own_code(expected: Floats, artifacts: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", IMAGES)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ELSEWHERE, sysconfig.get_path("purelib"), CHAMPION, "images.npy"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    np.testing.assert_allclose(found["scores"], expected, rtol=0, atol=1e-6)
    assert found["files"]
    for file in found["files"]:
        assert Path(file).is_relative_to(artifacts / "models")


def test_the_project_can_be_imported_beside_the_model(fitted: Detector, expected: Floats, artifacts: Path) -> None:
    before = sys.modules["hourglass.detection.detector"]
    model = mlflow.pyfunc.load_model(CHAMPION)
    from hourglass.data import splits
    from hourglass.detection import detector

    assert Path(str(splits.__file__)).is_relative_to(ROOT)
    assert detector is before
    own = {name.partition(".")[0] for name in sys.modules if name.startswith("hourglass_")}
    assert own
    for name in own:
        shipped = sys.modules[f"{name}.detection.detector"]
        assert Path(str(shipped.__file__)).is_relative_to(artifacts)
        assert shipped is not detector
    np.testing.assert_allclose(model.predict(IMAGES)["score"], expected, rtol=0, atol=1e-6)


def test_local_code_does_not_replace_the_code_of_the_model(
    fitted: Detector, expected: Floats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hourglass.detection.detector.combine", lambda values, weights: 0 * values[:, 0])
    np.testing.assert_allclose(mlflow.pyfunc.load_model(CHAMPION).predict(IMAGES)["score"], expected, atol=1e-6)


def test_publishing_leaves_no_module_behind(published_detector: tuple[Path, Detector]) -> None:
    gone = [module for name, module in sys.modules.items() if name.startswith("hourglass_")]
    assert all(Path(str(module.__file__)).exists() for module in gone)
