"""The pictures of one variant."""

from functools import partial

from hourglass.reporting import captions
from hourglass.reporting.captions import Caption, Wording
from hourglass.reporting.language import say
from hourglass.reporting.pictures import Picture
from hourglass.reporting.plots.anomaly_maps import COLOUR_BEGINS, COLOUR_FULL, anomaly_maps, defects, marked
from hourglass.reporting.plots.codebook import codebook
from hourglass.reporting.plots.corruption_levels import corruption_levels
from hourglass.reporting.plots.example_images import reconstructions, restorations, units
from hourglass.reporting.plots.generated_images import interpolations, manifolds, samples
from hourglass.reporting.plots.latent_map import latent_map
from hourglass.reporting.plots.score_histogram import score_histogram
from hourglass.reporting.plots.training_history import training_history
from hourglass.reporting.results import ReportContext, Result


def gallery(result: Result, context: ReportContext) -> list[Picture]:
    """All pictures of a variant; their files lie in a folder of its name."""
    words = captions.wording(context.dataset)
    pictures = [
        Picture(
            "reconstructions", captions.OWN_RECONSTRUCTIONS.said(), partial(reconstructions, [result], context.shown)
        ),
        *_restored(result, context),
        *_generated(result, context, words),
        *_latent(result, context, words),
        *_detected(result, context),
        *_trained(result),
    ]
    return [Picture(f"{result.name}/{picture.name}", picture.caption, picture.draw) for picture in pictures]


def _trained(result: Result) -> list[Picture]:
    """Loss per epoch; nothing of a network that is computed in one step, as PCA is."""
    if result.history["all"]["epoch"].max() < 2:
        return []
    return [Picture("training", captions.OWN_TRAINING.said(), partial(training_history, result))]


def _restored(result: Result, context: ReportContext) -> list[Picture]:
    if "restoration_restored" not in result.examples:
        return []
    return [
        Picture("restorations", captions.OWN_RESTORATIONS.said(), partial(restorations, [result], context.shown)),
        Picture("corruption_levels", captions.OWN_CORRUPTION_LEVELS.said(), partial(corruption_levels, result)),
    ]


def _generated(result: Result, context: ReportContext, words: Wording) -> list[Picture]:
    """Images decoded from latent codes that no image was encoded to."""
    origin = captions.FROM_PRIOR if result.has_prior else captions.FROM_GAUSSIAN
    pictures = []
    for name, source in {"samples": origin, "mixture_samples": captions.FROM_MIXTURE}.items():
        if name in result.examples:
            draw = partial(samples, result.examples[name], context.shown, result.conditional)
            pictures.append(Picture(name, captions.OWN_SAMPLES.said(source=say(source)), draw))
    if "interpolations" in result.examples:
        caption = captions.OWN_INTERPOLATIONS.said(halfway=say(words.halfway))
        pictures.append(Picture("interpolations", caption, partial(interpolations, [result])))
    if "manifold" in result.examples:
        pictures.append(Picture("manifold", captions.OWN_MANIFOLD.said(), partial(manifolds, [result])))
    return pictures


def _latent(result: Result, context: ReportContext, words: Wording) -> list[Picture]:
    """What the parts of the latent code stand for, and where codes lie."""
    pictures = []
    if "units" in result.examples:
        caption = captions.OWN_UNITS.said(count=len(result.examples["units"]), parts=say(words.parts))
        pictures.append(Picture("units", caption, partial(units, result)))
    if "codebook_usage" in result.examples:
        caption = captions.OWN_CODEBOOK.said(count=len(result.examples["codebook_usage"]))
        pictures.append(Picture("codebook", caption, partial(codebook, result)))
    caption = captions.OWN_LATENT_CODES.said(
        count=len(result.examples["latent_codes"]),
        layout=say(captions.BY_CODE if result.planar else captions.BY_TSNE),
        groups=say(captions.GROUPS_CONDITIONAL if result.conditional else captions.GROUPS),
    )
    return [*pictures, Picture("latent_codes", caption, partial(latent_map, result, context.classes))]


def _detected(result: Result, context: ReportContext) -> list[Picture]:
    """What the detector of the variant does."""
    maps = captions.OWN_ANOMALY_MAPS.said(begins=COLOUR_BEGINS, full=COLOUR_FULL)
    localisation = captions.OWN_DEFECTS.said(value=result.metrics.number("detect.localisation.mean"))
    pictures = [
        Picture("scores", _scores(result, context), partial(score_histogram, result, context.normal)),
        Picture("anomaly_maps", maps, partial(anomaly_maps, result, context.shown)),
        Picture("defects", localisation, partial(defects, result)),
    ]
    if "marked_images" in result.maps:
        of_masks = result.metrics.at("detect.localisation.masks").values()
        pictures.append(
            Picture("marked", captions.OWN_MARKED.said(**of_masks), partial(marked, result, context.classes))
        )
    return pictures


def _scores(result: Result, context: ReportContext) -> Caption:
    by_class = result.metrics.at("detect.by_class").values()
    other, value = min(by_class.items(), key=lambda item: item[1])
    return captions.OWN_SCORES.said(normal=context.normal_name, other=other, value=value)
