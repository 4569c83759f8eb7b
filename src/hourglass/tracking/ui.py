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
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", uri, "--host", "127.0.0.1"]
    return subprocess.run([*command, "--port", str(port)], check=False).returncode
