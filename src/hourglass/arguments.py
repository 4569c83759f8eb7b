"""What can be typed: every command of `hourglass` and its arguments. It imports neither torch nor mlflow."""

import argparse
from functools import partial
from pathlib import Path
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
PATHS = "image files, folders, patterns, or - for a list on standard input"
RAY = "HOST:PORT of a Ray cluster's head, `auto` for the one that this machine is in (docs/cluster.md)"
# What `--model` means to predict, serve and export (prediction/models.py).
MODEL = "champion (default, what is served), a variant's detector on disk, a detector's file, or models:/... of MLflow"


def parser() -> argparse.ArgumentParser:
    """The parser of the command line; the command's name is `command`, and `start` is where relative paths start."""
    whole = argparse.ArgumentParser(prog="hourglass", description="Rebuild, check and publish the autoencoders.")
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_pipeline(commands)
    _add_tracking(commands)
    _add_prediction(commands)
    _add_deployment(commands)
    commands.add_parser("readme", help="copy the last run's tables and pictures into README and docs")
    whole.set_defaults(start=Path.cwd())
    return whole


def _add_pipeline(commands: Commands) -> None:
    init = commands.add_parser("init", help="write a params.yaml for a folder of your own images")
    init.add_argument("path", type=_path, help="the folder, or a CSV file")
    init.add_argument("--name", help="of the dataset (default: from the folder's name)")
    init.add_argument(
        "--size", type=partial(_count, least=16, most=256), help="the longer side in pixels (default: up to 64)"
    )
    channels = init.add_mutually_exclusive_group()
    channels.add_argument("--color", dest="channels", action="store_const", const=3, help="three channels")
    channels.add_argument("--gray", dest="channels", action="store_const", const=1, help="one channel")
    repro = commands.add_parser("repro", help="check params.yaml, then rebuild what is out of date, in parallel")
    repro.add_argument("pipeline", nargs="?", default="dvc.yaml", help="file of stages, or a stage (default: dvc.yaml)")
    repro.add_argument("--jobs", type=_count, help="stages at a time (default: CPU cores / `threads` in params.yaml)")
    repro.add_argument(
        "--wait", action="store_true", help="if another rebuild is at work here, wait until it has ended"
    )
    repro.add_argument("--ray", metavar="ADDRESS", help=f"run the stages on {RAY}")
    repro.add_argument("--dry", action="store_true", help="say what would run, why and about how long; run nothing")
    sweep = commands.add_parser("sweep", help="search settings of a variant that reconstruct validation images better")
    sweep.add_argument("variant", help="its settings to search, and their ranges, are in `search` in params.yaml")
    sweep.add_argument("--trials", type=_count, required=True, metavar="N", help="settings to try")
    sweep.add_argument("--ray", metavar="ADDRESS", default="local", help=f"{RAY} (default: this machine alone)")
    sweep.add_argument("--apply", action="store_true", help="write the best settings into params.yaml")
    check = commands.add_parser("check", help="fail if a criterion fails, results are stale, or a metric got worse")
    check.add_argument("--against", metavar="REV", help="git revision to compare with (default: main, if there is one)")
    check.add_argument("--json", action="store_true", help="print the outcome as JSON, for other CI systems")
    check.add_argument(
        "--summary", metavar="FILE", type=Path, help="append the outcome as Markdown to FILE, for a pull request"
    )


def _add_tracking(commands: Commands) -> None:
    commands.add_parser("publish", help="make MLflow agree with the results on disk")
    promote = commands.add_parser("promote", help="make a better accepted variant the champion, the one that is served")
    promote.add_argument(
        "variant", nargs="?", help="may replace its own earlier version (default: the best on validation images)"
    )
    promote.add_argument("--rollback", action="store_true", help="serve the champion before this one again")
    promote.add_argument("--dry-run", action="store_true", help="say what would happen; change nothing")
    ui = commands.add_parser("ui", help="publish, then serve the MLflow UI on this machine only")
    ui.add_argument(
        "--port", type=partial(_count, most=65535), default=5000, help="default: 5000, or the next free one"
    )


def _add_prediction(commands: Commands) -> None:
    predict = commands.add_parser("predict", help="score image files with an anomaly detector")
    predict.add_argument("paths", nargs="+", metavar="PATH", help=PATHS)
    predict.add_argument("--model", default="champion", help=MODEL)
    predict.add_argument("--csv", type=Path, metavar="FILE", help="write a row per file, in their order")
    predict.add_argument("--json", type=Path, metavar="FILE", help="the same as JSON")
    predict.add_argument("--maps", type=Path, metavar="DIR", help="write each image, coloured by its anomaly map")
    predict.add_argument(
        "--false-positive-rate", type=_rate, metavar="RATE", help="target for the threshold (default: the detector's)"
    )
    predict.add_argument("--fail-on-anomaly", action="store_true", help="exit with status 3 if there is an anomaly")
    reconstruct = commands.add_parser("reconstruct", help="write what a variant makes of image files")
    reconstruct.add_argument("paths", nargs="+", metavar="PATH", help=PATHS)
    reconstruct.add_argument("--model", required=True, help="a variant's network on disk, or a model's file")
    reconstruct.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for the PNG files")
    threshold = commands.add_parser("threshold", help="say what another target false-positive rate does")
    threshold.add_argument("variant", nargs="?", help="the one to show (default: all)")
    threshold.add_argument("--false-positive-rate", required=True, type=_rate, metavar="RATE", help="the target")
    threshold.add_argument("--apply", action="store_true", help="write the target into params.yaml, for all detectors")


def _add_deployment(commands: Commands) -> None:
    serve = commands.add_parser("serve", help="score images over HTTP, on this machine only")
    serve.add_argument("--port", type=partial(_count, most=65535), default=5001, help="default: 5001")
    serve.add_argument("--model", default="champion", help=MODEL)
    export = commands.add_parser("export", help="write a detector as one file for other programs, with its card")
    export.add_argument("--format", choices=("onnx", "torch"), required=True, help="ONNX, or PyTorch's .pt2")
    export.add_argument("--model", default="champion", help=MODEL)
    export.add_argument("--out", type=_path, required=True, help="the file")


def _path(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _count(text: str, least: int = 1, most: int | None = None) -> int:
    if not text.isdecimal() or int(text) < least or (most is not None and int(text) > most):
        end = "on" if most is None else f"to {most}"
        raise argparse.ArgumentTypeError(f"expected a whole number from {least} {end}, got {text!r}")
    return int(text)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0
    if not 0 < rate < 1:
        raise argparse.ArgumentTypeError(f"expected a number between 0 and 1, got {text!r}")
    return rate
