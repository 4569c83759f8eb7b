"""Which of the stages that could start should: those that all would wait for, then the first variants of modules."""

from collections.abc import Collection, Mapping
from graphlib import TopologicalSorter

from hourglass.pipeline.graph import Graph
from hourglass.pipeline.schema import Params


def path_seconds(waits_for: Graph, seconds: Mapping[str, float]) -> dict[str, float]:
    """Seconds from the start of each stage to the end of the last stage that waits for it, directly or not."""
    after: dict[str, float] = dict.fromkeys(waits_for, 0.0)
    found: dict[str, float] = {}
    for name in reversed([*TopologicalSorter(waits_for).static_order()]):
        found[name] = seconds[name] + after[name]
        for before in waits_for[name]:
            after[before] = max(after[before], found[name])
    return found


def by_priority(
    ready: Collection[str],
    paths: Mapping[str, float],
    seconds: Mapping[str, float],
    left: float,
    later: Collection[str],
) -> list[str]:
    """Stages in the order in which they should start.

    A stage can wait while another one runs, if its path ends before all cores have done what is left. Stages that
    cannot are first, those with the longest paths before others. Of the rest, those in `later` are last.

    Args:
        ready: stages that could start. paths: as `path_seconds` has them. seconds: of each stage alone.
        left: seconds until all cores have done what is left, if none ever idles.
    """
    longest = max((seconds[name] for name in ready), default=0.0)

    def key(name: str) -> tuple[bool, bool, float, str]:
        waits = paths[name] + longest < left
        return waits, waits and name in later, -paths[name], name

    return sorted(ready, key=key)


def recipes(stages: Collection[str], settings: Params) -> set[str]:
    """The stages of recipes, which repeat the module of an earlier variant with other settings and can go later.

    params.yaml says of no variant whether a lecture has it; the first of a module is the nearest to that.
    """
    first: dict[str, str] = {}
    for name, variant in settings.variants.items():
        first.setdefault(variant.module, name)
    later = settings.variants.keys() - first.values()
    return {stage for stage in stages if stage.partition("@")[2] in later}
