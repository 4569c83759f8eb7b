"""Organise: similar images have similar latent codes."""

from collections.abc import Sequence
from functools import partial

from hourglass.reporting import captions, columns, tables
from hourglass.reporting.found import say_found
from hourglass.reporting.language import say
from hourglass.reporting.pictures import Picture
from hourglass.reporting.plots.control_comparison import Control, control_comparison
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.plots.latent_map import latent_maps
from hourglass.reporting.plots.probe_accuracy import probe_accuracy
from hourglass.reporting.results import ReportContext, Result
from hourglass.reporting.section import Section
from hourglass.reporting.verdicts import Verdict, compare, points, verdicts

PATH = columns.KNN.path


def organise(results: Sequence[Result], context: ReportContext) -> Section:
    """Over every variant, since all have latent codes."""
    if reason := results[0].metrics.get("evaluate.representation.not_measured"):
        return _unmeasured(results, context, reason)
    # A latent code made with the class at hand may reveal it, even before training.
    conditional = [result.name for result in results if result.conditional]
    compared = [result for result in results if not result.conditional]
    pixels = context.controls["pixels"]
    pictures = [Picture("latent_codes", captions.LATENT_CODES.said(), partial(latent_maps, results, context.classes))]
    if compared:
        control = Control(say(LABELS.raw_pixels), pixels.number(PATH))
        draw = partial(control_comparison, compared, PATH, say(LABELS.knn_accuracy), control)
        pictures.append(Picture("knn_accuracy", captions.KNN_ACCURACY.said(), draw))
        pictures.append(
            Picture("probe_accuracy", captions.PROBE_ACCURACY.said(), partial(probe_accuracy, compared, pixels))
        )
    return Section(
        "organise",
        say(captions.ORGANISE),
        say(captions.ORGANISE_INTRO),
        pictures,
        [
            *([Verdict(say(captions.CONDITIONAL), conditional)] if conditional else []),
            *(_against_controls(compared, pixels.number(PATH), bool(conditional)) if compared else []),
        ],
        tables.of_variants(results, {say(LABELS.raw_pixels): pixels}, columns.ORGANISE),
        columns.KNN,
    )


def _unmeasured(results: Sequence[Result], context: ReportContext, reason: str) -> Section:
    """Without classes that could be told apart."""
    return Section(
        "organise",
        say(captions.ORGANISE),
        say(captions.ORGANISE_INTRO),
        [Picture("latent_codes", captions.LATENT_CODES.said(), partial(latent_maps, results, context.classes))],
        [Verdict(say(captions.NOT_MEASURED, reason=say_found(reason)))],
        tables.of_variants(results, {}, columns.ORGANISE),
    )


def _against_controls(results: Sequence[Result], pixels: float, others: bool) -> list[Verdict]:
    """The best latent code, and which do not beat raw pixels or their own untrained network.

    Args:
        others: whether there are variants that are not compared.
    """
    who = captions.EVERY_OTHER_VARIANT if others else captions.EVERY_VARIANT
    comparisons = compare(results, PATH, pixels)
    best = max(comparisons, key=lambda comparison: comparison.value)
    text = say(captions.BEST_CODE, name=best.name, value=best.value, points=points(best.value, best.control))
    rivals = [one.name for one in comparisons if one is not best and best.low is not None and one.value >= best.low]
    return [
        Verdict(text + say(captions.BEST_CODE_WITHIN), rivals) if rivals else Verdict(text),
        *verdicts(comparisons, say(captions.RAW_PIXELS_KNN, value=pixels), columns.THREE, who),
        *verdicts(compare(results, PATH), say(captions.UNTRAINED_KNN), columns.THREE, who),
    ]
