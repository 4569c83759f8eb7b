"""The section `search` of params.yaml, and what a sweep refuses before it starts."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from hourglass.cluster.settings import Space
from hourglass.cluster.sweep import sweep
from hourglass.core.errors import SettingsError
from hourglass.core.files import write_json
from hourglass.core.params import PARAMS, check


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


@pytest.mark.parametrize(
    ("search", "message"),
    [
        ({}, r"search\.undercomplete: missing; it states what to try, such as \{"),
        ({"vaes": {"beta": {"min": 1, "max": 2}}}, r"search\.vaes: no variant 'vaes'"),
        ({"undercomplete": {"latent_dims": {"min": 1, "max": 2}}}, r"search\.undercomplete\.latent_dims"),
        (
            {"undercomplete": {"train.learning": {"min": 1, "max": 2}}},
            r"train\.learning: unknown setting; did you mean",
        ),
        ({"undercomplete": {"latent_dim": {"min": 2, "max": 10**9}}}, "weights, more than 1,000,000,000"),
    ],
)
def test_a_search_that_cannot_start_is_named(
    search: dict[str, Any], message: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    content = YAML(typ="safe").load((root / "docs/digits.yaml").read_text())
    write_json(PARAMS, content | {"search": search})  # JSON is YAML
    with pytest.raises(SettingsError, match=message):
        sweep("undercomplete", 4, "local", apply=False)


def test_a_sweep_of_an_unknown_variant_names_the_nearest(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    with pytest.raises(SettingsError, match=r"variants\.vea: unknown variant; did you mean vae\?"):
        sweep("vea", 4, "local", apply=False)
