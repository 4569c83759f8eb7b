"""Repeats of the pipeline: clones that differ by seed and instruction set, and what they come to."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from benchmarks.spread import metrics, repeats
from benchmarks.spread.repeats import CLONES, DOCUMENT, Repeat, clone, joined, origin_table
from hourglass.core import layout, params
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_json, write_json, write_text
from hourglass.spread import Spread

PARAMS = """# why
seed: 1
threads: 1
data: {name: digits, images: null, normal_class: 0}
train: {epochs: 1}
train_normal: {epochs: 1}
variants: {pca: {module: pca, latent_dim: 4}}
accept: {good: {variant: all, metric: detect.localisation.mean, min: 0.5, tolerance: 0.1}}
"""

ORIGIN = {
    "processor": "this",
    "vector_instructions": ["avx", "avx2"],
    "instruction_set": "native",
    "threads": 1,
    "python": "3.11",
    "libraries": {"torch": "2"},
}


def git(*arguments: str) -> None:
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", *arguments], check=True, capture_output=True)


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(PARAMS)
    Path("dvc.lock").write_text("of seed 1\n")
    write_text(DOCUMENT, "<!-- origin -->\nold\n<!-- /origin -->\n")
    Path("src").mkdir()
    Path("src/code.py").write_text("old")
    write_json(layout.metrics("detect", "pca"), {"roc_auc": 0.9, "localisation": {"mean": 0.8}})
    evaluated = {"reconstruction": {"mse": 0.01, "psnr": 20.0}, "restoration": {"ssim": 0.6, "input_psnr": 9.0}}
    write_json(layout.metrics("evaluate", "pca"), {**evaluated, "parameters": 5})
    write_json(layout.timing("train_normal@pca"), {"seconds": 1.0, "origin": ORIGIN})
    Path(".gitignore").write_text("/benchmarks/\n/reports/timings/\n")
    git("init", "-q")
    subprocess.run(["dvc", "init", "--quiet"], check=True)
    git("add", "-A")
    git("commit", "-qm", "one")


def test_a_clone_has_another_seed_and_this_cache() -> None:
    folder = clone(Repeat(7))
    assert YAML(typ="safe").load(folder / "params.yaml")["seed"] == 7
    assert (folder / "params.yaml").read_text().startswith("# why\n")
    assert not (folder / layout.METRICS).exists(), "metrics of another seed would look like its own"


def test_a_clone_shares_cached_files_and_no_runs() -> None:
    """DVC's record of runs does not know the environment, and would restore its networks for others."""
    Path(".dvc/cache/runs").mkdir(parents=True)
    folder = clone(Repeat(7))
    where = subprocess.run(["dvc", "cache", "dir"], cwd=folder, capture_output=True, text=True, check=True).stdout
    cache = folder / where.strip()
    assert (cache / "files").resolve() == Path(".dvc/cache/files").resolve()
    assert not (cache / "runs").exists()


def test_a_later_run_takes_new_code_and_keeps_results() -> None:
    folder = clone(Repeat(7))
    (folder / "dvc.lock").write_text("of seed 7\n")
    write_json(folder / layout.metrics("detect", "pca"), {"roc_auc": 0.7})
    Path("src/code.py").unlink()
    Path("src/new.py").write_text("new")
    git("add", "-A")
    git("commit", "-qm", "two")
    assert clone(Repeat(7)) == folder
    assert [file.name for file in (folder / "src").iterdir()] == ["new.py"]
    assert (folder / "dvc.lock").read_text() == "of seed 7\n"
    assert read_json(folder / layout.metrics("detect", "pca")) == {"roc_auc": 0.7}
    assert YAML(typ="safe").load(folder / "params.yaml")["seed"] == 7


def test_headlines_and_metrics_of_criteria_are_collected() -> None:
    found = metrics.collect()["pca"]
    assert found["detect.localisation.mean"] == 0.8, "a criterion names it"
    assert (found["detect.roc_auc"], found["evaluate.reconstruction.mse"]) == (0.9, 0.01)
    assert found["evaluate.reconstruction.psnr"] == 20.0, "tables mark the best of it"
    assert found["evaluate.restoration.ssim"] == 0.6, "tables show its spread, though no best"
    others = {"evaluate.likelihood.iwae_nats", "evaluate.parameters", "evaluate.restoration.input_psnr"}
    assert found.keys().isdisjoint(others)
    assert metrics.origin() == ORIGIN


def test_metrics_that_one_training_lacks_are_left_out() -> None:
    first = {"a": {"x": 1.0, "y": 2.0}, "b": {"x": 3.0}}
    assert joined([first, {"a": {"x": 4.0}}]) == {"a": {"x": [1.0, 4.0]}, "b": {}}


def test_the_file_has_every_training(monkeypatch: pytest.MonkeyPatch) -> None:
    environments: list[dict[str, str]] = []

    def trained(folder: Path, *_: str, environment: dict[str, str]) -> float:
        environments.append(environment)
        seed = YAML(typ="safe").load(folder / "params.yaml")["seed"]
        found: dict[str, Any] = {"metrics": {"pca": {"detect.roc_auc": seed / 10}}, "origin": {"seed": seed}}
        write_json(folder / metrics.OUT, found)
        return 1.0

    monkeypatch.setattr(repeats, "time_command", trained)
    repeats.main()
    found = read_json(layout.SPREAD)
    assert found["seeds"] == [1, 2, 3]
    assert found["metrics"]["pca"]["detect.roc_auc"] == [0.9, 0.2, 0.3]
    assert [origin.get("seed") for origin in found["origins"]] == [None, 2, 3]
    assert (found["dataset"], found["normal"]) == ("digits", [0])
    assert environments[0] == {}
    assert "ATEN_CPU_CAPABILITY" in environments[1]
    assert {path.name for path in CLONES.iterdir()} == {"2", "3"}
    assert Spread.read("digits", [0], params.read(repeats.Params).digests()).deviation("pca", "detect.roc_auc")
    assert DOCUMENT.read_text() == f"<!-- origin -->\n{origin_table(ORIGIN)}<!-- /origin -->\n"
    assert "| libraries | python 3.11, torch 2 |\n" in origin_table(ORIGIN)


def test_without_an_origin_the_document_says_so() -> None:
    assert origin_table(None) == "Where the committed results come from was not noted.\n"


@pytest.mark.parametrize("file", ["params.yaml", "src/new.py"])
def test_what_is_not_committed_is_not_measured(file: str) -> None:
    Path(file).write_text(PARAMS.replace("epochs: 1", "epochs: 2"))
    with pytest.raises(HourglassError, match=f"^{file} differs from the last commit"):
        repeats.main()
    assert not CLONES.exists()
    assert not layout.SPREAD.exists()


@pytest.mark.parametrize("note", [[], None, 5])
def test_a_note_of_nonsense_has_no_origin(note: object) -> None:
    write_json(layout.timing("train_normal@vae"), note)
    assert metrics.origin() == ORIGIN
