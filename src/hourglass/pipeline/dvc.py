"""DVC through its command line."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from hourglass.core.errors import HourglassError
from hourglass.pipeline.processes import stop

PROGRAM = [sys.executable, "-m", "hourglass.pipeline.faster_dvc"]
PLAIN = [sys.executable, "-m", "dvc"]


def environment() -> dict[str, str]:
    """This process's environment, with this interpreter's programs first on PATH: `dvc` and `python` are ours."""
    return os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def run(*arguments: str, program: Sequence[str] = PROGRAM) -> int:
    """Run `dvc ARGUMENTS` on this terminal; return 0, or 1 if it failed."""
    process = subprocess.Popen([*program, *arguments], env=environment())
    try:
        return 1 if process.wait() else 0
    finally:
        stop([process])


def ask(*arguments: str) -> str:
    """What `dvc ARGUMENTS` prints.

    Raises:
        HourglassError: it failed; says why.
    """
    done = subprocess.run([*PROGRAM, *arguments], env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        reason = done.stderr.strip().splitlines() or ["no message"]
        raise HourglassError(f"`dvc {' '.join(arguments)}` failed: {reason[-1]}")
    return done.stdout


def start(stage: str, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start what brings `stage` up to date, and nothing before it; what it prints goes to `log`."""
    command = [*PROGRAM, "--wait-for-lock", "repro", "--single-item", stage]
    # A session of its own, so that Ctrl-C on the terminal does not reach DVC while it writes its records.
    return subprocess.Popen(command, env=environment(), stdout=log, stderr=subprocess.STDOUT, start_new_session=True)


def restore(stage: str) -> None:
    """Bring back what `stage` last made, as far as DVC's cache has it: not metrics, which git has."""
    command = ["dvc", "--wait-for-lock", "checkout", "--quiet", stage]
    subprocess.run(command, env=environment(), capture_output=True, check=False, start_new_session=True)
