"""The page's JavaScript beside PyTorch, for every variant of params.yaml."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from hourglass.core.files import write_json
from hourglass.live import detector, network
from hourglass.live.selection import EVERYTHING
from hourglass.reporting.live import TOLERANCE
from hourglass.reporting.page import TEMPLATES
from tests.live.small import all_images, images, model, settings
from tests.live.test_detector import light

RUN = Path(__file__).parent / "run.js"


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_page_computes_what_pytorch_computes(tmp_path: Path) -> None:
    names = settings()
    for name, own in names.items():
        write_json(tmp_path / f"{name}.json", network.pack(model(own), EVERYTHING, all_images()))
    packed = detector.pack(light(), images(seed=1), images(seed=2), all_images())
    write_json(tmp_path / "detector of the page.json", packed)
    command = ["node", str(RUN), str(TEMPLATES / "live"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    differences = json.loads(done.stdout)
    assert differences.keys() == {*names, "detector of the page"}
    assert max(differences.values()) < TOLERANCE, differences
    # The examples must tell a right engine from a wrong one.
    assert max(differences.values()) > 0
