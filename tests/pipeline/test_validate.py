"""Settings that would fail after hours, or take all memory: refused before anything starts."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from repository import ROOT
from ruamel.yaml import YAML

from hourglass.claims import ledger
from hourglass.core import layout
from hourglass.core.errors import SettingsError
from hourglass.core.files import write_json, write_text
from hourglass.core.params import PARAMS
from hourglass.pipeline import validate

Edit = Callable[[dict[str, Any]], object]
EXPERIMENT: dict[str, Any] = {"module": "undercomplete", "network": {"latent_dim": 4, "hidden": [8]}, "seeds": 3}
EXPERIMENT |= {"images": 100, "train": {"epochs": 1}}


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The content of docs/digits.yaml; the working directory is empty."""
    monkeypatch.chdir(tmp_path)
    found: dict[str, Any] = YAML(typ="safe").load((ROOT / "docs/digits.yaml").read_text())
    return found


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda sweep: sweep.update(variants={}), "sweep.variants: name at least one autoencoder"),
        (lambda sweep: sweep.update(latent_dims=[65, 99]), "sweep.latent_dims: one must be at most 64, the pixels"),
        (lambda sweep: sweep.update(images=9), "sweep.images: input should be at least 10, got 9"),
    ],
)
def test_a_sweep_that_cannot_be_reported_is_refused(content: dict[str, Any], edit: Edit, message: str) -> None:
    edit(content["sweep"])
    write_json(PARAMS, content)  # JSON is YAML
    with pytest.raises(SettingsError, match=message):
        validate.settings()


@pytest.mark.parametrize("part", ["variants", "sweep.variants", "experiments"])
@pytest.mark.parametrize("name", ["pca; touch pwned; true", "..", "a/b", "-rf", "$(id)", "a'b", "v" * 65, "pca\n"])
def test_a_name_that_a_shell_or_a_path_misreads_is_refused(content: dict[str, Any], part: str, name: str) -> None:
    content["experiments"] = {"near_codes": EXPERIMENT}
    sections = {"variants": content["variants"], "sweep.variants": content["sweep"]["variants"]}
    section = sections.get(part, content["experiments"])
    section[name] = next(iter(section.values()))
    write_json(PARAMS, content)
    with pytest.raises(SettingsError, match=rf"params\.yaml: {part}\."):
        validate.settings()


@pytest.mark.parametrize(
    ("variant", "setting", "value"),
    [("undercomplete", "hidden", [10**6, 10**6]), ("vanilla", "latent_dim", 10**12)],
)
def test_a_network_beyond_all_memory_is_refused(
    content: dict[str, Any], variant: str, setting: str, value: object
) -> None:
    """Nothing is allocated for it."""
    content["variants"][variant][setting] = value
    write_json(PARAMS, content)
    with pytest.raises(SettingsError, match=f"variants.{variant}"):
        validate.models(validate.settings())


@pytest.mark.parametrize(
    ("name", "changed", "message"),
    [
        ("near_code", {}, "experiments.near_code: not a file in experiments/; did you mean near_codes?"),
        ("near_codes", {"seeds": 1}, "experiments.near_codes.seeds: input should be greater than or equal to 3, got 1"),
        ("near_codes", {"speed": 1}, "experiments.near_codes.speed: unknown setting"),
        ("near_codes", {"module": "undercompleet"}, "'undercompleet' is not a file in variants/; did you mean"),
        ("near_codes", {"network": {"latent_dim": 4}}, "experiments.near_codes.network.hidden: missing"),
        ("sharpness", {}, "experiments.sharpness.weight: missing; it has no default"),
    ],
)
def test_an_experiment_that_cannot_run_is_refused(
    content: dict[str, Any], name: str, changed: dict[str, Any], message: str
) -> None:
    content["experiments"] = {name: EXPERIMENT | changed}
    write_json(PARAMS, content)
    with pytest.raises(SettingsError, match=re.escape(message)):
        validate.models(validate.settings())


def test_a_wrong_ledger_is_refused_before_anything_runs(content: dict[str, Any]) -> None:
    write_json(PARAMS, content)
    write_text(ledger.FILE, "lectures: {one: One}\nclaims: [{id: deep, lecture: ones}]\n")
    with pytest.raises(SettingsError, match=r"docs/claims\.yaml: claims\.deep"):
        validate.settings()


def test_settings_files_hold_no_aliases() -> None:
    """`dvc exp run -S` changes one section and not its copies (treeverse/dvc issue 10984)."""
    for file in [ROOT / "params.yaml", *(ROOT / "docs").glob("*.yaml")]:
        events = list(YAML(typ="safe").parse(file.read_text()))
        assert [event for event in events if getattr(event, "anchor", None)] == [], file


@pytest.mark.parametrize(
    ("metric", "hint"),
    [
        ("detect.roc_acu", "did you mean detect.roc_auc?"),
        ("evaluate.reconstruction.sism", "did you mean evaluate.reconstruction.ssim?"),
        ("detect.zzz", "paths are as in reports/metrics/detect/<variant>.json"),
    ],
)
def test_a_mistyped_metric_of_a_criterion_is_refused(content: dict[str, Any], metric: str, hint: str) -> None:
    content["accept"]["bound"] = {"variant": "all", "metric": metric, "min": 0.5, "tolerance": 0.1}
    write_json(PARAMS, content)
    with pytest.raises(SettingsError, match=re.escape(f"accept.bound.metric: no metric {metric!r}; {hint}")):
        validate.settings()


@pytest.mark.parametrize("measured", [{}, {"own": {"edge_count": 3}}, []])
def test_a_metric_that_may_exist_is_taken(content: dict[str, Any], measured: object) -> None:
    """Of the code without results, of a class, or of results that the code does not name; a damaged file is no hint."""
    write_json(layout.metrics("evaluate", "gone"), measured)
    metrics = ["evaluate.reconstruction.validation_mse", "detect.by_class.3", "evaluate.restoration.levels.0.25.gain"]
    metrics += ["evaluate.own.edge_count"] if measured else []
    for number, metric in enumerate(metrics):
        content["accept"][f"bound{number}"] = {"variant": "all", "metric": metric, "min": 0.5, "tolerance": 0.1}
    write_json(PARAMS, content)
    validate.settings()
