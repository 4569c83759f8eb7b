"""What is done on every node: compare it with this machine before a rebuild, and remove what it keeps after it."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

from hourglass.cluster import clone
from hourglass.core.errors import HourglassError
from hourglass.core.origin import LIBRARIES, VECTOR_INSTRUCTIONS
from hourglass.core.params import Common

PACKAGES = ("dvc", *LIBRARIES)
# For a node that is lost meanwhile.
SECONDS_TO_ANSWER = 120
PROCESSOR = "vector instructions"


def require_alike(settings: Common) -> None:
    """Return if every node would compute what this machine does; print a line if only the last digits may differ.

    Raises:
        HourglassError: names a node whose packages differ, or that does not answer.
    """
    here = clone.describe(PACKAGES, VECTOR_INSTRUCTIONS)
    for name, result in _on_each(clone.describe, PACKAGES, VECTOR_INSTRUCTIONS):
        there = _got(name, result)
        different = [f"{part} {there[part]}, here {here[part]}" for part in PACKAGES if there[part] != here[part]]
        if different:
            raise HourglassError(f"node {name} has {'; '.join(different)}; install requirements-ray.lock there")
        if there[PROCESSOR] != here[PROCESSOR] and settings.instruction_set == "native":
            print(
                f"node {name} has other {PROCESSOR}: results may differ in their last digits; instruction_set: avx2 "
                "avoids it (docs/reproducibility.md)",
                file=sys.stderr,
            )


def clear() -> None:
    """Remove what the nodes keep, as far as they are still there."""
    import ray

    results = [result for _, result in _on_each(clone.clear)]
    ray.wait(results, num_returns=len(results), timeout=SECONDS_TO_ANSWER)


def _on_each(function: Callable[..., Any], *arguments: Any) -> list[tuple[str, Any]]:
    """Call a function of clone.py on every node; return (the node's address, the result to come)."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    def started() -> Iterator[tuple[str, Any]]:
        task = ray.remote(function)
        for node in ray.nodes():
            if node["Alive"]:
                place = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
                options = {"num_cpus": 0, "max_retries": 0, "scheduling_strategy": place}
                yield node["NodeManagerAddress"], task.options(**options).remote(*arguments)

    return [*started()]


def _got(name: str, result: Any) -> dict[str, str]:
    import ray

    try:
        found: dict[str, str] = ray.get(result, timeout=SECONDS_TO_ANSWER)
    except ray.exceptions.RayError as error:
        raise HourglassError(f"node {name} does not answer: {str(error).strip().splitlines()[-1]}") from error
    return found
