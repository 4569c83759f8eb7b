from typing import Any

import pandas as pd

from hourglass.reporting.results import Result
from hourglass.reporting.sections.rivals import rivalry, rivals


def generator(name: str, source: str, frechet: float, mixture: float | None = None, **sizes: int) -> Result:
    """Intervals are 2 wide."""
    made: dict[str, Any] = {"source": source, "frechet": frechet, "frechet_ci": [frechet - 1, frechet + 1]}
    if mixture is not None:
        made |= {"frechet_mixture": mixture, "frechet_mixture_ci": [mixture - 1, mixture + 1]}
    evaluate = {"latent_dim": 30, "parameters": 90, "conditional": False, **sizes, "generation": made}
    return Result(name, {}, evaluate, {}, {}, pd.DataFrame(), pd.DataFrame(), {}, {})


PRIOR = generator("vae", "prior", 5)


def test_a_plain_model_is_compared_with_a_variational_one_of_its_size() -> None:
    far = generator("far", "prior", 9, latent_dim=2, parameters=10)
    plain = [
        generator("small", "gaussian", 20, parameters=10),
        generator("peer", "gaussian", 40, parameters=88),
        generator("flat", "gaussian", 1, latent_dim=2),
    ]
    assert [found.name for found in rivals([far, PRIOR, *plain])] == ["peer", "vae"]
    assert [found.name for found in rivals(plain[:1])] == ["small"]
    assert rivalry(plain[:1]) == []


def test_a_prior_that_is_nearer_is_called_so_with_what_a_mixture_changes() -> None:
    told = (
        "The prior of vae is nearer to real images than a Gaussian fitted to the codes of plain: Fréchet distance 5.0 "
        "against 20.0, intervals apart."
    )
    assert rivalry([generator("plain", "gaussian", 20), PRIOR]) == [told]
    ends = {
        8.0: "8.0, intervals apart: the gap of 15.0 shrinks to 3.0.",
        5.5: "5.5, intervals overlap: the gap of 15.0 shrinks to 0.5.",
        2.0: "2.0, intervals apart: the gap of 15.0 turns round, to 3.0.",
        25.0: "25.0, intervals apart: the gap of 15.0 grows to 20.0.",
    }
    for mixture, end in ends.items():
        (sentence,) = rivalry([generator("plain", "gaussian", 20, mixture), PRIOR])
        assert sentence == f"{told} With a mixture of Gaussians instead, plain comes to {end}"


def test_a_prior_that_is_not_nearer_is_not_praised() -> None:
    (sentence,) = rivalry([generator("plain", "gaussian", 4), PRIOR])
    assert sentence == (
        "The prior of vae is no nearer to real images than a Gaussian fitted to the codes of plain: Fréchet distance "
        "5.0 against 4.0, intervals overlap."
    )
