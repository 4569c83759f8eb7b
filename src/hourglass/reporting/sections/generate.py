"""Generate: images that nobody photographed."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from hourglass.reporting import columns, dots, grids, table
from hourglass.reporting.columns import Column
from hourglass.reporting.pictures import Picture
from hourglass.reporting.results import Common, Result, lookup
from hourglass.reporting.sections.rivals import distance, rivalry, rivals
from hourglass.reporting.sections.section import Section


def generate(results: Sequence[Result], common: Common) -> Section:
    """Over what can decode a code drawn at random."""
    ranked = sorted(results, key=distance)
    drawn = [
        Picture(
            "samples",
            "Samples of every variant, the nearest to test images first",
            "Images nobody photographed, the variant nearest to real ones first: recognisable clothes mean that the "
            "code space has no holes where the codes were drawn. A conditional variant was asked for one class after "
            "the other.",
            partial(grids.first_samples, ranked, common.classes),
        ),
        Picture(
            "frechet",
            "Fréchet distance between generated and real images",
            "How far generated images are from test images, to a classifier’s eye: further left is better, and the "
            "dashed line, real training images, is as good as it gets. Where codes come from decides: a prior that "
            "the model was trained for, or a Gaussian or a mixture of ten fitted to its codes afterwards.",
            partial(dots.frechet, ranked, common.judge["frechet"]),
        ),
    ]
    pair = [result for result in rivals(ranked) if "interpolations" in result.examples]
    if pair:
        drawn.append(
            Picture(
                "interpolations",
                "From one image to another through the code, by a plain and by a variational autoencoder",
                "From one image to another through the code space, by a plain autoencoder and by a variational one of "
                "like size: halfway there should be clothes too, not two faint images on top of each other.",
                partial(grids.journeys, pair),
            )
        )
    flat = [result for result in results if "manifold" in result.examples]
    if flat:
        drawn.append(
            Picture(
                "manifolds",
                "What the decoder makes of every place of a code of two numbers",
                "The whole code space of two numbers, decoded place by place: classes are regions, and where the "
                "borders are blurred the code cannot decide.",
                partial(grids.manifolds, flat),
            )
        )
    return Section(
        "generate",
        "Generate",
        "New images decoded from random codes: a variational model draws them from its prior, a plain autoencoder has "
        "none, and a Gaussian fitted to its codes takes its place.",
        drawn,
        table.build(results, _real(common), _columns(results)),
        [*rivalry(rivals(results)), *_mixtures(results)],
    )


def _real(common: Common) -> dict[str, dict[str, object]]:
    """What real images reach, as a row: the reference for what is generated."""
    places = {"frechet": "frechet", "conditional_accuracy": "accuracy", "interpolation_realism": "realism"}
    found = {f"{name}{end}": common.judge[f"{figure}{end}"] for name, figure in places.items() for end in ("", "_ci")}
    return {"real images": {"evaluate": {"generation": found}}}


def _columns(results: Sequence[Result]) -> list[Column]:
    """The columns, with the numbers of importance samples and of images in the likelihood's hint."""
    samples, images = (
        {lookup(result.metrics, f"evaluate.likelihood.{name}") for result in results} - {None}
        for name in ("k", "images")
    )
    hint = f"{columns.LIKELIHOOD.hint}, k = {_listed(samples)}, on {_listed(images)} images"
    told = replace(columns.LIKELIHOOD, hint=hint)
    return [told if column is columns.LIKELIHOOD else column for column in columns.GENERATE]


def _listed(counts: Iterable[int]) -> str:
    return ", ".join(columns.WHOLE(count) for count in sorted(counts))


def _mixtures(results: Sequence[Result]) -> list[str]:
    """Whether a fitted mixture does as well as a prior that was trained for."""
    prior = [result for result in results if not result.plain]
    mixtures = {result.name: lookup(result.metrics, "evaluate.generation.frechet_mixture") for result in results}
    fitted = {name: found for name, found in mixtures.items() if found is not None}
    if not (prior and fitted):
        return []
    best = min(prior, key=distance)
    closer = [f"{name} {found:.1f}" for name, found in fitted.items() if found < distance(best)]
    who = ", ".join(closer) or "none of the plain autoencoders"
    return [
        f"With a mixture of Gaussians fitted to its codes, nearer to real images than the best prior "
        f"({best.name}, Fréchet distance {distance(best):.1f}): {who}."
    ]
