"""Results of variants that params.yaml no longer has: DVC forgets a removed stage, and leaves its outputs."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path

from hourglass.core import layout
from hourglass.pipeline.schema import Params

PathOf = Callable[[str], Path]
# What the stages write for each variant. Other files in these folders are not ours to remove.
OF_VARIANT: Sequence[PathOf] = (
    *(partial(layout.model, images=images) for images in ("all", "normal")),
    *(partial(layout.history, images=images) for images in ("all", "normal")),
    layout.detector,
    layout.examples,
    layout.maps,
    layout.scores,
    layout.roc,
    partial(layout.metrics, "detect"),
)
MEASURED: PathOf = partial(layout.metrics, "evaluate")
CONTROLS = ("mean_image", "pixels")
OF_EXPERIMENT: Sequence[PathOf] = (layout.experiment_examples, partial(layout.metrics, "experiments"))


def find(settings: Params) -> dict[str, list[Path]]:
    """Name of a variant or experiment that is not in params.yaml -> the results of it that are still on disk."""
    results: defaultdict[str, list[Path]] = defaultdict(list)
    for path_of in OF_VARIANT:
        _collect(path_of, settings.variants, results)
    _collect(MEASURED, (*settings.variants, *CONTROLS), results)
    _collect(layout.sweep, settings.sweep.variants, results)
    for path_of in OF_EXPERIMENT:
        _collect(path_of, settings.experiments, results)
    return dict(results)


def remove(results: Mapping[str, Sequence[Path]]) -> None:
    """Remove what `find` returned, with folders that are empty then; print a line for each name."""
    for name, files in results.items():
        for file in files:
            file.unlink()
            if not any(file.parent.iterdir()):
                file.parent.rmdir()
        print(f"removed what earlier settings left of {name}: {len(files)} files")


def _collect(path_of: PathOf, names: Collection[str], results: defaultdict[str, list[Path]]) -> None:
    pattern = path_of("*")
    place = next(number for number, part in enumerate(pattern.parts) if "*" in part)
    for file in sorted(Path().glob(str(pattern))):
        name = file.parts[place].removesuffix(Path(pattern.parts[place]).suffix)
        if name not in names:
            results[name].append(file)
