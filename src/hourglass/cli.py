"""The command line: `hourglass COMMAND`, as `hourglass --help` lists them."""

import argparse
import os
import signal
import sys
from functools import partial
from pathlib import Path

from hourglass.core import stage
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.machine import cores
from hourglass.prediction import arguments


def main() -> None:
    """Parse the command line, run the command from the repository's root, exit with its status."""
    parser = argparse.ArgumentParser(prog="hourglass", description="Rebuild, check and publish the autoencoders.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    init = commands.add_parser("init", help="write a params.yaml for a folder of your own images")
    init.add_argument("path", type=lambda text: Path(text).expanduser().absolute(), help="the folder, or a CSV file")
    init.add_argument("--name", help="of the dataset (default: from the folder's name)")
    init.add_argument("--size", type=partial(_count, most=256), help="the longer side in pixels (default: up to 64)")
    channels = init.add_mutually_exclusive_group()
    channels.add_argument("--color", dest="channels", action="store_const", const=3, help="three channels")
    channels.add_argument("--gray", dest="channels", action="store_const", const=1, help="one channel")
    repro = commands.add_parser("repro", help="check params.yaml, then rebuild what is out of date, in parallel")
    repro.add_argument("pipeline", nargs="?", default="dvc.yaml", help="file of the stages (default: dvc.yaml)")
    repro.add_argument("--jobs", type=_count, help="stages at a time (default: CPU cores / `threads` in params.yaml)")
    repro.add_argument(
        "--wait", action="store_true", help="if another rebuild is at work here, wait until it has ended"
    )
    repro.add_argument("--dry", action="store_true", help="say what would run, why and about how long; run nothing")
    check = commands.add_parser("check", help="fail if a criterion fails, results are stale, or a metric got worse")
    check.add_argument("--against", metavar="REV", help="git revision to compare with (default: main, if there is one)")
    check.add_argument("--json", action="store_true", help="print the outcome as JSON, for other CI systems")
    check.add_argument(
        "--summary", metavar="FILE", type=Path, help="append the outcome as Markdown to FILE, for a pull request"
    )
    commands.add_parser("publish", help="make MLflow agree with the results on disk")
    promote = commands.add_parser("promote", help="make a better accepted variant the champion, the one that is served")
    promote.add_argument("variant", nargs="?", help="default: the accepted one with the best validation ROC-AUC")
    promote.add_argument("--rollback", action="store_true", help="serve the champion before this one again")
    promote.add_argument("--dry-run", action="store_true", help="say what would happen; change nothing")
    ui = commands.add_parser("ui", help="publish, then serve the MLflow UI on this machine only")
    ui.add_argument(
        "--port", type=partial(_count, most=65535), default=5000, help="default: 5000, or the next free one"
    )
    arguments.add(commands)
    serve = commands.add_parser("serve", help="score images over HTTP, on this machine only")
    serve.add_argument("--port", type=partial(_count, most=65535), default=5001, help="default: 5001")
    serve.add_argument(
        "--model", default="champion", help="champion (default), a variant's registered version, or models:/..."
    )
    export = commands.add_parser("export", help="write a detector as one file for other programs, with its card")
    export.add_argument("--format", choices=("onnx", "torch"), required=True, help="ONNX, or PyTorch's .pt2")
    export.add_argument(
        "--model", default="champion", help="champion (default), a variant's detector on disk, or models:/..."
    )
    export.add_argument("--out", type=lambda text: Path(text).expanduser().absolute(), required=True, help="the file")
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
    """Run one command. Imports are local: `hourglass check` should not wait for torch."""
    if options.command in ("init", "repro", "check"):
        from hourglass.pipeline import own_images

        if options.command == "init":
            own_images.init(options.path, options.name, options.size, options.channels)
            return 0
        if options.command == "check" or options.dry:
            own_images.require_current()
        elif own_images.changed():
            from hourglass.pipeline import lock

            with lock.exclusive(wait=options.wait):  # a rebuild at work here reads params.yaml
                own_images.refresh()
    if options.command == "repro":
        return _repro(options)
    if options.command == "check":
        from hourglass.pipeline import gate

        return gate.main(options.against, _complaint(), as_json=options.json, summary=options.summary)
    if options.command == "readme":
        from hourglass.reporting import documents

        documents.update()
        return 0
    stage.set_environment()
    if "run" in options:
        return int(options.run(options))
    if options.command == "promote":
        return _promote(options)
    if options.command == "serve":
        return _serve(options)
    if options.command == "export":
        from hourglass.export import export

        export.main(options.model, options.format, options.out)
        return 0
    return _publish(options)


def _repro(options: argparse.Namespace) -> int:
    from hourglass.pipeline import ending, forecast, rebuild, staleness, validate

    settings = validate.settings()
    jobs = options.jobs or max(1, cores() // settings.threads)
    if options.dry:
        forecast.show(settings, jobs, options.pipeline)
        return 0
    if options.pipeline != rebuild.RESULTS:
        rebuild.rebuild(settings, jobs, options.pipeline, wait=options.wait)
        return 0
    try:
        took = rebuild.rebuild(settings, jobs, options.pipeline, wait=options.wait)
        published = _publish_if_needed() or "publish" in took
    except HourglassError:
        if staleness.behind().keys() <= {"publish"}:  # a server that is down hides no failed criterion
            ending.show({})
        raise
    ending.show(took)
    if published and (complaint := _complaint()):
        print(complaint, file=sys.stderr)
    return 0


def _publish_if_needed() -> bool:
    """Publish results that came back by `git checkout` and `dvc checkout`, or that another server lacks."""
    stage.set_environment()
    from hourglass.stages import publish

    if needed := publish.is_needed():
        publish.main()
    return needed


def _complaint() -> str | None:
    """What is wrong with the champion; None if nothing is, there is none, or the server does not answer."""
    from hourglass.tracking.address import is_lost

    if is_lost():
        return None  # nothing was published from here, as on a fresh clone
    stage.set_environment()
    from hourglass.stages import promote

    try:
        return promote.complaint()
    except HourglassError as error:
        print(f"the champion could not be checked: {error}", file=sys.stderr)
        return None  # results do not depend on a tracking server


def _promote(options: argparse.Namespace) -> int:
    from hourglass.pipeline import staleness
    from hourglass.stages import promote

    if options.rollback:
        if options.variant:
            raise SettingsError("--rollback goes back to the champion before; it takes no variant")
        promote.roll_back(dry_run=options.dry_run)
        return 0
    staleness.require_current()
    return promote.main(options.variant, dry_run=options.dry_run)


def _serve(options: argparse.Namespace) -> int:
    from hourglass.prediction.models import configured
    from hourglass.serving import server
    from hourglass.stages import publish
    from hourglass.tracking import registered

    server.serve(registered.find(options.model, publish.names().model), options.port, configured())
    return 0


def _publish(options: argparse.Namespace) -> int:
    """Publish; for `ui`, then serve MLflow, with what was published before if the results on disk are stale."""
    from hourglass.pipeline import staleness
    from hourglass.stages import publish
    from hourglass.tracking import ui
    from hourglass.tracking.address import is_lost

    try:
        staleness.require_current()
    except HourglassError as error:
        if options.command == "publish" or is_lost():
            raise
        print(f"nothing is published: {error}", file=sys.stderr)
    else:
        publish.main()
    if options.command == "ui":
        ui.serve(options.port, publish.names().experiment)
    return 0
