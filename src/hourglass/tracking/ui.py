"""The MLflow UI on loopback, opened at the results on disk."""

import os
import socket
import sys
from urllib.parse import urlsplit, urlunsplit

from hourglass.tracking import views
from hourglass.tracking.address import address
from hourglass.tracking.store import connect


def serve(port: int, experiment: str) -> None:
    """Print where to look, then serve until interrupted, on `port` or the next free one.

    If MLFLOW_TRACKING_URI is a web server, that is where to look, and nothing is served.

    Args:
        experiment: name of the experiment that holds the results.
    """
    uri, (_, number) = address(), connect(experiment)
    if uri.startswith("http"):
        print(f"open {views.address(_public(uri), number)}")
        return
    while _taken(port):
        port += 1
    print(f"MLflow (Ctrl-C stops): {views.address(f'http://127.0.0.1:{port}', number)}", flush=True)
    command = [sys.executable, "-W", "ignore", "-m", "mlflow", "ui"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    # Not on the command line, which every user of the machine can read: it may hold a password.
    os.environ["MLFLOW_BACKEND_STORE_URI"] = uri
    # Without the job runner: half a dozen processes for features nobody here uses, behind an open API.
    os.environ["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"
    # In this process, so that stopping it stops the server.
    os.execv(sys.executable, command)  # noqa: S606


def _public(uri: str) -> str:
    """`uri` without user and password, which the browser asks for."""
    parts = urlsplit(uri)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])).rstrip("/")


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
