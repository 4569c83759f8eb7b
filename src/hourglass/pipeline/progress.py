"""What runs, what is done and how long is left: a live line on a terminal, else a line per stage."""

import json
import sys
import time
from collections.abc import Sequence
from types import TracebackType

from tqdm import tqdm

from hourglass.core.stage import TIMINGS

# For a stage that never ran here.
GUESS_SECONDS = 15.0
# What DVC and starting Python take.
DVC_SECONDS = 3.0
REFRESH_SECONDS = 1.0


class Progress:
    """Shows the state of a rebuild of `stages`, so many of them at a time."""

    def __init__(self, stages: Sequence[str], jobs: int) -> None:
        self.jobs = jobs
        self.left = {name: _last_duration(name) for name in stages}
        self.running: dict[str, float] = {}
        self.live = sys.stderr.isatty()
        self.bar = tqdm(
            total=sum(self.left.values()), disable=not self.live, bar_format="{percentage:3.0f}%|{bar}| {desc}"
        )
        self.shown = 0.0

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.close()

    def started(self, name: str) -> None:
        """A stage begins."""
        self.running[name] = time.monotonic()
        self.tick()

    def finished(self, name: str, seconds: float, outcome: str) -> None:
        """A stage ended: done, restored from DVC's cache, unchanged, or failed."""
        del self.running[name]
        self.bar.update(self.left.pop(name))
        line = f"{outcome:<9} {name:<32} {seconds:6.1f} s   {len(self.left)} left"
        self.bar.write(line) if self.live else print(line, flush=True)
        self.tick(now=True)

    def tick(self, now: bool = False) -> None:
        """Refresh the live line, once a second."""
        if self.live and (now or time.monotonic() - self.shown > REFRESH_SECONDS):
            self.shown = time.monotonic()
            elapsed = {name: self.shown - started for name, started in self.running.items()}
            seconds = sum(max(total - elapsed.get(name, 0.0), 0.0) for name, total in self.left.items())
            minutes = seconds / 60 / max(min(self.jobs, len(self.left)), 1)
            at_work = ", ".join(f"{name} {spent:.0f} s" for name, spent in elapsed.items())
            self.bar.set_description_str(f"{at_work}; about {minutes:.0f} min left")


def _last_duration(name: str) -> float:
    """How long the stage took when it last ran here, DVC's part included, in seconds."""
    try:
        own = float(json.loads((TIMINGS / f"{name.replace('@', '-')}.json").read_text())["seconds"])
    except (OSError, ValueError, KeyError):
        return GUESS_SECONDS
    return own + DVC_SECONDS
