"""Debian's package of Fashion-MNIST: a source for machines that reach no mirror but Debian's."""

import shutil
import subprocess
from pathlib import Path

from hourglass.core.errors import HourglassError

PACKAGE = "dataset-fashion-mnist"
FOLDER = Path("usr/share/datasets/fashion-mnist")
INSTALLED = Path("/") / FOLDER
SECONDS_PER_CONNECTION = 10
SECONDS_PER_COMMAND = 180


def download(scratch: Path) -> Path:
    """Unpack Debian's package into `scratch` and return the folder of its files; nothing is installed.

    Raises:
        HourglassError: the machine has no apt, or apt fails.
        subprocess.TimeoutExpired: apt takes longer than three minutes.
    """
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise HourglassError("apt-get and dpkg-deb are not on this machine")
    apt = ["apt-get", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=1"]
    for protocol in ("http", "https"):
        apt += ["-o", f"Acquire::{protocol}::Timeout={SECONDS_PER_CONNECTION}"]
    print(f"downloading Debian's {PACKAGE} (about 31 MB)", flush=True)
    try:
        _run(scratch, *apt, "download", PACKAGE)
    except HourglassError:
        # The system's package lists are missing or old: fetch fresh ones, into the scratch folder.
        (scratch / "lists" / "partial").mkdir(parents=True)
        apt += ["-o", f"Dir::State::Lists={scratch}/lists"]
        _run(scratch, *apt, "update")
        _run(scratch, *apt, "download", PACKAGE)
    for package in scratch.glob(f"{PACKAGE}_*.deb"):
        _run(scratch, "dpkg-deb", "-x", str(package), str(scratch))
    return scratch / FOLDER


def _run(folder: Path, *command: str) -> None:
    """Run a command; its progress goes to the terminal, its last error into the message."""
    done = subprocess.run(
        command, cwd=folder, stderr=subprocess.PIPE, text=True, timeout=SECONDS_PER_COMMAND, check=False
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise HourglassError(f"`{command[0]}` failed: {lines[-1]}")
