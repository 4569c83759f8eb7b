"""The MLflow UI on loopback."""

import os
import socket
import sys

from hourglass.tracking.store import address


def serve(port: int) -> None:
    """Serve until interrupted, on `port` or the next free one; if MLFLOW_TRACKING_URI is a web server, point there."""
    uri = address()
    if uri.startswith("http"):
        print(f"open {uri}")
        return
    while _taken(port):
        port += 1
    print(f"MLflow: http://127.0.0.1:{port} (experiment hourglass; Ctrl-C stops)", flush=True)
    command = [sys.executable, "-W", "ignore", "-m", "mlflow", "ui", "--backend-store-uri", uri]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    # Without the job runner: half a dozen processes for features nobody here uses, behind an open API.
    os.environ["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"
    # In this process, so that stopping it stops the server.
    os.execv(sys.executable, command)  # noqa: S606


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
