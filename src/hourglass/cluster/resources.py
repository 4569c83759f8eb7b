"""What each stage needs of a node. The only place that says so; Ray starts a stage where that much is free."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hourglass.core.errors import HourglassError
from hourglass.core.params import Common
from hourglass.pipeline.graph import kind

# Bytes. The most that stages had resident, with 70,000 images of 28 x 28, was 1.14e9 with networks and 0.74e9 without.
NETWORK, PLAIN = 1_500_000_000, 1_000_000_000
# Stages that compute with networks, on a GPU where params.yaml says so.
WITH_NETWORKS = ("reference_classifier", "train", "train_normal", "evaluate", "detect", "sweep", "experiment")


@dataclass(frozen=True)
class Resources:
    """CPU cores, bytes of memory and GPUs."""

    cpus: int
    memory: int
    gpus: int

    def options(self) -> dict[str, int]:
        """As a Ray task states them."""
        return {"num_cpus": self.cpus, "memory": self.memory, "num_gpus": self.gpus}

    def fit(self, node: Mapping[str, Any]) -> bool:
        """Whether a node, as `ray.nodes` describes it, has that much when nothing runs on it."""
        found = node["Resources"]
        needs = {"CPU": self.cpus, "memory": self.memory, "GPU": self.gpus}
        return bool(node["Alive"]) and all(found.get(name, 0) >= need for name, need in needs.items())

    def __str__(self) -> str:
        gpu = f" and {self.gpus} GPU" if self.gpus else ""
        return f"{self.cpus} CPU, {self.memory / 1e9:.1f} GB of memory{gpu}"


def of(stage: str, settings: Common) -> Resources:
    """What `stage` needs, by its kind and the settings `threads` and `device`."""
    networks = kind(stage) in WITH_NETWORKS
    gpus = int(networks and settings.device == "cuda")
    return Resources(settings.threads, NETWORK if networks else PLAIN, gpus)


def require_room(stages: Iterable[str], settings: Common, nodes: Iterable[Mapping[str, Any]]) -> None:
    """Return if every stage fits on one of the nodes; Ray would wait for one without end.

    Raises:
        HourglassError: names the stage and what it needs.
    """
    nodes = list(nodes)
    for stage in stages:
        need = of(stage, settings)
        if not any(need.fit(node) for node in nodes):
            raise HourglassError(f"no node has what {stage} needs: {need}; add one, or see cluster/resources.py")


def places(settings: Common, nodes: Iterable[Mapping[str, Any]]) -> int:
    """How many stages the nodes can run at a time, by their cores; at least one."""
    free = sum(int(node["Resources"].get("CPU", 0)) // settings.threads for node in nodes if node["Alive"])
    return max(1, free)
