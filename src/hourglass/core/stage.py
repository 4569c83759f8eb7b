"""Run one pipeline stage: `python -m hourglass.core.stage train vae`.

Around the stage's own work: fixed threads, one-line errors, a note of its time, memory and origin, and a failure if
what the stage depends on changed while it ran.
"""

import os
import sys
import time
from collections.abc import Callable
from importlib import import_module

from hourglass.core import device, inputs, layout, names, params
from hourglass.core.errors import HourglassError
from hourglass.core.files import write_json
from hourglass.core.machine import peak_memory
from hourglass.core.origin import limit_instructions, origin

# No telemetry, and a tracking server that is down is noticed in seconds.
MLFLOW = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
}


def set_environment() -> params.Common:
    """Set what libraries read when they are imported; call it before any of them is. Returns the settings it read."""
    common = params.read(params.Common)
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ[variable] = str(common.threads)
    limit_instructions(common.instruction_set)
    for name, value in (MLFLOW | device.ENVIRONMENT).items():
        os.environ.setdefault(name, value)
    return common


def report(error: BaseException) -> int:
    """Print one line for `error`; return the exit status that goes with it."""
    if isinstance(error, KeyboardInterrupt):
        print("error: interrupted; no half-written file was kept", file=sys.stderr)
        return 130
    print(f"error: {error}", file=sys.stderr)
    return error.exit_code if isinstance(error, HourglassError) else 1


def attempt(work: Callable[[], object]) -> int:
    """Do `work`; return the exit status, after one line on stderr if it failed."""
    try:
        work()
    except (HourglassError, OSError, KeyboardInterrupt) as error:
        return report(error)
    return 0


def main(name: str, *arguments: str) -> int:
    """Run `hourglass.stages.<name>.main(*arguments)`; return the exit status."""

    def work() -> None:
        started = time.perf_counter()
        for argument in arguments:
            names.require(argument, f"argument of the stage {name}")
        common = set_environment()
        declared = inputs.declared(name, arguments)
        before = inputs.fingerprint(declared)
        stage = import_module(f"hourglass.stages.{name}")
        imported = time.perf_counter()
        stage.main(*arguments)
        ended = time.perf_counter()
        inputs.require_unchanged(declared, before)
        took = {
            "seconds": round(ended - started, 3),
            "import_seconds": round(imported - started, 3),
            "peak_memory_bytes": peak_memory(),
            "origin": origin(common.threads, common.instruction_set),
        }
        write_json(layout.timing("@".join((name, *arguments))), took)

    return attempt(work)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
