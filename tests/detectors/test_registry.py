import re

import pytest

from hourglass.core.errors import SettingsError
from hourglass.detectors import registry
from hourglass.detectors.scorers.scorer import Scorer
from hourglass.models.build import find
from hourglass.models.variational import Variational

EVERYONE = {"direction", "gradient", "kernel", "mahalanobis", "mixture", "neighbours", "pixel", "window"}


def test_every_file_defines_one_scorer_of_its_own() -> None:
    assert set(registry.names()) == EVERYONE | {"elbo", "restoration"}
    network = type("Everything", (Variational,), {"restores": True})
    found = [registry.find(name, network) for name in registry.names()]
    assert len(set(found)) == len(found)
    for name, scorer in zip(registry.names(), found, strict=True):
        assert issubclass(scorer, Scorer)
        assert scorer.__module__ == f"hourglass.detectors.scorers.{name}"


@pytest.mark.parametrize(
    ("module", "more"),
    [("vanilla", set()), ("cvae", {"elbo"}), ("rotated", {"restoration"}), ("masked", {"restoration"})],
)
def test_a_scorer_applies_where_the_network_offers_what_it_looks_at(module: str, more: set[str]) -> None:
    assert set(registry.applicable(find(module, "x"))) == EVERYONE | more


@pytest.mark.parametrize(
    ("name", "near"),
    [("windows", "did you mean window?"), ("zzz", "allowed: direction, elbo, "), ("scorer", ""), ("../sight", "")],
)
def test_an_unknown_scorer_is_named_with_the_nearest(name: str, near: str) -> None:
    message = re.escape(f"params.yaml: detect: {name!r} is not a file in detectors/scorers/; {near}")
    with pytest.raises(SettingsError, match=message) as caught:
        registry.find(name, find("vanilla", "x"))
    assert "\n" not in str(caught.value)
