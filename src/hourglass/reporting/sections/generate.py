"""Generate: new images, decoded from random latent codes."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from hourglass.core.metrics import Metrics
from hourglass.reporting import captions, columns, tables
from hourglass.reporting.captions import Heading
from hourglass.reporting.columns import Column
from hourglass.reporting.found import say_found
from hourglass.reporting.language import say
from hourglass.reporting.pictures import Picture
from hourglass.reporting.plots.frechet import frechet
from hourglass.reporting.plots.generated_images import first_samples, interpolations, manifolds
from hourglass.reporting.results import ReportContext, Result
from hourglass.reporting.section import Section
from hourglass.reporting.verdicts import Verdict

FRECHET = columns.FRECHET.path
MIXTURE = columns.FRECHET_MIXTURE.path


def generate(results: Sequence[Result], context: ReportContext) -> Section:
    """Over the variants that can decode random latent codes."""
    if reason := results[0].metrics.get("evaluate.generation.not_measured"):
        return _unmeasured(results, context, reason)
    return Section(
        "generate",
        say(captions.GENERATE),
        say(captions.GENERATE_INTRO),
        _pictures(results, context),
        [*prior_against_plain(peers(results)), *mixtures_against_prior(results)],
        tables.of_variants(results, {say(captions.REAL_IMAGES): _real_images(context.reference)}, _columns(results)),
        columns.FRECHET,
    )


def _unmeasured(results: Sequence[Result], context: ReportContext, reason: str) -> Section:
    """Samples alone, where no features compare them with real images."""
    words = captions.wording(context.dataset)
    caption = captions.SAMPLES_UNRANKED.said(recognisable=say(words.recognisable))
    return Section(
        "generate",
        say(captions.GENERATE),
        say(captions.GENERATE_INTRO),
        [Picture("samples", caption, partial(first_samples, results, context.shown))],
        [Verdict(say(captions.NOT_MEASURED, reason=say_found(reason)))],
    )


def peers(results: Sequence[Result]) -> list[Result]:
    """A plain model and one with a prior: the latter closest to real images, the former most like it in size.

    Conditional models are left out. Only one model if there are none of the other kind.
    """
    prior = [result for result in results if result.has_prior and not result.conditional]
    plain = [result for result in results if not result.has_prior]
    if not (prior and plain):
        return [*prior, *plain][:1]
    best = min(prior, key=_distance)
    return [min(plain, key=lambda other: _size_gap(other, best)), best]


def prior_against_plain(pair: Sequence[Result]) -> list[Verdict]:
    """Whether a prior is closer to real images than a Gaussian fitted afterwards, and what a mixture changes.

    Args:
        pair: as `peers` returns them.
    """
    if len(pair) < 2:
        return []
    plain, prior = pair
    gap = _distance(plain) - _distance(prior)
    distances = say(
        captions.DISTANCES, first=_distance(prior), second=_distance(plain), overlap=_overlap(prior, plain, FRECHET)
    )
    form = captions.PRIOR_CLOSER if gap > 0 else captions.PRIOR_NOT_CLOSER
    if gap > 0 and not _apart(prior, plain, FRECHET):
        form = captions.PRIOR_NOT_CLEARLY_CLOSER
    verdicts = [Verdict(say(form, prior=prior.name, plain=plain.name, distances=distances))]
    if MIXTURE in plain.metrics:
        mixture = plain.metrics.number(MIXTURE)
        left = mixture - _distance(prior)
        shrinks = captions.SHRINKS if abs(left) < abs(gap) else captions.GROWS
        text = say(
            captions.MIXTURE_INSTEAD,
            plain=plain.name,
            mixture=mixture,
            overlap=_overlap(prior, plain, MIXTURE),
            gap=abs(gap),
            change=say(captions.REVERSES if left * gap < 0 else shrinks),
            left=abs(left),
        )
        verdicts.append(Verdict(text))
    return verdicts


def mixtures_against_prior(results: Sequence[Result]) -> list[Verdict]:
    """Which plain models come closer to real images, by a fitted mixture, than the best prior."""
    priors = [result for result in results if result.has_prior]
    fitted = [result for result in results if MIXTURE in result.metrics]
    if not (priors and fitted):
        return []
    best = min(priors, key=_distance)
    closer = [_closer(result, best) for result in fitted if result.metrics.number(MIXTURE) < _distance(best)]
    form = captions.MIXTURES_CLOSER if closer else captions.NO_MIXTURE_CLOSER
    return [Verdict(say(form, best=best.name, value=_distance(best)), closer)]


def _closer(plain: Result, prior: Result) -> str:
    """A plain model's distance with a mixture, and whether that is clearly below the prior's."""
    clear = plain.metrics.estimate(MIXTURE).high < prior.metrics.estimate(FRECHET).low
    value = say(captions.VALUE, name=plain.name, value=columns.ONE(plain.metrics.number(MIXTURE)))
    return value if clear else value + say(captions.WITHIN)


def _pictures(results: Sequence[Result], context: ReportContext) -> list[Picture]:
    words = captions.wording(context.dataset)
    ranked = sorted(results, key=_distance)
    caption = captions.SAMPLES.said(recognisable=say(words.recognisable))
    real = context.reference.number("frechet")
    pictures = [
        Picture("samples", caption, partial(first_samples, ranked, context.shown)),
        Picture("frechet", captions.FRECHET.said(), partial(frechet, ranked, real)),
    ]
    pair = [result for result in peers(ranked) if "interpolations" in result.examples]
    if pair:
        caption = captions.INTERPOLATIONS.said(halfway=say(words.halfway))
        pictures.append(Picture("interpolations", caption, partial(interpolations, pair)))
    planar = [result for result in results if "manifold" in result.examples]
    if planar:
        pictures.append(Picture("manifolds", captions.MANIFOLDS.said(), partial(manifolds, planar)))
    return pictures


def _real_images(reference: Metrics) -> Metrics:
    """What real images reach, at the paths of generated ones."""
    paths = {"frechet": "frechet", "conditional_accuracy": "accuracy", "interpolation_realism": "realism"}
    generation = {f"{name}{end}": reference.get(f"{path}{end}") for name, path in paths.items() for end in ("", "_ci")}
    return Metrics({"evaluate": {"generation": generation}})


def _columns(results: Sequence[Result]) -> list[Column]:
    """The columns; the hint of the likelihood says from how many importance samples and images it is."""
    samples, images = (_counts(results, f"evaluate.likelihood.{name}") for name in ("k", "images"))
    heading = Heading(columns.LIKELIHOOD.heading.title, captions.LIKELIHOOD_HINT)
    heading = heading.format(hint=columns.LIKELIHOOD.hint, samples=samples, images=images)
    likelihood = replace(columns.LIKELIHOOD, heading=heading)
    return [likelihood if column is columns.LIKELIHOOD else column for column in columns.GENERATE]


def _counts(results: Sequence[Result], path: str) -> str:
    counts = {result.metrics.number(path) for result in results if path in result.metrics}
    return say(captions.NUMBERS_AND).join(columns.WHOLE(count) for count in sorted(counts))


def _overlap(prior: Result, plain: Result, path: str) -> str:
    """Whether the intervals overlap, in words."""
    return say(captions.NO_OVERLAP if _apart(prior, plain, path) else captions.OVERLAP)


def _apart(prior: Result, plain: Result, path: str) -> bool:
    """Whether the prior's interval of the Fréchet distance and the plain model's at `path` do not overlap."""
    first, second = prior.metrics.estimate(FRECHET), plain.metrics.estimate(path)
    return second.low > first.high or first.low > second.high


def _distance(result: Result) -> float:
    """Fréchet distance of images decoded from draws of the prior, or of a Gaussian if there is no prior."""
    return result.metrics.number(FRECHET)


def _size_gap(one: Result, other: Result) -> list[float]:
    """How far two models are apart in size, latent dimensions first."""
    paths = (columns.LATENT_DIM.path, columns.SIZE.path)
    return [abs(one.metrics.number(path) - other.metrics.number(path)) for path in paths]
