"""The command line: hourglass repro | check | publish | ui | readme."""

import argparse
import os
import signal
import sys
from functools import partial
from pathlib import Path

from hourglass.core import stage
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.machine import cores


def main() -> None:
    """Parse the command line, run the command from the repository's root, exit with its status."""
    parser = argparse.ArgumentParser(prog="hourglass", description="Rebuild, check and publish the autoencoders.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    repro = commands.add_parser("repro", help="check params.yaml, then rebuild what is out of date, in parallel")
    repro.add_argument("pipeline", nargs="?", default="dvc.yaml", help="file of the stages (default: dvc.yaml)")
    repro.add_argument("--jobs", type=_count, help="stages at a time (default: CPU cores / `threads` in params.yaml)")
    check = commands.add_parser("check", help="fail if a criterion fails, results are stale, or a metric got worse")
    check.add_argument("--against", metavar="REV", help="git revision to compare with (default: main, if there is one)")
    commands.add_parser("publish", help="make MLflow agree with the results on disk")
    ui = commands.add_parser("ui", help="publish, then serve the MLflow UI on this machine only")
    ui.add_argument(
        "--port", type=partial(_count, most=65535), default=5000, help="default: 5000, or the next free one"
    )
    commands.add_parser("readme", help="copy the last run's tables and pictures into README and docs")
    options = parser.parse_args()
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _interrupt)  # so that a closed terminal stops the stages too
    try:
        os.chdir(_root())
        sys.exit(_run(options))
    except (HourglassError, OSError, KeyboardInterrupt) as error:
        sys.exit(stage.report(error))


def _root() -> Path:
    """The nearest folder upwards that DVC keeps its records in."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / ".dvc").is_dir():
            return folder
    raise SettingsError("no DVC repository here or above; run inside the repository")


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _count(text: str, most: int | None = None) -> int:
    if not text.isdecimal() or int(text) < 1 or (most is not None and int(text) > most):
        end = "on" if most is None else f"to {most}"
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 {end}, got {text!r}")
    return int(text)


def _run(options: argparse.Namespace) -> int:
    """Run one command. Imports are local: `hourglass check` should not wait for torch and mlflow."""
    if options.command == "repro":
        from hourglass.pipeline import rebuild, validate

        settings = validate.settings()
        return rebuild.rebuild(settings, options.jobs or max(1, cores() // settings.threads), options.pipeline)
    if options.command == "check":
        from hourglass.pipeline import gate

        return gate.main(options.against)
    if options.command == "readme":
        from hourglass.reporting import documents

        documents.update()
        return 0

    stage.set_environment()
    from hourglass.stages import publish
    from hourglass.tracking import ui

    publish.main()
    if options.command == "ui":
        ui.serve(options.port)
    return 0
