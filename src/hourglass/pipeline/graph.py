"""The stage graph as DVC sees it, read from its public commands."""

import json
import re
from collections.abc import Collection, Mapping
from graphlib import TopologicalSorter

from hourglass.pipeline import dvc

EDGE = re.compile(r'"(.+?)" -> "(.+?)"')
NODE = re.compile(r'^\s*"([^"]+)";', re.MULTILINE)

Graph = Mapping[str, set[str]]


def kind(stage: str) -> str:
    """`train` of `train@vae`."""
    return stage.partition("@")[0]


def read(pipeline: str) -> dict[str, set[str]]:
    """Stage -> the stages it waits for; the stages of the file `pipeline` and what they build on."""
    dot = dvc.ask("dag", "--dot", pipeline)
    graph: dict[str, set[str]] = {name: set() for name in NODE.findall(dot)}
    for before, after in EDGE.findall(dot):
        graph.setdefault(before, set())
        graph.setdefault(after, set()).add(before)
    return graph


def changed(pipeline: str) -> set[str]:
    """The stages whose own dependencies, parameters or outputs differ from dvc.lock.

    Those of `pipeline` and of dvc.yaml, which other pipelines build on.
    """
    return set(json.loads(dvc.ask("status", "--json", *sorted({"dvc.yaml", pipeline}))))


def affected(graph: Graph, stages: Collection[str]) -> set[str]:
    """Those of `stages` that are in `graph`, and everything that waits for one of them, directly or not."""
    found: set[str] = set()
    for stage in TopologicalSorter(graph).static_order():
        if stage in stages or graph[stage] & found:
            found.add(stage)
    return found
