"""What runs, what is done and how long is left: live bars on a terminal, and a line per stage."""

import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from types import TracebackType

from rich import progress
from rich.console import Console

from hourglass.pipeline.graph import kind
from hourglass.pipeline.timing import duration, expected_seconds, known_seconds

# For a stage that never ran here, until one of its kind has.
GUESS_SECONDS = 15.0
# What DVC and starting Python take.
DVC_SECONDS = 4.0


class Progress:
    """Shows the state of a rebuild of `stages`, `jobs` of them at a time."""

    def __init__(self, stages: Sequence[str], jobs: int) -> None:
        self.jobs = jobs
        self.known = {name: known_seconds(name) for name in stages}
        self.usual = {name: expected_seconds(name) for name in stages}
        self.left = set(stages)
        self.outcomes: Counter[str] = Counter()
        # Kind of stage -> how long those took that have run in this rebuild.
        self.taken: defaultdict[str, list[float]] = defaultdict(list)
        # Stage -> how long it took, of those that have run in this rebuild.
        self.seconds: dict[str, float] = {}
        console = Console(stderr=True)
        self.bars = progress.Progress(
            "{task.description}",
            progress.BarColumn(),
            "{task.fields[state]}",
            console=console,
            auto_refresh=False,
            transient=True,
            get_time=time.monotonic,
            disable=not console.is_terminal,
        )
        self.all = self.bars.add_task("all stages", total=len(stages), state="")
        self.running: dict[str, progress.Task] = {}

    def __enter__(self) -> "Progress":
        self.bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bars.stop()

    def started(self, name: str) -> None:
        """Show that a stage begins."""
        self.bars.add_task(name, state="")
        self.running[name] = self.bars.tasks[-1]

    def finished(self, name: str, outcome: str) -> None:
        """Show how a stage ended: done, restored from DVC's cache, unchanged, or failed."""
        task = self.running.pop(name)
        seconds = task.elapsed or 0.0
        self.bars.remove_task(task.id)
        self.left.remove(name)
        self.outcomes[outcome] += 1
        if outcome == "done":
            self.taken[kind(name)].append(seconds)
            self.seconds[name] = seconds
        left = f"{len(self.left)} left, about {duration(self.seconds_left())}"
        print(f"{outcome:<9} {name:<32} {seconds:6.1f} s   {left}", flush=True)

    def refresh(self) -> None:
        """Draw the bars again."""
        for name, task in self.running.items():
            seconds, expected = task.elapsed or 0.0, self.expected(name)
            state = f"{seconds:.0f} s of about {expected:.0f} s"
            self.bars.update(task.id, completed=seconds, total=expected, state=state)
        self.bars.update(self.all, completed=self.outcomes.total(), state=self.summary())
        self.bars.refresh()

    def expected(self, name: str) -> float:
        """Seconds that a stage will take: as last time, or as others of its kind in this rebuild, or before it."""
        known, taken = self.known[name], self.taken[kind(name)]
        if known is None and taken:
            return statistics.mean(taken)
        usual = self.usual[name]
        return GUESS_SECONDS if usual is None else usual + DVC_SECONDS

    def seconds_left(self) -> float:
        """What is left to do, divided by the stages at a time."""
        elapsed = {name: task.elapsed or 0.0 for name, task in self.running.items()}
        seconds = sum(max(self.expected(name) - elapsed.get(name, 0.0), 0.0) for name in self.left)
        return seconds / max(min(self.jobs, len(self.left)), 1)

    def summary(self) -> str:
        """How many stages are waiting, how many ended how, and the time left."""
        ended = "".join(f", {number} {outcome}" for outcome, number in self.outcomes.items())
        waiting = len(self.left) - len(self.running)
        return f"{waiting} waiting{ended}; about {duration(self.seconds_left())} left"
