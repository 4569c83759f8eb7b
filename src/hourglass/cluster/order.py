"""What goes to a node with a stage, and what comes back, beside what the DVC remote carries.

The remote has the outputs that DVC caches. Those with `cache: false`, our metrics, it never gets: they are small, and
travel with the task. So does dvc.lock, cut down to the stages that matter; DVC reads and writes all of it.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from hourglass.core import inputs, layout
from hourglass.pipeline import faster_dvc

LOCK = faster_dvc.LOCK
SCHEMA = "2.0"
# Where DVC reads the settings of one clone.
SETTINGS = ".dvc/config.local"
# What a stage reads beside the dependencies that dvc.yaml declares, which says why.
UNDECLARED = {"live": [layout.MODELS]}
TEMPLATE = re.compile(r"\\\$\\\{.+?\\\}")

Entries = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Order:
    """One stage for a node.

    files: path -> content, beside those of the commit. fetched: outputs of earlier stages that the node pulls.
    returned: files that come back, as far as the stage writes them.
    """

    files: Mapping[str, bytes]
    fetched: list[str]
    returned: list[str]


class Orders:
    """Makes the orders of one rebuild."""

    def __init__(self, waits_for: Mapping[str, set[str]], settings: str) -> None:
        """Read dvc.yaml.

        Args:
            waits_for: stage -> all stages that it waits for, also those that do not run.
            settings: of DVC, for the clones.
        """
        self.waits_for, self.settings = waits_for, settings
        self.uncached = re.compile("|".join(_uncached()) or "(?!)")

    def of(self, stage: str, entries: Entries) -> Order:
        """The order of a stage, after those that it waits for.

        Args:
            entries: of dvc.lock, by stage.
        """
        name, _, key = stage.partition("@")
        declared = inputs.declared(name, [key])
        before = [entries[earlier] for earlier in sorted(self.waits_for[stage]) if earlier in entries]
        paths = [out["path"] for entry in before for out in entry.get("outs", ())]
        needed = [path for path in paths if _meets(Path(path), [*declared.deps, *UNDECLARED.get(name, ())])]
        own = [str(out) for out in declared.outs if self.is_uncached(str(out))]
        known = {earlier: entries[earlier] for earlier in self.waits_for[stage] if earlier in entries}
        sent = [path for path in needed if self.is_uncached(path)]
        if stage in entries and all(Path(path).exists() for path in own):  # else it has to run again
            known[stage] = entries[stage]
            sent += own
        lock = faster_dvc.dump({"schema": SCHEMA, "stages": known})
        files = {path: Path(path).read_bytes() for path in sent}
        return Order(
            files | {LOCK: lock.encode(), SETTINGS: self.settings.encode()},
            [path for path in needed if not self.is_uncached(path)],
            [LOCK, *own, str(layout.timing(stage)), str(layout.experiment_timing(key))],
        )

    def is_uncached(self, path: str) -> bool:
        """Whether dvc.yaml states `cache: false` of the output `path`."""
        return bool(self.uncached.fullmatch(path))


def _uncached() -> list[str]:
    """Patterns of the outputs that dvc.yaml keeps out of the cache; a template stands for any name."""
    stages = YAML(typ="safe").load(inputs.PIPELINE.read_text(encoding="utf-8"))["stages"]
    bodies = [stage.get("do", stage) for stage in stages.values()]
    outs = [out for body in bodies for part in ("outs", "metrics", "plots") for out in body.get(part) or ()]
    named = [pair for out in outs if isinstance(out, dict) for pair in out.items()]
    return [TEMPLATE.sub("[^/]+", re.escape(path)) for path, flags in named if flags.get("cache") is False]


def _meets(path: Path, deps: Collection[Path]) -> bool:
    """Whether one of `deps` is `path`, lies in it or has it in it."""
    return any(path.is_relative_to(dep) or dep.is_relative_to(path) for dep in deps)
