from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from hourglass.claims.ledger import read
from hourglass.core.errors import HourglassError, SettingsError

CLAIM: dict[str, Any] = {
    "id": "deep",
    "lecture": "one",
    "where": "Start",
    "claim": "Depth pays.",
    "metrics": {"deep": {"variant": "stacked", "metric": "evaluate.reconstruction.mse"}},
    "rules": [{"less": ["deep", 0.5]}],
}


def written(folder: Path, *claims: dict[str, Any]) -> Path:
    with (folder / "claims.yaml").open("w") as file:
        YAML().dump({"lectures": {"one": "Lecture one"}, "claims": [dict(claim) for claim in claims]}, file)
    return folder / "claims.yaml"


def test_ledger_is_read(tmp_path: Path) -> None:
    ledger = read(written(tmp_path, CLAIM))
    (claim,) = ledger.of("one")
    assert (claim.kind, claim.rules[0].pair, claim.metrics["deep"].name) == ("claim", ["deep", 0.5], "stacked")
    assert ledger.of("two") == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"rules": [{"less": ["dep", 0.5]}]}, "claims.deep: deep: no metric 'dep'; did you mean deep?"),
        ({"rules": [{"less": [1, 0.5]}]}, "claims.deep: deep: no rule uses the metric 'deep'"),
        ({"lecture": "ones"}, "deep: no lecture 'ones'; did you mean one?"),
        ({"verdict": "holds"}, "claims.deep.verdict: extra inputs are not permitted"),
        ({"kind": "guess"}, "claims.deep.kind: input should be 'claim', 'exercise' or 'question'"),
        ({"rules": [{"less": ["deep", 1], "greater": ["deep", 0]}]}, "give one of greater, less, near"),
        ({"rules": [{"near": ["deep", 1]}]}, "`within` belongs to `near`, and `near` needs it"),
        ({"because": {"holds": "Why."}}, "deep: because 'holds' needs shown, unclear, refuted for each of the rules"),
        ({"because": {"shown shown": "Why."}}, "deep: because 'shown shown' needs shown, unclear, refuted for each"),
        ({"metrics": {}, "rules": []}, "without rules a note has to say why nothing is measured"),
        ({"metrics": {"deep": {"variant": "a", "control": "pixels", "metric": "b"}}}, "give one of variant, sweep"),
    ],
)
def test_wrong_entry_is_named(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read(written(tmp_path, CLAIM | changed))
    assert message in str(raised.value)
    assert str(raised.value).startswith(f"{tmp_path / 'claims.yaml'}: ")
    assert "\n" not in str(raised.value)


def test_ids_are_single(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="two claims are called 'deep'"):
        read(written(tmp_path, CLAIM, CLAIM))


@pytest.mark.parametrize("text", ["claims: [", "[]", "", "lectures: 3"])
def test_damaged_ledger_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "claims.yaml").write_text(text)
    with pytest.raises(SettingsError) as raised:
        read(tmp_path / "claims.yaml")
    assert "\n" not in str(raised.value)


def test_missing_ledger_is_named(tmp_path: Path) -> None:
    with pytest.raises(HourglassError, match=r"claims\.yaml is missing"):
        read(tmp_path / "claims.yaml")


def test_nothing_in_the_ledger_is_executed(tmp_path: Path) -> None:
    rules = [{"less": ["__import__('os').abort()", 1]}]
    with pytest.raises(SettingsError, match="no metric"):
        read(written(tmp_path, CLAIM | {"rules": rules}))
