"""MLflow's scoring server with a published detector: without a network, and as the command starts it."""

import base64
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
import pytest
import torch
from mlflow.pyfunc import scoring_server
from PIL import Image

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.data.imageset import ImageSet
from hourglass.detection.files import load_detector
from hourglass.serving import server
from hourglass.tracking import registered
from tests.serving.asgi import call, posted
from tests.tracking.state import MODEL

PIXELS = np.random.default_rng(2).integers(0, 256, (4, 1, 8, 8), dtype=np.uint8)
DEEP = b'{"inputs": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
LONG = b'{"inputs": [[[[' + b"1" * 5000 + b"]]]]}"


def encoded(pixels: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def scores(body: bytes) -> list[float]:
    return [row["score"] for row in json.loads(body)["predictions"]]


def expected() -> list[float]:
    return [float(score) for score in load_detector(layout.detector("vanilla")).score(ImageSet(PIXELS))]


def test_the_model_is_strict_in_any_scoring_server(published: Path) -> None:
    """What `mlflow models serve` runs, without our limits around it."""
    app = scoring_server.init(registered.load(registered.find("champion", MODEL)))
    for inputs in (PIXELS.tolist(), [encoded(image[0]) for image in PIXELS]):
        response = posted(app, {"inputs": inputs})
        assert response.status == 200
        assert scores(response.body) == pytest.approx(expected(), abs=1e-5)
    for wrong, reason in (
        ((PIXELS / 255).tolist(), "pixels must be whole numbers from 0 to 255; got floats; multiply"),
        ((PIXELS > 9).tolist(), "got booleans"),
        (PIXELS[0].tolist(), "images must have the shape (N, 1, 8, 8); got (1, 8, 8)"),
        (["12"], "image 0: not an image"),
        ([], "there are no images"),
    ):
        response = posted(app, {"inputs": wrong})
        assert response.status == 400
        assert reason in response.message
        assert "\n" not in response.message
    assert posted(app, {"instances": PIXELS.tolist()}).status == 400


def test_bodies_that_cannot_be_read_are_400(published: Path) -> None:
    app = server.application(registered.load(registered.find("champion", MODEL)))
    for body, reason in (
        (DEEP, "the JSON cannot be read: nested too deeply"),
        (LONG, "the JSON cannot be read: Exceeds the limit"),
        (b"{", "Invalid input."),
        (b"\xff", "Invalid input."),
        (b"[]", "Received a list"),
        (b'{"inputs": NaN}', "expected a list of images; got float"),
        (b'{"images": []}', "'inputs' key"),
        (b"{" + b'"a": 1,' * 100_000 + b'"b": 1}', "'inputs' key"),
    ):
        response = call(app, [body])
        assert response.status == 400, reason
        assert reason in response.message
        assert "\n" not in response.message
    assert posted(app, {"inputs": PIXELS.tolist()}).status == 200


def test_a_model_that_casts_is_not_served(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlflow.models.Model._is_signature_from_type_hint", lambda _: False)
    with pytest.raises(HourglassError, match=r"version 2 \(vanilla\) was published by an earlier version"):
        server.serve(registered.find("champion", MODEL), 5999, torch.device("cpu"))


def test_a_port_in_use_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(HourglassError, match=rf"port {port} cannot be used .*--port"):
            server.serve(registered.Registered("models:/x/1", "x"), port, torch.device("cpu"))


def test_the_command_serves_until_it_is_interrupted(published: Path, repository: Path) -> None:
    (repository / ".dvc").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    program = [sys.executable, "-W", "ignore", "-c", "from hourglass.cli import main; main()", "serve"]
    search = os.pathsep.join(sys.path)
    process = subprocess.Popen(
        [*program, "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONPATH": search},
    )
    try:
        assert process.stdout is not None
        shown = process.stdout.readline()
        assert f"version 2 (vanilla) is served at http://127.0.0.1:{port} (Ctrl-C stops it)" in shown
        address = f"http://127.0.0.1:{port}/invocations"
        wait_for(port)
        assert send(address, {"inputs": PIXELS.tolist()}) == (200, pytest.approx(expected(), abs=1e-5))
        status, message = send(address, {"inputs": (PIXELS / 255).tolist()})
        assert (status, "got floats" in message) == (400, True)
        status, message = send(address, {"inputs": ["x" * (33 * 2**20)]})
        assert (status, "33,554,432 bytes" in message) == (413, True)
        assert send(address, {"inputs": [encoded(image[0]) for image in PIXELS]})[0] == 200
    finally:
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in rest


def wait_for(port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)


def send(address: str, content: Any) -> tuple[int, Any]:
    """Status, and scores or the message."""
    request = Request(address, json.dumps(content).encode(), {"Content-Type": "application/json"})  # noqa: S310
    try:
        with urlopen(request, timeout=60) as response:  # noqa: S310
            return response.status, scores(response.read())
    except HTTPError as error:
        return error.code, json.loads(error.read())["message"]
