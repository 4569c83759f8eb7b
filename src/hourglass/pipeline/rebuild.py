"""Rebuild what is out of date, several stages at a time.

DVC 3 reproduces one stage after another. Here each stage that may have to run becomes a process of its own,
`dvc repro --single-item STAGE`, started as soon as the stages it waits for are done. DVC still decides whether it
runs, and keeps all its records. A plain `dvc repro`, without pipeline/faster_dvc.py, closes the rebuild and proves it
complete.
"""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Protocol

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.pipeline import dvc, faster_dvc, graph, leftovers, lock, processes, schedule, validate
from hourglass.pipeline.progress import Progress
from hourglass.pipeline.schema import Params

LAST_LINES = 15
REFRESH_SECONDS = 1.0
UP_TO_DATE = "every result is up to date"
# The pipeline that makes the results.
RESULTS = "dvc.yaml"
DOWNLOAD = "download"

# Runs stages, each after those that it waits for: (stage -> those, stages that can go later) -> seconds of each.
Run = Callable[[Mapping[str, set[str]], Collection[str]], dict[str, float]]
# Where a rebuild runs: entered with its stages, it yields what runs them, or raises HourglassError if they cannot run.
Place = Callable[[Collection[str]], AbstractContextManager[Run]]


class Running(Protocol):
    """A stage at work."""

    @property
    def name(self) -> str:
        """The stage."""
        ...

    def finish(self) -> tuple[str, str]:
        """Wait until it has ended; return its outcome, as of `outcome_of`, and the last lines that it printed."""
        ...


class Runner(Protocol):
    """Where stages run."""

    def start(self, name: str) -> Running:
        """Start a stage."""
        ...

    def stop(self) -> None:
        """End the stages that are still at work, whose outputs stay what they were before."""
        ...


def here(jobs: int) -> Place:
    """This machine, with `jobs` stages at a time."""
    return lambda _: nullcontext(partial(run_all, jobs=jobs))


def rebuild(settings: Params, place: Place, pipeline: str, *, wait: bool = False) -> dict[str, float]:
    """Bring every stage of the file `pipeline` (dvc.yaml, for the results) up to date.

    Results do not depend on how many stages run at a time, or where: what a stage computes is fixed by its parameters,
    threads included. Results of variants that params.yaml no longer has are removed.

    Args:
        place: where stages run.
        wait: until another rebuild here has ended, if there is one.

    Returns:
        stage -> seconds, of the stages that ran.

    Raises:
        SettingsError: a variant cannot be built; nothing was started.
        HourglassError: another rebuild is at work here, or `place` cannot run the stages; nothing was started. Or a
            stage failed: names it and shows its last lines. Nothing new was started after it, and stages that were
            running ended first.
        KeyboardInterrupt: all stages were stopped, and have the outputs they had before.
    """
    with lock.exclusive(wait=wait):
        removed = leftovers.find(settings) if pipeline == RESULTS else {}
        changed = graph.changed(pipeline)
        took: dict[str, float] = {}
        if removed or changed:
            validate.models(settings)
            waits_for = graph.read(pipeline)
            with place(graph.affected(waits_for, changed)) as run:
                leftovers.remove(removed)
                todo = graph.affected(waits_for, graph.changed(pipeline) if removed else changed)
                took = _run({name: waits_for[name] & todo for name in todo}, run, pipeline, settings)
    print(UP_TO_DATE)
    return took


def _run(todo: Mapping[str, set[str]], run: Run, pipeline: str, settings: Params) -> dict[str, float]:
    """Run the stages of `todo`, each after those that it waits for; return the seconds of those that ran.

    Raises:
        HourglassError, KeyboardInterrupt: as `rebuild` does.
    """
    took: dict[str, float] = {}
    if DOWNLOAD in todo:
        # Alone and on this terminal: everything waits for it, and it shows its own progress.
        if dvc.run("repro", "--quiet", "--single-item", DOWNLOAD):
            raise HourglassError("stage download failed")
        todo = {name: before - {DOWNLOAD} for name, before in todo.items() if name != DOWNLOAD}
    if todo:
        took = run(todo, schedule.recipes(todo, settings))
    _fold_locks(pipeline)
    if dvc.run("repro", "--quiet", pipeline, program=dvc.PLAIN):
        raise HourglassError("`dvc repro`, which closes a rebuild, failed")
    return took


def _fold_locks(pipeline: str) -> None:
    """Write the records as a plain `dvc` would, so that none differs by who wrote it last.

    Raises:
        HourglassError: another DVC process is at work here.
    """
    from dvc.lock import LockError  # DVC takes half a second to import, and most calls have nothing to do
    from dvc.repo import Repo

    try:
        with Repo() as repo, repo.lock:
            for record in {Path(faster_dvc.LOCK), Path(pipeline).with_name(faster_dvc.LOCK)}:
                if record.exists():
                    faster_dvc.fold_lines(record)
    except LockError as error:
        raise HourglassError(f"another DVC process is at work here: {error}") from error


def run_all(
    waits_for: Mapping[str, set[str]], later: Collection[str] = (), *, jobs: int, runner: Runner | None = None
) -> dict[str, float]:
    """Run every stage of `waits_for` after those that it waits for, `jobs` at a time; return the seconds each took.

    Args:
        later: stages that others go before where it costs no time.
        runner: where they run; by default here.

    Raises:
        HourglassError, KeyboardInterrupt: as `rebuild` does.
    """
    order = TopologicalSorter(waits_for)
    order.prepare()
    runner = runner or _Here()
    ready: list[str] = []
    running: dict[Future[tuple[str, str]], Running] = {}
    failed: str | None = None
    pool = ThreadPoolExecutor(jobs)
    layout.LOGS.mkdir(parents=True, exist_ok=True)
    with Progress(sorted(waits_for), jobs) as progress:
        try:
            while running or (order.is_active() and not failed):
                # The longest paths first, so that no core idles at the end.
                seconds = {name: progress.expected(name) for name in waits_for}
                paths = schedule.path_seconds(waits_for, seconds)
                ready = [*ready, *order.get_ready()]
                ready = schedule.by_priority(ready, paths, seconds, progress.seconds_left(), later)
                while ready and len(running) < jobs and not failed:
                    stage = runner.start(ready.pop(0))
                    running[pool.submit(stage.finish)] = stage
                    progress.started(stage.name)
                for future in wait(running, REFRESH_SECONDS, FIRST_COMPLETED).done:
                    name, (outcome, last_lines) = running.pop(future).name, future.result()
                    if outcome == "failed":
                        failed = failed or f"stage {name} failed:\n{last_lines}"
                    progress.finished(name, outcome)
                    order.done(name)
                progress.refresh()
        finally:
            with processes.uninterrupted():
                runner.stop()
                pool.shutdown()
    if failed:
        raise HourglassError(failed)
    return progress.seconds


class _Here:
    """Runs stages as processes of this machine."""

    def __init__(self) -> None:
        self.started: list[_Stage] = []

    def start(self, name: str) -> "_Stage":
        self.started.append(_Stage(name))
        return self.started[-1]

    def stop(self) -> None:
        processes.stop([stage.process for stage in self.started])


class _Stage:
    """A stage at work here."""

    def __init__(self, name: str) -> None:
        self.name = name
        with layout.log(name).open("wb") as log:
            self.process = dvc.start(name, log)

    def finish(self) -> tuple[str, str]:
        """Wait until it has ended, bring its earlier outputs back if it failed; return the outcome and last lines."""
        status = self.process.wait()
        log = layout.log(self.name).read_text(encoding="utf-8", errors="replace")
        if status:
            dvc.restore(self.name)  # DVC deleted the outputs before the stage ran
        return outcome_of(log, status), end_of(log)


def end_of(log: str) -> str:
    """The end of what a stage printed, for a message."""
    return "\n".join(log.splitlines()[-LAST_LINES:])


def outcome_of(log: str, status: int) -> str:
    """How a stage ended, by what DVC printed and its exit status: failed, restored from a cache, done or unchanged."""
    if status:
        return "failed"
    if "is cached - skipping run" in log:
        return "restored"
    return "done" if "Running stage" in log else "unchanged"
