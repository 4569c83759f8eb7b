"""Rebuild what is out of date, several stages at a time.

DVC 3 reproduces one stage after another. Here each stage that may have to run becomes a process of its own,
`dvc repro --single-item STAGE`, started as soon as the stages it waits for are done; DVC still decides whether
it runs, and keeps all its records. A plain `dvc repro` closes the rebuild and proves it complete.
"""

import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from hourglass.core.errors import HourglassError
from hourglass.pipeline import dvc, graph, processes, validate
from hourglass.pipeline.progress import Progress

LAST_LINES = 15
UP_TO_DATE = "every result is up to date"
# What each stage printed when it last ran.
LOGS = Path("reports/logs")


@dataclass
class Running:
    """A stage at work."""

    process: subprocess.Popen[bytes]
    log: IO[bytes]
    started: float = field(default_factory=time.monotonic)


def rebuild(jobs: int, pipeline: str) -> int:
    """Bring every stage of the file `pipeline` (dvc.yaml, for the results) up to date, `jobs` at a time; return 0.

    Results do not depend on `jobs`: what a stage computes is fixed by its parameters, threads included.

    Raises:
        SettingsError: a variant cannot be built; nothing was started.
        HourglassError: a stage failed; names it and shows its last lines. Nothing new was started after it,
            and the stages that were running were let finish.
        KeyboardInterrupt: all stages were stopped, and have the outputs they had before.
    """
    changed = graph.changed(pipeline)
    if not changed:
        print(UP_TO_DATE)
        return 0
    validate.models()
    waits_for = graph.read(pipeline)
    todo = graph.affected(waits_for, changed & waits_for.keys())
    if "download" in todo:
        # Alone and on this terminal: everything waits for it, and people want to see it move.
        if dvc.run("repro", "--single-item", "download"):
            raise HourglassError("stage download failed")
        todo.remove("download")
    if todo:
        _run_all({name: waits_for[name] & todo for name in todo}, jobs)
    status = dvc.run("repro", "--quiet", pipeline)
    if not status:
        print(UP_TO_DATE)
    return status


def _run_all(waiting: dict[str, set[str]], jobs: int) -> None:
    running: dict[str, Running] = {}
    failed: str | None = None
    LOGS.mkdir(parents=True, exist_ok=True)
    with Progress(sorted(waiting), jobs) as progress:
        try:
            while running or (waiting and not failed):
                ready = [] if failed else [name for name in sorted(waiting) if not waiting[name]]
                # What takes longest first, so that no long stage is left over for one core at the end.
                ready.sort(key=lambda name: -progress.expected(name))
                for name in ready[: jobs - len(running)]:
                    del waiting[name]
                    running[name] = _start(name)
                    progress.started(name)
                time.sleep(processes.POLL_SECONDS)
                progress.tick()
                for name in [name for name, stage in running.items() if stage.process.poll() is not None]:
                    stage = running.pop(name)
                    stage.log.close()
                    log = log_of(name).read_text(encoding="utf-8", errors="replace")
                    if stage.process.returncode:
                        failed = failed or f"stage {name} failed:\n" + "\n".join(log.splitlines()[-LAST_LINES:])
                        # DVC deleted the stage's outputs before it ran: bring the earlier ones back.
                        dvc.restore(name)
                    progress.finished(name, time.monotonic() - stage.started, _outcome(log, stage.process.returncode))
                    for before in waiting.values():
                        before.discard(name)
        finally:
            with processes.uninterrupted():
                processes.stop([stage.process for stage in running.values()])
                for name, stage in running.items():
                    stage.log.close()
                    dvc.restore(name)
    if failed:
        raise HourglassError(failed)


def log_of(name: str) -> Path:
    """Where what stage `name` prints goes; a stage of another pipeline has that file's path in its name."""
    return LOGS / f"{name.replace('/', '-')}.log"


def _start(name: str) -> Running:
    file = log_of(name).open("wb")
    command = ["dvc", "--wait-for-lock", "repro", "--single-item", name]
    # A session of its own, so that Ctrl-C on the terminal does not reach DVC while it writes its records.
    process = subprocess.Popen(
        command, env=dvc.environment(), stdout=file, stderr=subprocess.STDOUT, start_new_session=True
    )
    return Running(process, file)


def _outcome(log: str, status: int) -> str:
    if status:
        return "failed"
    if "is cached - skipping run" in log:
        return "restored"
    return "done" if "Running stage" in log else "unchanged"
