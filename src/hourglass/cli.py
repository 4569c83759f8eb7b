"""The command line: `hourglass COMMAND`, as `hourglass --help` lists them. Each command is one function."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from hourglass import arguments
from hourglass.core import stage
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.machine import cores

if TYPE_CHECKING:
    from hourglass.pipeline.rebuild import Place
    from hourglass.pipeline.schema import Params


def main() -> None:
    """Parse the command line, run the command from the repository's root, exit with its status."""
    options = arguments.parser().parse_args()
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _interrupt)  # so that a closed terminal stops the stages too
    try:
        os.chdir(_root())
        sys.exit(COMMANDS[options.command](options))
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


# Imports are local in what follows: `hourglass check` should not wait for torch.


def _init(options: argparse.Namespace) -> None:
    from hourglass.pipeline import own_images
    from hourglass.tracking.address import is_lost

    own_images.init(options.path, options.name, options.size, options.channels)
    if not is_lost():  # only what was published from here can have the same name
        stage.set_environment()
        from hourglass.stages import publish
        from hourglass.tracking import namesake

        if warning := namesake.warning(publish.names().experiment):
            print(warning, file=sys.stderr)


def _check(options: argparse.Namespace) -> int:
    from hourglass.pipeline import folder_changes, gate

    folder_changes.require_current()
    return gate.main(options.against, _complaint(), as_json=options.json, summary=options.summary)


def _repro(options: argparse.Namespace) -> None:
    from hourglass.pipeline import ending, folder_changes, forecast, lock, rebuild, staleness, target, validate

    changed = folder_changes.changed() is not None
    if changed and not options.dry:
        with lock.exclusive(wait=options.wait):  # a rebuild at work here reads params.yaml
            folder_changes.refresh()
    settings = validate.settings()
    target.require(options.pipeline)
    if options.ray and options.pipeline != rebuild.RESULTS:
        raise SettingsError(f"--ray rebuilds {rebuild.RESULTS}, not {options.pipeline}; leave it out")
    if options.dry:
        forecast.show(settings, _jobs(options, settings), options.pipeline, folder_changed=changed)
        return
    place = _place(options, settings)
    if options.pipeline != rebuild.RESULTS:
        rebuild.rebuild(settings, place, options.pipeline, wait=options.wait)
        return
    try:
        took = rebuild.rebuild(settings, place, options.pipeline, wait=options.wait)
        published = _publish_if_needed() or "publish" in took
    except HourglassError:
        if staleness.behind().keys() <= {"publish"}:  # a server that is down hides no failed criterion
            ending.show({})
        raise
    ending.show(took)
    if published:
        _show_champion()


def _jobs(options: argparse.Namespace, settings: "Params") -> int:
    """Stages at a time."""
    if options.ray and not options.jobs:
        from hourglass.cluster import stages

        return stages.at_a_time(options.ray, settings)
    return int(options.jobs or max(1, cores() // settings.threads))


def _place(options: argparse.Namespace, settings: "Params") -> "Place":
    """Where a rebuild runs."""
    if options.ray:
        from hourglass.cluster import stages

        return stages.place(options.ray, settings, options.jobs)
    from hourglass.pipeline import rebuild

    return rebuild.here(_jobs(options, settings))


def _sweep(options: argparse.Namespace) -> None:
    stage.set_environment()
    from hourglass.cluster import sweep

    sweep.sweep(options.variant, options.trials, options.ray, apply=options.apply)


def _publish_if_needed() -> bool:
    """Publish results that came back by `git checkout` and `dvc checkout`, or that another server lacks."""
    stage.set_environment()
    from hourglass.stages import publish

    if needed := publish.is_needed():
        publish.main()
    return needed


def _complaint(*, pending: bool = False) -> str | None:
    """What is wrong with the champion; with `pending`, also that it is of earlier results than those on disk.

    None if nothing is, there is none, or the server does not answer.
    """
    from hourglass.tracking.address import is_lost

    if is_lost():
        return None  # nothing was published from here, as on a fresh clone
    stage.set_environment()
    from hourglass.stages import promote

    try:
        return promote.complaint() or (promote.pending() if pending else None)
    except HourglassError as error:
        print(f"the champion could not be checked: {error}", file=sys.stderr)
        return None  # results do not depend on a tracking server


def _show_champion() -> None:
    """After publishing, print what there is to say of the champion."""
    if message := _complaint(pending=True):
        print(message, file=sys.stderr)


def _promote(options: argparse.Namespace) -> int:
    stage.set_environment()
    from hourglass.pipeline import staleness
    from hourglass.stages import promote

    if options.rollback:
        if options.variant:
            raise SettingsError("--rollback goes back to the champion before; it takes no variant")
        promote.roll_back(dry_run=options.dry_run)
        return 0
    staleness.require_current()
    return promote.main(options.variant, dry_run=options.dry_run)


def _publish(options: argparse.Namespace) -> None:
    stage.set_environment()
    from hourglass.pipeline import staleness
    from hourglass.stages import publish

    staleness.require_current()
    publish.main()
    _show_champion()


def _ui(options: argparse.Namespace) -> None:
    """Publish, then serve MLflow; with what was published before if the results on disk are stale."""
    stage.set_environment()
    from hourglass.pipeline import staleness
    from hourglass.stages import publish
    from hourglass.tracking import ui
    from hourglass.tracking.address import is_lost

    try:
        staleness.require_current()
    except HourglassError as error:
        if is_lost():
            raise
        print(f"nothing is published: {error}", file=sys.stderr)
    else:
        publish.main()
        _show_champion()
    ui.serve(options.port, publish.names().experiment)


def _predict(options: argparse.Namespace) -> int:
    settings = stage.set_environment()
    from hourglass.prediction.predict import Request, predict

    request = Request(**{name: getattr(options, name) for name in Request.__dataclass_fields__})
    if not options.ray:
        return predict(request)
    from hourglass.cluster.predict import scoring

    return predict(request, scoring(options.ray, settings))


def _reconstruct(options: argparse.Namespace) -> int:
    stage.set_environment()
    from hourglass.prediction.reconstruct import reconstruct

    return reconstruct(options.paths, options.start, options.model, options.out)


def _threshold(options: argparse.Namespace) -> None:
    stage.set_environment()
    from hourglass.prediction.threshold import threshold

    threshold(options.variant, options.false_positive_rate, apply=options.apply)


def _serve(options: argparse.Namespace) -> None:
    stage.set_environment()
    from hourglass.prediction import models
    from hourglass.serving import server

    server.serve(models.find(options.model, options.start), options.port, models.configured())


def _export(options: argparse.Namespace) -> None:
    stage.set_environment()
    from hourglass.core import layout
    from hourglass.export import export
    from hourglass.pipeline import staleness

    if layout.detector(options.model).exists():  # its card states metrics, which must be those of these results
        staleness.require_current()
    export.main(options.model, options.format, options.out, options.start)


def _readme(options: argparse.Namespace) -> None:
    from hourglass.reporting import documents

    documents.update()


COMMANDS: Mapping[str, Callable[[argparse.Namespace], int | None]] = {
    "init": _init,
    "repro": _repro,
    "sweep": _sweep,
    "check": _check,
    "publish": _publish,
    "promote": _promote,
    "ui": _ui,
    "predict": _predict,
    "reconstruct": _reconstruct,
    "threshold": _threshold,
    "serve": _serve,
    "export": _export,
    "readme": _readme,
}
