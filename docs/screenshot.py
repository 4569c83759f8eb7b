"""Take docs/images/mlflow.png: what `hourglass ui` opens. Needs Chromium; run it in the repository's environment.

Usage: python docs/screenshot.py
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

PICTURE = Path(__file__).parent / "images" / "mlflow.png"
# Loopback by another name: MLflow opens its chat assistant over the table for visitors of `localhost` itself.
HOST = "hourglass.localhost"
PORT = 5350
BROWSER = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")
SECONDS_TO_START = 120


def main() -> None:
    """Serve the UI, take the picture, stop the server."""
    browser = next(filter(None, map(shutil.which, BROWSER)), None)
    if not browser:
        sys.exit("error: no Chromium found; install the package chromium")
    allowed = {
        "MLFLOW_SERVER_ALLOWED_HOSTS": f"{HOST}:*,127.0.0.1:*",
        "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS": f"http://{HOST}:*",
    }
    command = [str(Path(sys.executable).with_name("hourglass")), "ui", "--port", str(PORT)]
    server = subprocess.Popen(command, env=os.environ | allowed, stdout=subprocess.PIPE, text=True)
    try:
        address = _address(server)
        _wait(address.partition("#")[0])
        _take(browser, address.replace("127.0.0.1", HOST))
    finally:
        server.terminate()
        server.wait()


def _address(server: "subprocess.Popen[str]") -> str:
    """The address that `hourglass ui` prints."""
    for line in server.stdout or ():
        if found := re.search(r"http://127\.0\.0\.1:\S+", line):
            return found[0]
    sys.exit("error: `hourglass ui` printed no address")


def _wait(address: str) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        try:
            urlopen(address, timeout=5).close()  # noqa: S310
        except OSError:
            time.sleep(0.5)
        else:
            return
    sys.exit(f"error: nothing answers at {address}")


def _take(browser: str, address: str) -> None:
    with TemporaryDirectory() as profile:
        command = [browser, *OPTIONS, f"--user-data-dir={profile}", "--hide-scrollbars", "--window-size=1600,1000"]
        command += ["--virtual-time-budget=30000", f"--screenshot={PICTURE}", address]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
