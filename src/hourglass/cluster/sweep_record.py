"""What is kept of a sweep: the settings of each trial that started, and how it ended.

Ray Tune keeps a state of its own. It is not used: Tune cannot add trials to a sweep that has ended.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any
from uuid import uuid4

from hourglass.core.files import read_json, write_json


@dataclass
class Trial:
    """A trial that started.

    drawn: its settings, as the search drew them.
    epochs: how many it was trained for; 0: it has not ended.
    objective: the last one; None if training diverged.
    complete: whether it was trained to its end.
    """

    drawn: dict[str, Any]
    epochs: int = 0
    objective: float | None = None
    complete: bool = False


class Record:
    """The trials of a sweep, in a file that is whole at any time.

    id: tells this sweep from those of other machines.
    waiting: numbers of trials that started and did not end before this process.
    """

    def __init__(self, folder: Path) -> None:
        """Read the record that `folder` keeps, or begin one.

        Raises:
            HourglassError: it cannot be read or written.
        """
        self.file = folder / "trials.json"
        new: dict[str, Any] = {"id": uuid4().hex, "trials": []}
        content = read_json(self.file) if self.file.exists() else new
        self.id: str = content["id"]
        self.trials = [Trial(**trial) for trial in content["trials"]]
        self.waiting = [number for number, trial in enumerate(self.trials) if not trial.epochs]
        self._save()

    @property
    def ended(self) -> list[Trial]:
        """Trials that ended, also those that were stopped or diverged."""
        return [trial for trial in self.trials if trial.epochs]

    @property
    def best(self) -> tuple[float, dict[str, Any]] | None:
        """The smallest objective of the trials that were trained to their end, and its settings as they were drawn."""
        ends = [(each.objective, each.drawn) for each in self.trials if each.complete and each.objective is not None]
        return min(ends, key=itemgetter(0), default=None)

    def start(self, drawn: Mapping[str, Any]) -> int:
        """Record that a trial starts; return its number, which is that of a waiting one with the same settings."""
        for number in self.waiting:
            if self.trials[number].drawn == drawn:
                self.waiting.remove(number)
                return number
        self.trials.append(Trial(dict(drawn)))
        self._save()
        return len(self.trials) - 1

    def end(self, number: int, epochs: int, objective: float | None, *, complete: bool) -> None:
        """Record how a trial ended."""
        self.trials[number] = Trial(self.trials[number].drawn, epochs, objective, complete)
        self._save()

    def _save(self) -> None:
        write_json(self.file, {"id": self.id, "trials": [asdict(trial) for trial in self.trials]})
