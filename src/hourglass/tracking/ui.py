"""The MLflow UI on loopback."""

import subprocess
import sys

from hourglass.tracking.store import address


def serve(port: int) -> int:
    """Serve until interrupted; where MLFLOW_TRACKING_URI already is a web server, say so instead."""
    uri = address()
    if uri.startswith("http"):
        print(f"open {uri}")
        return 0
    print(f"MLflow: http://127.0.0.1:{port} (experiment hourglass; Ctrl-C stops)", flush=True)
    command = [sys.executable, "-W", "ignore", "-m", "mlflow", "ui", "--backend-store-uri", uri]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    return subprocess.run(command, check=False).returncode
