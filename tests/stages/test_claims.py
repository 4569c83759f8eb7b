"""The stage `claims` on a folder with other variants than the ledger names."""

import shutil
from pathlib import Path

import pytest

from hourglass.claims import ledger
from hourglass.core import layout
from hourglass.core.files import read_json, write_json
from hourglass.stages import claims


@pytest.fixture
def results(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One variant that no claim names, no experiment, and the ledger of the repository."""
    monkeypatch.chdir(tmp_path)
    ledger.FILE.parent.mkdir()
    shutil.copy(root / ledger.FILE, ledger.FILE)
    write_json(Path("params.yaml"), {"experiments": {}, "variants": {"mine": {"module": "vanilla"}}})
    for kind in ("evaluate", "detect"):
        write_json(layout.metrics(kind, "mine"), {"latent_dim": 4})
    for control in ("mean_image", "pixels"):
        write_json(layout.metrics("evaluate", control), {"latent_dim": 4})
    write_json(layout.BOTTLENECK_METRICS, {})
    write_json(layout.REFERENCE_METRICS, {"not_measured": "there is one class"})


@pytest.mark.usefixtures("results")
def test_claims_on_other_images_are_not_measured() -> None:
    claims.main()
    found = read_json(layout.CLAIMS)
    assert found["verdicts"] == {
        **dict.fromkeys(("holds", "holds in part", "not shown", "does not hold here"), 0),
        "not measured": len(found["claims"]),
    }
    assert len(found["claims"]) == len(ledger.read().claims)
    for claim in found["claims"]:
        assert claim["missing"] or claim["note"]


@pytest.mark.usefixtures("results")
def test_claims_are_the_same_bytes_each_time() -> None:
    claims.main()
    before = layout.CLAIMS.read_bytes()
    claims.main()
    assert layout.CLAIMS.read_bytes() == before
