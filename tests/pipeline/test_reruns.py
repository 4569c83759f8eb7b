"""What reruns after what: the table. Run with stub stages, so that dvc.yaml alone decides."""

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from repository import ROOT, clone, commit, copy_repository, environment, expand, run
from ruamel.yaml import YAML

STUB = Path(__file__).parent / "stub_stage.py"
QUICK_DVC = Path(__file__).parent / "quick_dvc.py"
# Not the repository's own settings, which people may change as they like.
PARAMS = """seed: 1
threads: 1
instruction_set: native
device: cpu
data:
  name: digits
  folder: null
  images: null
  normal_class: 0
train:
  epochs: 8
train_normal:
  epochs: 20
reference_classifier:
  epochs: 2
likelihood:
  k: 5
sweep:
  latent_dims: [2, 4]
  images: 100
  train:
    epochs: 1
  train_normal:
    epochs: 1
  variants:
    pca:
      module: pca
    vae:
      module: vae
      hidden: [16]
experiments:
  near_codes:
    module: vanilla
    images: 50
    network: {latent_dim: 2}
    seeds: 3
    train: {epochs: 1}
  posterior_collapse:
    module: vae
    images: 50
    network: {latent_dim: 2, hidden: [8]}
    seeds: 3
    train: {epochs: 1}
    betas: [1.0, 4.0]
detect:
  false_positive_rate: 0.05
  candidates: [pixel, knn, elbo]
  scorers: [pixel, knn]
  variants:
    vae:
      scorers: [elbo]
variants:
  pca:
    module: pca
    latent_dim: 4
  vanilla:
    module: vanilla
    latent_dim: 4
  vae:
    module: vae
    latent_dim: 4
    hidden: [32]
    beta: 1.0
  vae_small:
    module: vae
    latent_dim: 2
    hidden: [32]
accept:
  floor:
    variant: all
    except: [vae_small]
    metric: detect.roc_auc
    min: 0.85
    tolerance: 0.01
mlflow:
  margin: 0.005
report:
  language: en
"""
VARIANTS = list(YAML(typ="safe").load(PARAMS)["variants"])

Edit = Callable[[Path], None]


def touch_nothing(folder: Path) -> None:
    pass


def edit(name: str, line: str = "# edited") -> Edit:
    def append(folder: Path) -> None:
        with (folder / name).open("a") as file:
            file.write(f"\n{line}\n")

    return append


def replace(pattern: str, text: str, name: str = "params.yaml") -> Edit:
    def substitute(folder: Path) -> None:
        before = (folder / name).read_text()
        after = re.sub(pattern, text, before, count=1, flags=re.MULTILINE)
        assert after != before
        (folder / name).write_text(after)

    return substitute


def add_variant(folder: Path) -> None:
    replace(r"^variants:\n", "variants:\n  wide:\n    module: vanilla\n    latent_dim: 64\n")(folder)


def remove_variant(folder: Path) -> None:
    replace(r"^  vanilla:\n(    .*\n)+", "")(folder)


def compile_python(folder: Path) -> None:
    cache = folder / "src/hourglass/models/__pycache__"
    cache.mkdir()
    (cache / "losses.cpython-311.pyc").write_bytes(b"compiled")


def each(*names: str, of: list[str] = VARIANTS) -> set[str]:
    return {f"{name}@{variant}" for name in names for variant in of}


SWEEP = {"sweep@pca", "sweep@vae", "bottleneck"}
CONTROLS = {"controls"}
CLASSIFIER = {"reference_classifier"}
EVALUATE, DETECT = each("evaluate"), each("detect")
TRAIN, TRAIN_NORMAL = each("train"), each("train_normal")
EXPERIMENT = each("experiment", of=["near_codes", "posterior_collapse"])
JUDGED = {"accept", "report", "publish"}
LATE = JUDGED | {"claims"}
LIVE = {"live"}
# All that needs networks.
NETWORKS = CLASSIFIER | SWEEP | EXPERIMENT | TRAIN | TRAIN_NORMAL | EVALUATE | DETECT | LIVE | LATE
USES_VAE = ["vae", "vae_small"]
# An edit that changes nothing that the stage writes: see stub_stage.py.
NO_EFFECT = "# no effect"

TABLE: list[tuple[str, Edit, set[str]]] = [
    ("touch nothing", touch_nothing, set()),
    ("import the code (bytecode caches)", compile_python, set()),
    ("edit the README", edit("README.md"), set()),
    ("edit variants/vae.py", edit("src/hourglass/variants/vae.py"), each("train", "train_normal", "evaluate", "detect", of=USES_VAE) | {"sweep@vae", "bottleneck", "experiment@posterior_collapse"} | LIVE | LATE),
    ("edit a module of models/", edit("src/hourglass/models/losses.py"), NETWORKS),
    ("edit the training loop", edit("src/hourglass/training/fit.py"), NETWORKS),
    # The same weights are not evaluated again. Detectors may train further networks, so they depend on the loop itself.
    ("edit the training loop without effect on weights", edit("src/hourglass/training/fit.py", NO_EFFECT), CLASSIFIER | TRAIN | TRAIN_NORMAL | DETECT | EXPERIMENT | {"sweep@pca", "sweep@vae"}),
    ("edit a measure", edit("src/hourglass/evaluation/measures/generation.py"), EVALUATE | LATE),
    ("add a measure", edit("src/hourglass/evaluation/measures/new.py"), EVALUATE | LATE),
    ("edit what only one measure uses", edit("src/hourglass/evaluation/classical_restorers.py"), EVALUATE | LATE),
    ("edit image quality", edit("src/hourglass/evaluation/image_quality.py"), EVALUATE | CONTROLS | SWEEP | EXPERIMENT | LATE),
    ("edit how networks are applied", edit("src/hourglass/evaluation/inference.py"), EVALUATE | CLASSIFIER | SWEEP | EXPERIMENT | LATE),
    ("edit the reference classifier", edit("src/hourglass/evaluation/reference_classifier.py"), EVALUATE | CLASSIFIER | LATE),
    ("edit the controls", edit("src/hourglass/evaluation/controls.py"), CONTROLS | EVALUATE | LATE),
    ("edit the sweep", edit("src/hourglass/bottleneck/sweep.py"), SWEEP | LATE),
    ("edit an experiment", edit("src/hourglass/experiments/near_codes.py"), {"experiment@near_codes"} | LATE),
    ("edit what experiments share", edit("src/hourglass/experiments/common/networks.py"), EXPERIMENT | LATE),
    ("add an experiment's file", edit("src/hourglass/experiments/new.py"), set()),
    ("edit the ledger of claims", edit("docs/claims.yaml"), {"claims", "report", "publish"}),
    ("edit how claims are decided", edit("src/hourglass/claims/rules.py"), {"claims", "report", "publish"}),
    ("edit a scorer", edit("src/hourglass/detection/scorers/smoothed_residual.py"), DETECT | LIVE | LATE),
    ("add a scorer", edit("src/hourglass/detection/scorers/new.py"), DETECT | LIVE | LATE),
    ("edit how detectors are built", edit("src/hourglass/detection/build.py"), DETECT | LIVE | LATE),
    ("edit a detection metric", edit("src/hourglass/detection/metrics.py"), DETECT | SWEEP | LIVE | LATE),
    ("edit how a threshold is set", edit("src/hourglass/detection/threshold.py"), DETECT | SWEEP | LIVE | LATE),
    ("edit the synthetic defects", edit("src/hourglass/detection/defects.py"), DETECT | SWEEP | LIVE | LATE),
    ("edit the acceptance criteria", edit("src/hourglass/pipeline/acceptance.py"), JUDGED),
    ("edit the headline metrics", edit("src/hourglass/summary.py"), JUDGED),
    ("edit the gate", edit("src/hourglass/pipeline/gate.py"), set()),
    ("edit the rebuild", edit("src/hourglass/pipeline/rebuild.py"), set()),
    ("edit a plot", edit("src/hourglass/reporting/plots/roc.py"), {"report", "publish"}),
    ("edit the report's template", edit("src/hourglass/reporting/templates/report.html"), {"report", "publish"}),
    ("edit how networks are packed", edit("src/hourglass/live/quantisation.py"), LIVE | {"report", "publish"}),
    ("edit a control of the page", edit("src/hourglass/reporting/templates/live/explore.js"), {"report", "publish"}),
    ("edit publishing", edit("src/hourglass/tracking/publish.py"), {"publish"}),
    ("edit where data come from", edit("src/hourglass/data/sources.py"), {"download", "prepare"} | CONTROLS | NETWORKS),
    ("edit how images are read", edit("src/hourglass/data/imageset.py"), {"prepare"} | CONTROLS | NETWORKS),
    ("edit how an interval is computed", edit("src/hourglass/core/intervals.py"), {"download", "prepare"} | CONTROLS | NETWORKS),
    ("edit the command line", edit("src/hourglass/cli.py"), set()),
    ("change data.folder", replace(r"folder: null", "folder: /nowhere"), set()),
    ("change the digest of own images", replace(r"images: null", "images: {digest: b}"), {"download", "prepare"} | CONTROLS | NETWORKS),
    ("edit how image files are decoded", edit("src/hourglass/data/decode.py"), {"download", "prepare"} | CONTROLS | NETWORKS),
    ("edit what hourglass init writes", edit("src/hourglass/pipeline/own_images.py"), set()),
    ("change data.normal_class", replace(r"normal_class: 0", "normal_class: 3"), TRAIN_NORMAL | DETECT | SWEEP | LIVE | LATE),
    ("change one variant's setting", replace(r"beta: 1.0", "beta: 2.0"), each("train", "train_normal", "evaluate", "detect", of=["vae"]) | LIVE | LATE),
    ("change train.epochs", replace(r"(?<=^train:\n  )epochs: \d+", "epochs: 3"), TRAIN | EVALUATE | LIVE | LATE),
    ("change train_normal.epochs", replace(r"(?<=^train_normal:\n  )epochs: \d+", "epochs: 3"), TRAIN_NORMAL | DETECT | LIVE | LATE),
    ("change the scorers", replace(r"scorers: \[pixel, knn\]", "scorers: [pixel]"), DETECT | LIVE | LATE),
    ("change the target false-positive rate", replace(r"rate: 0\.05", "rate: 0.1"), DETECT | LIVE | LATE),
    ("change how the reference classifier is trained", replace(r"(?<=^reference_classifier:\n  )epochs: \d+", "epochs: 3"), EVALUATE | CLASSIFIER | LATE),
    ("change the importance samples", replace(r"k: 5", "k: 6"), EVALUATE | LATE),
    ("change the sweep's sizes", replace(r"latent_dims: \[2, 4\]", "latent_dims: [2, 8]"), SWEEP | LATE),
    ("change one module of the sweep", replace(r"hidden: \[16\]", "hidden: [8]"), {"sweep@vae", "bottleneck"} | LATE),
    ("change one experiment's setting", replace(r"module: vanilla\n    images: 50", "module: vanilla\n    images: 60"), {"experiment@near_codes"} | LATE),
    ("change the margin of promotion", replace(r"margin: 0\.005", "margin: 0.01"), {"publish"}),
    ("write the report in Spanish", replace("language: en", "language: es"), {"report", "publish"}),
    ("change a translation", edit("src/hourglass/reporting/locale/es/LC_MESSAGES/report.po"), {"report", "publish"}),
    ("change a bound", replace(r"min: 0\.85", "min: 0.86"), JUDGED),
    ("change whom a criterion is for", replace(r"except: \[vae_small\]", "except: [vae]"), JUDGED),
    ("change the seed", replace(r"^seed: \d+", "seed: 99"), CONTROLS | NETWORKS),
    ("compute on another device", replace(r"^device: cpu", "device: auto"), (CONTROLS | NETWORKS) - EXPERIMENT),
    ("add a variant", add_variant, each("train", "train_normal", "evaluate", "detect", of=["wide"]) | LIVE | LATE),
    ("remove a variant", remove_variant, LIVE | LATE),
]  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stub pipeline, run once."""
    folder = copy_repository(tmp_path_factory.mktemp("reruns") / "built")
    (folder / "params.yaml").write_text(PARAMS)
    shutil.copy(STUB, folder / "src/hourglass/core/stage.py")
    (folder / "README.md").write_text("# Hourglass\n")
    done = repro(folder)
    assert done.returncode == 0, done.stderr
    assert ran(done.stdout) == {f"{stage.name}@{stage.key}".rstrip("@") for stage in expand(folder)}
    return folder


def repro(folder: Path) -> subprocess.CompletedProcess[str]:
    return run(folder, sys.executable, str(QUICK_DVC), "repro")


def ran(output: str) -> set[str]:
    return set(re.findall(r"Running stage '(.+?)'", output))


@pytest.mark.parametrize(("change", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_what_reruns(built: Path, tmp_path: Path, change: Edit, expected: set[str]) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(built, folder, symlinks=True)
    change(folder)
    done = repro(folder)
    assert done.returncode == 0, done.stderr
    assert ran(done.stdout) == expected


def test_corrupt_output_is_restored_and_nothing_else_runs(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(built, folder, symlinks=True)
    model = folder / "models/vae/all.safetensors"
    whole = model.read_text()
    model.write_text("damaged")
    done = repro(folder)
    assert done.returncode == 0, done.stderr
    assert model.read_text() == whole
    assert ran(done.stdout) == set()
    assert "train@vae' is cached" in done.stdout


def test_parallel_rebuild_gives_the_lock_of_a_serial_one(built: Path, tmp_path: Path) -> None:
    folder = copy_repository(tmp_path / "copy")
    (folder / "params.yaml").write_text(PARAMS)
    shutil.copy(STUB, folder / "src/hourglass/core/stage.py")
    done = run(folder, "hourglass", "repro", "--jobs", "2")
    assert done.returncode == 0, done.stderr
    assert "every result is up to date" in done.stdout
    for hint in ("git add", "autostage", "auto staging", "dvc push"):
        assert hint not in done.stdout + done.stderr
    parallel, serial = (YAML(typ="safe").load((path / "dvc.lock").read_text())["stages"] for path in (folder, built))
    assert parallel == serial


def test_rebuild_with_nothing_to_do_changes_nothing(built: Path) -> None:
    before = (built / "dvc.lock").stat().st_mtime_ns
    done = run(built, "hourglass", "repro")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("every result is up to date\n")
    assert "FAILED  floor: pca detect.roc_auc is 0.8000, must be at least 0.85\n" in done.stdout
    assert (built / "dvc.lock").stat().st_mtime_ns == before


@pytest.mark.parametrize("change", [edit("src/hourglass/pipeline/acceptance.py"), replace("min: 0.85", "min: 0.86")])
def test_rebuild_notices_an_edit(built: Path, tmp_path: Path, change: Edit) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(built, folder, symlinks=True)
    change(folder)
    done = run(folder, "hourglass", "repro", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    assert set(re.findall(r"^done +(\S+)", done.stdout, re.MULTILINE)) == JUDGED


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_rebuild_restores_outputs(built: Path, tmp_path: Path, ending: signal.Signals) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(built, folder, symlinks=True)
    edit("src/hourglass/stages/train.py")(folder)
    before = {file: file.read_bytes() for file in (*folder.glob("models/*/*"), folder / "dvc.lock")}
    with (tmp_path / "printed").open("w+") as printed:
        surroundings = environment() | {"SLEEPING_STAGE": "train"}
        process = subprocess.Popen(
            ["hourglass", "repro", "--jobs", "2"],
            cwd=folder,
            env=surroundings,
            stdout=printed,
            stderr=printed,
            # What a script runs in its background ignores Ctrl-C, and so would all that it starts.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        try:
            deadline = time.monotonic() + 60
            while len(list(folder.glob("*.pid"))) < 2:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            process.send_signal(ending)
            assert process.wait(timeout=30) == 130
        finally:
            process.terminate()
            process.wait()
        printed.seek(0)
        assert printed.read().endswith("error: interrupted; no half-written file was kept\n")
    assert not [file.stem for file in folder.glob("*.pid") if psutil.pid_exists(int(file.stem))]
    assert {file: file.read_bytes() for file in before} == before
    assert not list(folder.rglob("*.partial"))


def test_failing_stage_stops_the_rebuild_and_is_named(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(built, folder, symlinks=True)
    replace(
        r"^main\(\*sys\.argv\[1:\]\)",
        "main(*sys.argv[1:] if 'train' != sys.argv[1] else ['nowhere'])",
        "src/hourglass/core/stage.py",
    )(folder)
    done = run(folder, "hourglass", "repro", "--jobs", "2")
    assert done.returncode == 1
    assert re.search(r"error: stage train@\w+ failed:\n(.*\n)*.*KeyError: 'nowhere'", done.stderr)
    started = set(re.findall(r"^\w+ +(\S+)", done.stdout, re.MULTILINE))
    assert started & {"train@pca", "train@vanilla", "train@vae", "train@vae_small"}
    assert not started & LATE
    # What the other job could have gone on with.
    assert not [name for name in started if name.startswith("detect@")]


def remove_and_rebuild(folder: Path) -> set[str]:
    """Remove a variant from params.yaml and rebuild; return its files that are left among the results."""
    remove_variant(folder)
    done = run(folder, "hourglass", "repro", "--jobs", "2")
    assert done.returncode == 0, done.stderr
    assert "removed what earlier settings left of vanilla: 11 files" in done.stdout
    results = (folder / "models", folder / "reports")
    ours = [file.relative_to(folder) for place in results for file in place.rglob("*") if file.is_file()]
    return {str(file) for file in ours if "vanilla" in str(file) and file.parts[1] not in ("logs", "timings")}


def test_results_of_a_removed_variant_are_removed(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(built, folder, symlinks=True)
    assert remove_and_rebuild(folder) == set()
    assert run(folder, "dvc", "status", "-q").returncode == 0


def test_variant_that_comes_back_is_restored(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(built, folder, symlinks=True)
    remove_and_rebuild(folder)
    (folder / "params.yaml").write_text(PARAMS)
    done = run(folder, "hourglass", "repro", "--jobs", "2")
    assert done.returncode == 0, done.stderr
    assert (folder / "models/vanilla/all.safetensors").read_text() == (
        built / "models/vanilla/all.safetensors"
    ).read_text()
    assert re.search(r"^(restored|unchanged) +train@vanilla", done.stdout, re.MULTILINE)


def test_dry_run_tells_what_a_new_recipe_runs(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(built, folder, symlinks=True)
    add_variant(folder)
    before = {
        file: file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file() and ".dvc" not in file.parts
    }
    done = run(folder, "hourglass", "repro", "--dry")
    assert done.returncode == 0, done.stderr
    told = dict(
        re.findall(r"^(\S+@wide|accept|claims|report|publish) +\S+(?: \S+)? {3}(.+)$", done.stdout, re.MULTILINE)
    )
    assert told.keys() == each("train", "train_normal", "evaluate", "detect", of=["wide"]) | LATE
    assert told["evaluate@wide"] == "never ran"
    assert told["accept"] == "variants"
    assert {file: file.stat().st_mtime_ns for file in before} == before


def test_only_headlines_are_metrics(built: Path) -> None:
    shown = run(built, "dvc", "metrics", "show", "--json")
    assert shown.stdout.count(".json") == 1, shown.stdout
    assert "reports/summary.json" in shown.stdout


def test_clone_that_pulls_has_nothing_to_do(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(built, folder, symlinks=True)
    # The benchmark, which nobody has run here, has nothing that a clone could miss.
    shutil.copy(ROOT / "benchmarks/dvc.yaml", folder / "benchmarks/dvc.yaml")
    assert run(folder, "dvc", "remote", "add", "-d", "store", str(tmp_path / "store")).returncode == 0
    commit(folder)
    pushed = run(folder, "dvc", "push")
    assert pushed.returncode == 0, pushed.stderr
    colleague = clone(folder, tmp_path / "colleague")
    pulled = run(colleague, "dvc", "pull")
    assert pulled.returncode == 0, pulled.stderr
    assert run(colleague, "dvc", "status", "-q", "dvc.yaml").returncode == 0
    again = run(colleague, "hourglass", "repro")
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith("every result is up to date\n")
