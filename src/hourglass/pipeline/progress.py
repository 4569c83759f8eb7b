"""What runs, what is done and how long is left: a live table on a terminal, else a line per stage."""

import json
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table

from hourglass.core.stage import TIMINGS
from hourglass.pipeline.graph import kind

# For a stage that never ran here, until one of its kind has.
GUESS_SECONDS = 15.0
# What DVC and starting Python take.
DVC_SECONDS = 4.0
REFRESH_SECONDS = 1.0


class Progress:
    """Shows the state of a rebuild of `stages`, so many of them at a time."""

    def __init__(self, stages: Sequence[str], jobs: int) -> None:
        self.jobs = jobs
        self.last = {name: _last_duration(name) for name in stages}
        self.left = set(stages)
        self.running: dict[str, float] = {}
        self.outcomes: Counter[str] = Counter()
        # Kind of stage -> how long those took that have run in this rebuild.
        self.taken: defaultdict[str, list[float]] = defaultdict(list)
        self.live = Live(console=Console(stderr=True), get_renderable=self.table, auto_refresh=False, transient=True)
        self.shown = 0.0

    def __enter__(self) -> "Progress":
        self.live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.live.stop()

    def started(self, name: str) -> None:
        """A stage begins."""
        self.running[name] = time.monotonic()
        self.tick(now=True)

    def finished(self, name: str, seconds: float, outcome: str) -> None:
        """A stage ended: done, restored from DVC's cache, unchanged, or failed."""
        del self.running[name]
        self.left.remove(name)
        self.outcomes[outcome] += 1
        if outcome == "done":
            self.taken[kind(name)].append(seconds)
        line = f"{outcome:<9} {name:<32} {seconds:6.1f} s   {len(self.left)} left"
        if self.live.console.is_terminal:
            self.live.console.print(line, highlight=False)
        else:
            print(line, flush=True)
        self.tick(now=True)

    def tick(self, now: bool = False) -> None:
        """Refresh the table, once a second."""
        if now or time.monotonic() - self.shown > REFRESH_SECONDS:
            self.shown = time.monotonic()
            self.live.refresh()

    def expected(self, name: str) -> float:
        """Seconds that a stage will take: as many as last time, or as others of its kind in this rebuild."""
        last = self.last[name]
        return statistics.mean(self.taken[kind(name)] or [GUESS_SECONDS]) if last is None else last

    def seconds_left(self) -> float:
        """What is left to do, divided by the stages at a time."""
        now = time.monotonic()
        elapsed = {name: now - started for name, started in self.running.items()}
        seconds = sum(max(self.expected(name) - elapsed.get(name, 0.0), 0.0) for name in self.left)
        return seconds / max(min(self.jobs, len(self.left)), 1)

    def table(self) -> Table:
        """A row for each stage at work, and one for all others."""
        table = Table("stage", "state", "time", "expected", caption=f"about {self.seconds_left() / 60:.0f} min left")
        now = time.monotonic()
        for name, started in self.running.items():
            table.add_row(name, "running", f"{now - started:.0f} s", f"{self.expected(name):.0f} s")
        ended = ", ".join(f"{number} {outcome}" for outcome, number in self.outcomes.items())
        table.add_row("all others", f"{len(self.left) - len(self.running)} waiting{', ' if ended else ''}{ended}")
        return table


def _last_duration(name: str) -> float | None:
    """How long the stage took when it last ran here, DVC's part included, in seconds; None if it never did."""
    try:
        own = float(json.loads((TIMINGS / f"{name.replace('@', '-')}.json").read_text())["seconds"])
    except (OSError, ValueError, KeyError):
        return None
    return own + DVC_SECONDS
