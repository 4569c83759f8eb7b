"""A picture and what is said about it; and the pictures of one variant."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from matplotlib.figure import Figure

from hourglass.reporting import grids, plots
from hourglass.reporting.results import Result


@dataclass(frozen=True)
class Picture:
    """One figure of the report.

    name: its file's, without the ending. alt: what it shows. see: what to look at. draw: makes it.
    """

    name: str
    alt: str
    see: str
    draw: Callable[[], Figure]


def of(result: Result, classes: Sequence[str], normal: str) -> list[Picture]:
    """Everything there is to see of one variant; files lie in a folder of its name.

    Args:
        normal: name of the class that the detectors learned.
    """
    examples = result.examples
    found = [
        Picture(
            "reconstructions",
            "Originals and reconstructions",
            "Originals above, reconstructions below: what the code keeps of each class.",
            partial(grids.reconstructions, [result], classes),
        )
    ]
    if "restoration_restored" in examples:
        found.append(
            Picture(
                "restorations",
                "Originals, what the model was shown, restorations",
                "Originals, what was left of them, and what the model made of that.",
                partial(grids.restorations, [result], classes),
            )
        )
    if "samples" in examples:
        found.append(
            Picture(
                "samples",
                "Samples from the prior",
                "Images nobody photographed: draws from the prior, decoded.",
                partial(grids.samples, result),
            )
        )
    if "units" in examples:
        found.append(
            Picture(
                "units",
                "What each unit responds to",
                f"What each of the {len(examples['units'])} most used units responds to: "
                "strokes and parts of clothes, if the penalty made them share the work.",
                partial(grids.units, result),
            )
        )
    if "codebook_usage" in examples:
        found.append(
            Picture(
                "codebook",
                "Use of the codebook's entries",
                f"How often test images use each of {len(examples['codebook_usage'])} codebook entries: "
                "a tail at zero is capacity that was never used.",
                partial(plots.codebook, result),
            )
        )
    class_, area = min(result.detect["by_class"].items(), key=lambda item: item[1])
    directions = " (the two main directions of the code)" if examples["codes"].shape[1] > 2 else ""
    found += [
        Picture(
            "codes",
            "Codes coloured by class",
            f"{len(examples['codes']):,} test images as points{directions}: classes that form clumps were told apart "
            "without labels.",
            partial(plots.codes, result, classes),
        ),
        Picture(
            "scores",
            "Histogram of anomaly scores",
            "Scores of normal and other test images: the less the two overlap, the better; hardest to tell from "
            f"{normal} is {class_} (ROC-AUC {area:.3f}).",
            partial(plots.scores, result, list(classes).index(normal)),
        ),
        Picture(
            "training",
            "Training curves",
            "Loss per epoch: a validation curve that turns up while training goes down would mean overfitting; the "
            "best epoch is kept.",
            partial(plots.training, result),
        ),
    ]
    return [Picture(f"{result.name}/{picture.name}", picture.alt, picture.see, picture.draw) for picture in found]
