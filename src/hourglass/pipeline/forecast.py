"""What a rebuild would run, why, and about how long it would take. Nothing is run or changed."""

from collections.abc import Collection, Mapping
from graphlib import TopologicalSorter

from hourglass.pipeline import graph, leftovers, staleness, validate
from hourglass.pipeline.rebuild import RESULTS
from hourglass.pipeline.schema import Params
from hourglass.pipeline.timing import duration, expected_seconds, sequential_seconds

MOST_NAMES = 3
# The stage that depends on the digest of the user's images.
READS_FOLDER = "download"


def show(settings: Params, jobs: int, pipeline: str, *, folder_changed: bool = False) -> None:
    """Print a line for each stage that `hourglass repro` would run, in order, and the time of all of them.

    Args:
        folder_changed: whether the user's images have another digest than params.yaml, which a rebuild refreshes.

    Raises:
        SettingsError: a variant cannot be built; a rebuild would refuse it too.
    """
    removed = leftovers.find(settings) if pipeline == RESULTS else {}
    for name, files in removed.items():
        print(f"would remove what earlier settings left of {name}: {len(files)} files")
    differing = staleness.differences(pipeline)
    if folder_changed:
        differing.setdefault(READS_FOLDER, []).append("the folder of images")
    if not differing:
        print("nothing would run: every result is up to date")
        return
    validate.models(settings)
    waits_for = graph.read(pipeline)
    todo = graph.affected(waits_for, differing)
    stages = {name: waits_for[name] & todo for name in TopologicalSorter(waits_for).static_order() if name in todo}
    seconds = {name: known for name in stages if (known := expected_seconds(name)) is not None}
    for name, before in stages.items():
        time = duration(seconds[name]) if name in seconds else "?"
        reason = listed(differing[name]) if name in differing else f"if the outputs of {listed(sorted(before))} change"
        print(f"{name:<32} {time:>7}   {reason}")
    print(_total(stages, seconds, jobs))


def _total(stages: Mapping[str, Collection[str]], seconds: Mapping[str, float], jobs: int) -> str:
    found = f"{len(stages)} stages would run"
    if seconds:
        total = max(sum(seconds.values()) / jobs, sequential_seconds(stages, seconds))
        found += f", in about {duration(total)} with {jobs} at a time"
    if unknown := len(stages) - len(seconds):
        found += f"; {unknown} of unknown time"
    return f"{found}. Outputs that DVC's cache has are restored instead, in seconds."


def listed(names: Collection[str]) -> str:
    """The first names, and how many more there are."""
    shown = list(names)[:MOST_NAMES]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
