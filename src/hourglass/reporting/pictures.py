"""A picture and what is said about it; and the pictures of one variant."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from matplotlib.figure import Figure

from hourglass.reporting import curves, grids, heat, plots
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
        found += [
            Picture(
                "restorations",
                "Originals, what the model was shown, restorations",
                "Originals, what was left of them, and what the model made of that.",
                partial(grids.restorations, [result], classes),
            ),
            Picture(
                "levels",
                "PSNR and SSIM of the model and of classical methods at several levels of damage",
                "Thick: the model; thin: classical methods, tuned anew at each level; dashed: the damage it was "
                "trained on.",
                partial(curves.damage, result),
            ),
        ]
    if "generation" in result.evaluate:
        found += _generated(result, classes)
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
    layout = "by their codes" if result.flat else "laid out by t-SNE of the code, which keeps neighbours together"
    clumps = "classes that form clumps were told apart without labels"
    if result.evaluate["conditional"]:
        clumps = "the encoder was told the class, so that clumps are no achievement"
    found += [
        Picture(
            "codes",
            "Codes coloured by class",
            f"{len(examples['codes']):,} test images as points, {layout}: {clumps}.",
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
            "anomalies",
            "A test image of each class, and where it is strange",
            "Where the reconstruction is off (the score may look at more): colour begins at "
            f"{heat.FAINTEST:g} times, and is full at {heat.FULL:g} times what is usual at a place.",
            partial(heat.anomalies, result, classes),
        ),
        Picture(
            "defects",
            "Normal images with synthetic defects, and where they are strange",
            "The same where each image has a defect, outlined: its pixels are told from the others with ROC-AUC "
            f"{result.detect['localisation']['mean']:.3f}.",
            partial(heat.defects, result),
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


def _generated(result: Result, classes: Sequence[str]) -> list[Picture]:
    """What comes of codes that no image was encoded to."""
    source = "one Gaussian fitted to its codes, for want of a prior" if result.plain else "the prior"
    sources = {"samples": source, "mixture_samples": "a mixture of Gaussians fitted to its codes"}
    found = [
        Picture(
            name,
            f"Images decoded from draws of {origin}",
            f"Images nobody photographed: codes drawn from {origin}, decoded.",
            partial(grids.samples, result.examples[name], classes, bool(result.evaluate["conditional"])),
        )
        for name, origin in sources.items()
        if name in result.examples
    ]
    if "interpolations" in result.examples:
        found.append(
            Picture(
                "interpolations",
                "From one image to another through the code",
                "From one image to another in equal steps through the code: halfway there should be clothes too.",
                partial(grids.journeys, [result]),
            )
        )
    if "manifold" in result.examples:
        found.append(
            Picture(
                "manifold",
                "What the decoder makes of every place of the code",
                "The whole code space, decoded place by place: classes are regions.",
                partial(grids.manifolds, [result]),
            )
        )
    return found
