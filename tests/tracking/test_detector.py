import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import mlflow.pyfunc
import numpy as np
import pytest
from mlflow.exceptions import MlflowException
from safetensors import safe_open

from hourglass.core.files import write_json
from hourglass.inference import Floats, score
from hourglass.models.build import build
from hourglass.stages import publish
from hourglass.tracking.detector import Detector
from hourglass.training.checkpoints import load_model, save_model

IMAGES = np.random.default_rng(0).integers(0, 256, (9, 1, 8, 8), dtype=np.uint8)
CHAMPION = "models:/hourglass-detector@champion"
# Neither PYTHONPATH nor .pth files: what is installed can be imported, the checkout cannot.
ELSEWHERE = """
import importlib.util, json, sys
sys.path.append(sys.argv[1])
import numpy as np
import mlflow.pyfunc
assert importlib.util.find_spec("hourglass") is None
found = mlflow.pyfunc.load_model(sys.argv[2]).predict(np.load(sys.argv[3]))
ours = [module.__file__ for name, module in sys.modules.items() if name.startswith("hourglass") and module.__file__]
print(json.dumps({"scores": found["score"].tolist(), "files": ours}))
"""


@pytest.fixture
def expected(database: Path, edit: Callable[..., None]) -> Floats:
    """Publish; the scores of IMAGES by the champion's weights, half of which exceed its threshold."""
    model, _ = load_model(Path("models/vanilla/normal.safetensors"))
    scores = score(model, IMAGES, normal=0)
    edit("reports/metrics/detect/vanilla.json", "threshold", to=float(np.median(scores)))
    publish.main()
    return scores


def test_the_served_model_scores_as_the_library_does(expected: Floats) -> None:
    model = mlflow.pyfunc.load_model(CHAMPION)
    found = model.predict(IMAGES)
    assert list(found.columns) == ["score", "anomaly"]
    np.testing.assert_allclose(found["score"], expected, rtol=0, atol=1e-6)
    assert found["anomaly"].tolist() == (expected > np.median(expected)).tolist()
    np.testing.assert_allclose(model.predict(IMAGES[:1])["score"], expected[:1], rtol=0, atol=1e-6)
    for wrong in (IMAGES / 255, IMAGES[:, :, :-1]):
        with pytest.raises(MlflowException, match="schema"):
            model.predict(wrong)


def test_a_conditional_detector_takes_every_image_for_its_normal_class(tmp_path: Path) -> None:
    variant = {"module": "cvae", "latent_dim": 3, "hidden": [16]}
    files = {"weights": str(tmp_path / "normal.safetensors"), "settings": str(tmp_path / "detector.json")}
    network = build(variant, (1, 8, 8), seed=0).eval()
    save_model(network, variant, Path(files["weights"]))
    write_json(Path(files["settings"]), {"variant": "cvae", "threshold": 0.1, "normal_class": 7})
    detector = Detector()
    detector.load_context(SimpleNamespace(artifacts=files))
    found = detector.predict(None, IMAGES)
    np.testing.assert_allclose(found["score"], score(network, IMAGES, normal=7), rtol=1e-6)
    assert not np.allclose(found["score"], score(network, IMAGES, normal=0), rtol=1e-3)


def test_the_normal_class_is_published_with_the_model(
    database: Path, edit: Callable[..., None], repository: Path
) -> None:
    edit("params.yaml", "data", "normal_class", to=1)
    publish.main()
    found = [json.loads(_settings(file.parent)) for file in repository.rglob("MLmodel")]
    assert {settings["normal_class"] for settings in found} == {1}


def test_no_file_of_the_model_is_a_pickle(expected: Floats, repository: Path) -> None:
    (folder,) = {file.parent for file in repository.rglob("MLmodel") if "vanilla" in _settings(file.parent)}
    weights = list(folder.rglob("*.safetensors"))
    for file in weights:
        with safe_open(file, framework="np") as content:
            assert content.keys()
    others = [file for file in folder.rglob("*") if file.is_file() and file not in weights]
    assert len(weights) == 1
    assert len(others) > 10
    for file in others:
        file.read_text(encoding="utf-8")  # a pickle's first byte is 0x80, which UTF-8 does not allow


def _settings(folder: Path) -> str:
    return (folder / "artifacts" / "detector.json").read_text()


def test_the_model_brings_its_own_code(expected: Floats, repository: Path, tmp_path: Path) -> None:
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
        assert Path(file).is_relative_to(repository / "mlartifacts" / "models")
