"""What each stage needs of a node. The only place that says so; Ray starts a stage where that much is free."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hourglass.core.errors import HourglassError
from hourglass.core.params import Common
from hourglass.pipeline.graph import kind

# Between two checks that a node still has what a stage or a trial needs.
CHECK_SECONDS = 10.0
# Stages that compute on the `device` of params.yaml, with networks.
ON_DEVICE = ("reference_classifier", "train", "train_normal", "evaluate", "detect", "sweep")
# Bytes, with room for DVC beside the stage. docs/cluster.md says what was measured; `live` loads all networks.
PLAIN = 1_000_000_000
MEMORY = {**dict.fromkeys(ON_DEVICE, 1_500_000_000), "live": 2_000_000_000}


@dataclass(frozen=True)
class Resources:
    """CPU cores, bytes of memory and GPUs."""

    cpus: int
    memory: int
    gpus: int

    def options(self) -> dict[str, int]:
        """As a Ray task states them."""
        return {"num_cpus": self.cpus, "memory": self.memory, "num_gpus": self.gpus}

    def places(self, node: Mapping[str, Any]) -> int:
        """How many times a node, as `ray.nodes` describes it, has that much when nothing runs on it."""
        if not node["Alive"]:
            return 0
        needs = {"CPU": self.cpus, "memory": self.memory, "GPU": self.gpus}
        return min(int(node["Resources"].get(name, 0) // need) for name, need in needs.items() if need)

    def __str__(self) -> str:
        gpu = f" and {self.gpus} GPU" if self.gpus else ""
        return f"{self.cpus} CPU, {self.memory / 1e9:.1f} GB of memory{gpu}"


def of(stage: str, settings: Common) -> Resources:
    """What `stage` needs, by its kind and the settings `threads` and `device`."""
    gpus = int(kind(stage) in ON_DEVICE and settings.device == "cuda")
    return Resources(settings.threads, MEMORY.get(kind(stage), PLAIN), gpus)


def require_room(stages: Iterable[str], settings: Common, nodes: Iterable[Mapping[str, Any]]) -> None:
    """Return if every stage fits on one of the nodes; Ray would wait for one without end.

    Raises:
        HourglassError: names the stage and what it needs.
    """
    nodes = list(nodes)
    for stage in stages:
        need = of(stage, settings)
        if not places(need, nodes):
            raise HourglassError(f"no node has what {stage} needs: {need}; add one, or see cluster/resources.py")


def places(need: Resources, nodes: Iterable[Mapping[str, Any]]) -> int:
    """How many tasks that need as much the nodes can run at a time."""
    return sum(need.places(node) for node in nodes)


def stages_at_a_time(settings: Common, nodes: Iterable[Mapping[str, Any]]) -> int:
    """How many stages the nodes can run at a time, if none needs networks; at least one."""
    return max(1, places(Resources(settings.threads, PLAIN, 0), nodes))
