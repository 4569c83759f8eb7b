"""Restore: damaged images, repaired."""

from collections.abc import Sequence
from functools import partial

from hourglass.reporting import columns, curves, grids, table
from hourglass.reporting.pictures import Picture
from hourglass.reporting.results import Common, Result
from hourglass.reporting.sections.section import Section
from hourglass.reporting.verdicts import Trial, words


def restore(results: Sequence[Result], common: Common) -> Section:
    """Over what was trained to give back the image before the damage."""
    drawn = [
        Picture(
            "restorations",
            "Originals, what each model was shown of them, and its restorations",
            "What each variant was shown, and below that what it made of it: look at what it invents, right or wrong.",
            partial(grids.restorations, results, common.classes),
        ),
        Picture(
            "levels",
            "PSNR of each model and of classical methods at several levels of damage",
            "Thick: the model; thin: classical methods, tuned anew at each level. Away from the vertical line, "
            "the damage it was trained on, a model has to cope with what it has never seen.",
            partial(curves.levels, results),
        ),
    ]
    repairs = [(result.name, result.evaluate["restoration"]) for result in results]
    trials = [Trial(name, found["gain"], 0.0, found["gain_ci"][0]) for name, found in repairs]
    return Section(
        "restore",
        "Restore",
        "Damaged images repaired: the figure to beat is the best of the classical methods in the table, on the very "
        "same images.",
        drawn,
        table.build(results, {}, columns.RESTORE),
        words(trials, "the best classical method at the damage it was trained on (gain in dB)", columns.TWO),
    )
