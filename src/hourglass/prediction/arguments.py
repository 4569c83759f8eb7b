"""The command line of predict, reconstruct and threshold. It imports no torch, for the sake of other commands."""

import argparse
from pathlib import Path

PATHS = "image files, folders, patterns, or - for a list on standard input"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the three commands; paths start where the process was started."""
    predict = commands.add_parser("predict", help="score image files with an anomaly detector")
    predict.add_argument("paths", nargs="+", metavar="PATH", help=PATHS)
    predict.add_argument(
        "--model",
        default="champion",
        help="champion (default), a variant's detector on disk, a detector's file, or models:/... of MLflow",
    )
    predict.add_argument("--csv", type=Path, metavar="FILE", help="write a row per file, in their order")
    predict.add_argument("--json", type=Path, metavar="FILE", help="the same as JSON")
    predict.add_argument("--maps", type=Path, metavar="DIR", help="write each image, coloured by its anomaly map")
    predict.add_argument(
        "--false-positive-rate", type=_rate, metavar="RATE", help="target for the threshold (default: the detector's)"
    )
    predict.add_argument("--fail-on-anomaly", action="store_true", help="exit with status 3 if there is an anomaly")
    reconstruct = commands.add_parser("reconstruct", help="write what a variant makes of image files")
    reconstruct.add_argument("paths", nargs="+", metavar="PATH", help=PATHS)
    reconstruct.add_argument("--model", required=True, help="a variant, or a model's file")
    reconstruct.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for the PNG files")
    threshold = commands.add_parser("threshold", help="say what another target false-positive rate does")
    threshold.add_argument("variant", nargs="?", help="the one to show (default: all)")
    threshold.add_argument("--false-positive-rate", required=True, type=_rate, metavar="RATE", help="the target")
    threshold.add_argument("--apply", action="store_true", help="write the target into params.yaml, for all detectors")
    for command in (predict, reconstruct, threshold):
        command.set_defaults(run=run, start=Path.cwd())


def run(options: argparse.Namespace) -> int:
    """Run the command; return its exit status."""
    if options.command == "predict":
        from hourglass.prediction.predict import Request, predict

        wanted = {name: getattr(options, name) for name in Request.__dataclass_fields__}
        return predict(Request(**wanted))
    if options.command == "reconstruct":
        from hourglass.prediction.reconstruct import reconstruct

        return reconstruct(options.paths, options.start, options.model, options.out)
    from hourglass.prediction.threshold import threshold

    threshold(options.variant, options.false_positive_rate, apply=options.apply)
    return 0


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0
    if not 0 < rate < 1:
        raise argparse.ArgumentTypeError(f"expected a number between 0 and 1, got {text!r}")
    return rate
