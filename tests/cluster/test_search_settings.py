"""The section `search` of params.yaml."""

from typing import Any

import pytest

from hourglass.cluster.settings import Space
from hourglass.core.errors import SettingsError
from hourglass.core.params import check


def space(**values: Any) -> Space:
    return check("search.vae.x", values, Space)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "give either `min` and `max`, or `values`"),
        ({"min": 1}, "`min` should be below `max`"),
        ({"min": 2, "max": 2}, "`min` should be below `max`"),
        ({"min": 1, "max": 2, "values": [1, 2]}, "give either `min` and `max`, or `values`"),
        ({"min": 0, "max": 1, "log": True}, "`log` needs a `min` above 0"),
        ({"values": [1]}, "at least 2 items"),
        ({"minimum": 1}, "unknown setting; did you mean min?"),
    ],
)
def test_a_space_that_is_none_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message.replace("?", r"\?")):
        space(**values)


def test_whole_numbers_are_drawn_between_whole_ends() -> None:
    assert [space(min=2, max=8).decode(3), space(min=2, max=8.5).decode(3)] == [3, 3.0]
    assert not space(min=2, max=8.5).is_whole


def test_fractions_have_four_digits() -> None:
    assert space(min=0.001, max=0.1, log=True).decode(0.0123456) == 0.01235


def test_lists_travel_as_json() -> None:
    hidden = space(values=[[128], [256, 128]])
    assert [hidden.decode(hidden.encode(value)) for value in hidden.ends()] == [[128], [256, 128]]


def test_a_space_knows_its_values() -> None:
    assert [space(min=2, max=8).has(value) for value in (2, 8, 9, 2.5, None)] == [True, True, False, False, False]
    assert [space(min=0.5, max=2.0).has(value) for value in (1, 0.4)] == [True, False]
    assert [space(values=[[1], [2]]).has(value) for value in ([1], 1)] == [True, False]
