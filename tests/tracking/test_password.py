"""A tracking server whose address holds a password, as behind a proxy that asks for one."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hourglass.stages import promote, publish
from tests.tracking.state import aliases, client

# Its jobs take half a dozen processes, which import MLflow each.
WITHOUT_JOBS = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}


@pytest.fixture
def server(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Serves `database` on loopback; its artifacts lie in the folder that is returned."""
    folder = tmp_path / "served"
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", f"sqlite:///{database}"]
    command += ["--artifacts-destination", str(folder), "--host", "127.0.0.1", "--port", port, "--workers", "1"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | WITHOUT_JOBS)
    try:
        for _ in range(600):
            assert process.poll() is None
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                    break
            time.sleep(0.2)
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://user:pass-word@127.0.0.1:{port}")
        yield folder
    finally:
        process.terminate()
        process.wait(30)


def test_a_password_is_neither_printed_nor_stored(
    server: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish.main()
    assert promote.main(None, dry_run=False) == 0
    assert promote.complaint() is None
    assert aliases()["champion"] == "vanilla"
    version = client().get_model_version_by_alias("hourglass-detector-digits-0", "champion")
    assert list(server.rglob("MLmodel"))
    printed = "".join(capfd.readouterr())
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert str(version.run_id) not in printed
    assert "pass-word" not in printed
    assert [file for file in files if b"pass-word" in file.read_bytes()] == []
