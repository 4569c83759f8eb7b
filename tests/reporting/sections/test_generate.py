from typing import Any

import pytest

from hourglass.reporting.results import Result
from hourglass.reporting.sections.generate import generate, mixtures_against_prior, peers, prior_against_plain
from hourglass.reporting.verdicts import Verdict
from tests.reporting.plots.variants import around, variant
from tests.reporting.reports import MEASURED, context


def generator(name: str, source: str, frechet: float, mixture: float | None = None, **sizes: int) -> Result:
    """Intervals are 2 wide."""
    made: dict[str, Any] = {"source": source, **around("frechet", frechet, 1.0)}
    if mixture is not None:
        made |= around("frechet_mixture", mixture, 1.0)
    evaluate = {"latent_dim": 30, "parameters": 90, "conditional": False, **sizes, "generation": made}
    return variant(name, evaluate=evaluate)


PRIOR = generator("vae", "prior", 5)


def test_plain_model_is_compared_with_a_variational_one_of_its_size() -> None:
    far = generator("far", "prior", 9, latent_dim=2, parameters=10)
    plain = [
        generator("small", "gaussian", 20, parameters=10),
        generator("peer", "gaussian", 40, parameters=88),
        generator("planar", "gaussian", 1, latent_dim=2),
    ]
    assert [model.name for model in peers([far, PRIOR, *plain])] == ["peer", "vae"]
    assert [model.name for model in peers(plain[:1])] == ["small"]
    assert prior_against_plain(plain[:1]) == []


CLOSER = (
    "The prior of vae is closer to real images than a Gaussian fitted to the latent codes of plain. Their Fréchet "
    "distances are 5.0 and 20.0; the intervals do not overlap."
)


def test_prior_that_is_closer_is_said_to_be() -> None:
    assert prior_against_plain([generator("plain", "gaussian", 20), PRIOR]) == [Verdict(CLOSER)]


@pytest.mark.parametrize(
    ("mixture", "change"),
    [
        (8.0, "8.0; the intervals do not overlap. The gap of 15.0 shrinks to 3.0."),
        (5.5, "5.5; the intervals overlap. The gap of 15.0 shrinks to 0.5."),
        (2.0, "2.0; the intervals do not overlap. The gap of 15.0 reverses to 3.0."),
        (25.0, "25.0; the intervals do not overlap. The gap of 15.0 grows to 20.0."),
    ],
)
def test_mixture_changes_the_gap(mixture: float, change: str) -> None:
    first, second = prior_against_plain([generator("plain", "gaussian", 20, mixture), PRIOR])
    assert first == Verdict(CLOSER)
    assert second == Verdict(f"With a mixture of Gaussians instead, plain reaches {change}")


def test_prior_that_is_not_closer_is_not_praised() -> None:
    (verdict,) = prior_against_plain([generator("plain", "gaussian", 4), PRIOR])
    assert verdict.text == (
        "The prior of vae is not closer to real images than a Gaussian fitted to the latent codes of plain. Their "
        "Fréchet distances are 5.0 and 4.0; the intervals overlap."
    )


def test_prior_with_an_overlapping_interval_is_not_clearly_closer() -> None:
    (verdict,) = prior_against_plain([generator("plain", "gaussian", 6.5), PRIOR])
    assert verdict.text == (
        "The prior of vae is not clearly closer to real images than a Gaussian fitted to codes of plain. "
        "Their Fréchet distances are 5.0 and 6.5; the intervals overlap."
    )


def test_mixtures_are_compared_with_the_best_prior() -> None:
    far, near = generator("far", "gaussian", 20, 8.0), generator("near", "gaussian", 20, 4.0)
    clear, items = generator("clear", "gaussian", 20, 2.0), ["near 4.0; the intervals overlap", "clear 2.0"]
    best = "the best prior, vae (Fréchet distance 5.0)"
    assert mixtures_against_prior([far, near, clear, PRIOR, generator("worse", "prior", 9)]) == [
        Verdict(f"With a fitted mixture of Gaussians, these plain autoencoders are closer than {best}:", items)
    ]
    assert mixtures_against_prior([far, PRIOR]) == [
        Verdict(f"No plain autoencoder with a fitted mixture of Gaussians beats {best}.", [])
    ]
    assert mixtures_against_prior([far]) == mixtures_against_prior([PRIOR]) == []


def test_generated_images_stand_beside_real_ones() -> None:
    generators = MEASURED[:2]
    section = generate(generators, context())
    assert section.table
    titles = [column.title for column in section.table.columns]
    assert titles == ["latent dims", "Fréchet", "Fréchet, mixture", "interpolation realism", "−log p(x) ≤"]
    real = section.table.rows[-1]
    assert (real.name, [cell.text for cell in real.cells]) == ("real images", ["", "2.0", "", "0.800", ""])
    assert [cell.spread for cell in real.cells] == ["", " [1.5, 2.5]", "", " [0.700, 0.900]", ""]
    assert section.table.columns[-1].hint.endswith("k = 500 for up to 2,000 of 1,000 images, 1 for the others")
    assert section.verdicts == [*prior_against_plain(peers(generators)), *mixtures_against_prior(generators)]
    assert section.verdicts[-1].items == ["fitted 8.0; the intervals overlap"]
