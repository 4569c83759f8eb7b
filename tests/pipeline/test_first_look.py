"""`make first-look`: works in a folder of its own, also without a network, and says where the results are."""

import re
import shutil
import sys
from pathlib import Path

import pytest
from repository import ROOT, commit, copy_repository, run
from ruamel.yaml import YAML

from hourglass.pipeline import first_look, validate
from hourglass.pipeline.acceptance import expand

SHORT = """
seed: 1
threads: 1
instruction_set: native
device: cpu
data: {name: digits, folder: null, images: null, normal_class: 1}
train: {epochs: 1, batch_size: 64}
train_normal: {epochs: 1, batch_size: 32}
reference_classifier: {epochs: 1, batch_size: 64}
likelihood: {k: 1}
sweep:
  latent_dims: [2]
  images: 200
  train: {epochs: 1, batch_size: 64}
  train_normal: {epochs: 1, batch_size: 32}
  variants: {pca: {module: pca}}
experiments: {}
detect: {false_positive_rate: 0.1, candidates: [pixel], scorers: [pixel]}
mlflow: {margin: 0.005}
report: {language: en}
variants: {pca: {module: pca, latent_dim: 8}}
accept: {detectors: {variant: all, metric: detect.roc_auc, min: 0.5, tolerance: 0.1}}
"""
# As on a machine that reaches no mirror: only what comes with scikit-learn can be had.
FETCH = "    raw = DATASETS[settings.name]\n"
NO_NETWORK = FETCH + "    if settings.name != 'digits':\n        raise HourglassError('no network')\n"


def test_first_looks_share_no_names_in_mlflow() -> None:
    settings = [
        YAML(typ="safe").load((ROOT / "docs" / name).read_text()) for name in ("first-look.yaml", "digits.yaml")
    ]
    names = [one["mlflow"][name] for one in settings for name in ("experiment", "model")]
    assert len(set(names)) == 4


@pytest.mark.parametrize(("file", "data"), [("first-look.yaml", "fashion_mnist"), ("digits.yaml", "digits")])
def test_settings_are_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, data: str) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "docs" / file, "params.yaml")
    settings = validate.settings()
    validate.models(settings)
    assert settings.data.name == data
    assert {variant for _, variant, _ in expand(settings.accept, settings.variants)} == settings.variants.keys()
    # A threshold that flags far more normal images than its target fails a criterion, and says so.
    assert any(one.metric == "detect.false_alarm_rate" and one.max for one in settings.accept.values())


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A repository after a first look without a network, and what that printed."""
    folder = copy_repository(tmp_path_factory.mktemp("look") / "copy")
    (folder / "docs").mkdir(exist_ok=True)
    shutil.copy(ROOT / "docs/first-look.yaml", folder / "docs")
    (folder / "docs/digits.yaml").write_text(SHORT)
    sources = folder / "src/hourglass/data/sources.py"
    assert FETCH in sources.read_text()
    sources.write_text(sources.read_text().replace(FETCH, NO_NETWORK))
    commit(folder)
    return folder, look(folder)


def look(folder: Path) -> str:
    """Run what the Makefile runs; return what that prints."""
    recipe = re.search(r"^first-look:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe
    bin_folder = Path(sys.executable).parent
    printed = ""
    for line in recipe[1].splitlines():
        command = re.sub(r"(\.\./)?\.venv/bin", str(bin_folder), line.strip())
        done = run(folder, "env", f"PYTHONPATH={folder / 'src'}", "bash", "-c", command)
        assert done.returncode == 0, done.stdout + done.stderr
        printed += done.stdout
    return printed


def test_first_look_touches_no_tracked_file(looked: tuple[Path, str]) -> None:
    folder, _ = looked
    assert run(folder, "git", "status", "--porcelain").stdout == ""
    assert not list(folder.glob("models/*.safetensors"))
    # MLflow's records are the folder's own too; git ignores both.
    assert (folder / "first-look/mlflow.db").exists()
    assert not (folder / "mlflow.db").exists()
    assert not (folder / "mlartifacts").exists()
    # The folder is no part of the repository's own pipeline.
    assert "first-look" not in run(folder, "dvc", "dag", "--dot").stdout


def test_first_look_ends_with_a_picture_and_the_report(looked: tuple[Path, str]) -> None:
    folder, printed = looked
    for name in ("picture", "report"):
        path = re.search(rf"^{name}: +(\S+)$", printed, re.MULTILINE)
        assert path
        assert (folder / path[1]).is_file()
    assert re.search(r"pca +0\.\d{3} \[0\.\d{3}, .*\] +0\.\d{3} \(\d+ of \d+\)", printed)
    assert "mean image" in printed


def test_first_look_falls_back_to_digits_offline(looked: tuple[Path, str]) -> None:
    folder, printed = looked
    assert "uses scikit-learn's 8x8 digits" in printed
    assert "name: digits" in (folder / "first-look/params.yaml").read_text()


def test_second_first_look_runs_only_what_changed(looked: tuple[Path, str], tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(looked[0], folder, symlinks=True)
    with (folder / "src/hourglass/reporting/page.py").open("a") as file:
        file.write("# edited\n")
    printed = look(folder)
    assert set(re.findall(r"^done +(\S+)", printed, re.MULTILINE)) <= {"report", "publish"}
    assert "# edited" in (folder / "first-look/src/hourglass/reporting/page.py").read_text()


def test_raw_files_of_the_checkout_are_tried_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("docs").mkdir()
    shutil.copy(ROOT / "docs/first-look.yaml", "docs")
    Path("data/raw").mkdir(parents=True)
    Path("first-look").mkdir()
    first_look._write_settings(first_look.ONLINE)
    assert "folder: ../data/raw" in Path("first-look/params.yaml").read_text()


def test_show_without_results_says_what_to_run(tmp_path: Path) -> None:
    (tmp_path / "first-look").mkdir()
    shutil.copy(ROOT / "docs/digits.yaml", tmp_path / "first-look/params.yaml")
    done = run(tmp_path, "python", "-m", "hourglass.pipeline.first_look", "show")
    assert done.returncode == 1
    assert "is missing; run `dvc repro` to rebuild it" in done.stderr
