"""A model with a prior beside its plain peer: which of the two is nearer to real images."""

from collections.abc import Sequence

from hourglass.reporting import columns
from hourglass.reporting.results import Result


def rivals(results: Sequence[Result]) -> list[Result]:
    """A plain model and one with a prior: the latter the nearest to real images, the former its peer in size.

    Conditional models are left out. One model where the other kind is missing.
    """
    prior = [result for result in results if not result.plain and not result.evaluate["conditional"]]
    plain = [result for result in results if result.plain]
    if not (prior and plain):
        return [*prior, *plain][:1]
    best = min(prior, key=distance)
    sizes = ("latent_dim", "parameters")
    return [min(plain, key=lambda other: [abs(other.evaluate[size] - best.evaluate[size]) for size in sizes]), best]


def rivalry(pair: Sequence[Result]) -> list[str]:
    """Whether a prior brings images nearer to real ones than a Gaussian fitted afterwards; what a mixture changes.

    Args:
        pair: what `rivals` gives.
    """
    if len(pair) < 2:
        return []
    plain, prior = pair
    gap = distance(plain) - distance(prior)
    told = (
        f"The prior of {prior.name} is {'nearer' if gap > 0 else 'no nearer'} to real images than a Gaussian fitted to "
        f"the codes of {plain.name}: "
        f"Fréchet distance {columns.ONE(distance(prior))} against {columns.ONE(distance(plain))}, "
        f"{_apart(prior, plain, 'frechet')}."
    )
    mixture = plain.evaluate["generation"].get("frechet_mixture")
    if mixture is None:
        return [told]
    left = mixture - distance(prior)
    change = "turns round, to" if left * gap < 0 else "shrinks to" if abs(left) < abs(gap) else "grows to"
    return [
        f"{told} With a mixture of Gaussians instead, {plain.name} comes to {columns.ONE(mixture)}, "
        f"{_apart(prior, plain, 'frechet_mixture')}: the gap of {columns.ONE(abs(gap))} {change} "
        f"{columns.ONE(abs(left))}."
    ]


def _apart(prior: Result, plain: Result, figure: str) -> str:
    """Whether the intervals of the prior's distance and of a distance of the other have a value in common."""
    low, high = prior.evaluate["generation"]["frechet_ci"]
    start, end = plain.evaluate["generation"][f"{figure}_ci"]
    return "intervals overlap" if start <= high and low <= end else "intervals apart"


def distance(result: Result) -> float:
    """From generated images to real ones, codes drawn from the prior or from a Gaussian."""
    return float(result.evaluate["generation"]["frechet"])
