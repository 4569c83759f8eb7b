import pytest

from hourglass.reporting.results import lookup, untrained


@pytest.mark.parametrize(
    ("key", "value"), [("a.b", 1), ("a", {"b": 1}), ("a.c", None), ("a.b.c", None), ("z", None), ("a.b.c.d", None)]
)
def test_lookup_gives_what_stands_at_a_path_or_nothing(key: str, value: object) -> None:
    assert lookup({"a": {"b": 1}}, key) == value


def test_untrained_figures_stand_beside_the_trained() -> None:
    assert untrained("evaluate.reconstruction.mse") == "evaluate.untrained.reconstruction.mse"
