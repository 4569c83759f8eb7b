"""The real pipeline on scikit-learn's digits: a ten-second first look, and the same code as on Fashion-MNIST."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import mlflow
import numpy as np
import pytest
import remotes
from mlflow.tracking import MlflowClient
from repository import clone, commit, copy_repository, environment, expand, run
from sklearn.decomposition import PCA

from hourglass.core.errors import SettingsError
from hourglass.core.metrics import Metrics
from hourglass.detection.threshold import conformal
from hourglass.pipeline import validate
from hourglass.summary import HEADLINES
from hourglass.tracking.tags import KEY

PARAMS = """
seed: 3
threads: 1
instruction_set: native
device: cpu
data: {name: digits, images: null, normal_class: 0}
train: {epochs: 3, batch_size: 64}
train_normal: {epochs: 3, batch_size: 32}
reference_classifier: {epochs: 2, batch_size: 64}
likelihood: {k: 5}
sweep:
  latent_dims: [2, 8, 100]
  images: 500
  train: {epochs: 1, batch_size: 64}
  train_normal: {epochs: 1, batch_size: 32}
  variants:
    pca: {module: pca}
    undercomplete: {module: undercomplete, hidden: [16]}
experiments:
  near_codes:
    module: undercomplete
    network: {latent_dim: 4, hidden: [16]}
    images: 200
    seeds: 3
    train: {epochs: 2, batch_size: 32}
  data_specific:   # of other images, so it says why it is not measured
    module: undercomplete
    network: {latent_dim: 4, hidden: [16]}
    images: 200
    seeds: 3
    train: {epochs: 1}
detect:
  false_positive_rate: 0.1
  candidates: [cosine_knn, elbo, knn, pixel, smoothed_residual]
  scorers: [smoothed_residual, knn, cosine_knn]
  variants:
    pca: {scorers: [pixel]}
    vae: {networks: 2, threshold: cross_conformal}
variants:
  pca: {module: pca, latent_dim: 4}
  vae: {module: vae, latent_dim: 2, hidden: [32]}
accept:
  good: {variant: all, except: [vae], metric: detect.roc_auc, min: 0.9, tolerance: 0.01}
  impossible: {variant: vae, metric: evaluate.reconstruction.mse, max: 0.000001, tolerance: 0.01}
mlflow: {margin: 0.005, experiment: hourglass, model: hourglass-detector}
report: {language: en}
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_repository(tmp_path_factory.mktemp("digits") / "copy")
    (folder / "params.yaml").write_text(PARAMS)
    commit(folder)
    done = run(folder, "dvc", "repro")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    shutil.copytree(built, tmp_path / "copy", symlinks=True)
    return tmp_path / "copy"


def metrics(folder: Path, kind: str, variant: str) -> Metrics:
    return Metrics(json.loads((folder / f"reports/metrics/{kind}/{variant}.json").read_text()))


def test_every_declared_output_is_there(built: Path) -> None:
    for stage in expand(built):
        for out in stage.outs:
            assert (built / out).exists(), f"{stage.name}: {out}"


def test_nothing_to_do_runs_nothing(built: Path) -> None:
    done = run(built, "dvc", "repro")
    assert "Running stage" not in done.stdout
    assert run(built, "dvc", "status", "-q").returncode == 0


def test_pca_metrics_match_scikit_learn(built: Path) -> None:
    train, test = (np.load(built / f"data/prepared/{part}/images.npy") / 255 for part in ("train", "test"))
    model = PCA(4, svd_solver="full").fit(train.reshape(len(train), -1))
    flat = test.reshape(len(test), -1)
    expected = np.square(model.inverse_transform(model.transform(flat)) - flat).mean()
    assert metrics(built, "evaluate", "pca").number("reconstruction.mse") == pytest.approx(expected, abs=1e-6)


def test_measures_reach_the_metrics_files(built: Path) -> None:
    pca, vae = (metrics(built, "evaluate", variant) for variant in ("pca", "vae"))
    for measure in ("reconstruction", "representation", "generation", "compression"):
        assert measure in pca
        assert measure in vae
    assert "likelihood" not in pca
    assert vae.number("likelihood.k") == 5
    reference, sweep = (
        json.loads((built / f"reports/metrics/{name}.json").read_text()) for name in ("judge", "bottleneck")
    )
    assert 0.5 < reference["accuracy"] < 1
    # More latent dimensions than the images have pixels are left out.
    assert sweep["pca"].keys() == {"2", "8"}
    assert sweep["pca"]["8"]["validation_mse"] < sweep["pca"]["2"]["validation_mse"]
    # Nearly all zeros of this dataset are told from other digits by what eight components cannot rebuild.
    assert sweep["pca"]["8"]["roc_auc"] > 0.9
    # Networks are trained anew at each size, a single epoch here, and so are nowhere near the best linear code.
    for size, found in sweep["undercomplete"].items():
        assert found["validation_mse"] > sweep["pca"][size]["validation_mse"]


def test_roc_auc_follows_from_the_written_scores(built: Path) -> None:
    with (built / "reports/scores/pca.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "test"]
    scores = np.array([float(row["score"]) for row in rows])
    anomalous = np.array([row["class"] != "0" for row in rows])
    above = (scores[anomalous][:, None] > scores[~anomalous][None, :]).mean()
    assert metrics(built, "detect", "pca").number("roc_auc") == pytest.approx(above)


def test_report_is_one_file_that_needs_no_network(built: Path) -> None:
    page = (built / "reports/index.html").read_text()
    assert not re.search(r"""(src|href)=["'](?!data:|#)""", page)
    assert "@import" not in page
    assert "url(" not in page
    pictures = [file for file in (built / "reports/figures").rglob("*.png") if file.stem != "overview"]  # the README's
    assert page.count("<img") == len(re.findall("data:image/(?:webp|avif);base64,", page)) == len(pictures)
    for network in ("network-pca", "network-vae", "network-detector-of-the-page"):
        assert f'id="{network}"' in page
    for text in ("mean image", "raw pixels", "untrained ROC-AUC", 'id="vae"', "impossible"):
        assert text in page


def test_failed_criterion_fails_the_gate_not_the_pipeline(built: Path) -> None:
    assert json.loads((built / "reports/acceptance.json").read_text())["passed"] is False
    gate = run(built, "hourglass", "check")
    assert gate.returncode == 1
    assert "criterion failed: impossible: vae evaluate.reconstruction.mse is" in gate.stderr
    assert "good" not in gate.stderr


def test_gate_names_stale_stages_and_the_time_they_took(copy: Path) -> None:
    (copy / "params.yaml").write_text(PARAMS.replace("latent_dim: 4", "latent_dim: 5"))
    gate = run(copy, "hourglass", "check")
    assert gate.returncode == 1
    assert re.search(r"^stale: train@pca is behind variants\.pca; last time \d+ s$", gate.stderr, re.MULTILINE)
    assert "stale: train@vae" not in gate.stderr
    # Both trainings, evaluate and detect of pca, and accept, report and publish.
    assert re.search(r"depends on them, 11 stages; last time \d+ (s|min)$", gate.stderr, re.MULTILINE)
    shutil.rmtree(copy / "reports/timings")
    gate = run(copy, "hourglass", "check")
    assert "stale: train@pca is behind variants.pca; time unknown, never run here" in gate.stderr


def test_gate_fails_when_a_metric_is_worse_than_on_main(copy: Path) -> None:
    run(copy, "git", "branch", "-M", "main")
    commit(copy)
    file = copy / "reports/metrics/detect/pca.json"
    content = json.loads(file.read_text())
    before = content["roc_auc"]
    for loss, worse in ((0.005, False), (0.02, True)):
        file.write_text(json.dumps(content | {"roc_auc": before - loss}))
        assert ("worse than main: pca detect.roc_auc" in run(copy, "hourglass", "check").stderr) is worse


@pytest.fixture
def client(built: Path) -> MlflowClient:
    return MlflowClient(f"sqlite:///{built / 'mlflow.db'}")


def test_mlflow_has_a_run_per_variant_and_passing_detectors(client: MlflowClient) -> None:
    experiment = client.get_experiment_by_name("hourglass")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id], f"tags.`{KEY}` != ''")
    assert sorted((run.info.run_name, run.info.status) for run in runs) == [("pca", "FINISHED"), ("vae", "FINISHED")]
    model = client.get_registered_model("hourglass-detector")
    assert model.aliases == {"pca": 1, "champion": 1}  # vae failed its criterion; there was no champion


def test_registered_detector_gives_the_written_scores(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    mlflow.set_tracking_uri(f"sqlite:///{built / 'mlflow.db'}")
    served = mlflow.pyfunc.load_model("models:/hourglass-detector@champion")
    predictions = served.predict(np.load(built / "data/prepared/test/images.npy"))
    with (built / "reports/scores/pca.csv").open() as file:
        kept = [float(row["score"]) for row in csv.DictReader(file) if row["split"] == "test"]
    np.testing.assert_allclose(predictions["score"], kept, atol=1e-6)
    flagged = predictions["score"] > metrics(built, "detect", "pca").number("threshold")
    assert (predictions["anomaly"] == flagged).all()


@pytest.mark.parametrize(("variant", "calibrated"), [("pca", True), ("vae", False)])
def test_calibration_images_set_the_threshold_by_default(built: Path, variant: str, calibrated: bool) -> None:
    with (built / f"reports/scores/{variant}.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if (row["split"], row["class"]) == ("validation", "0")]
    found = metrics(built, "detect", variant).number("threshold")
    scores = np.array([float(row["score"]) for row in rows])
    assert (found == pytest.approx(conformal(scores, 0.1))) is calibrated


def test_forced_stages_give_the_same_bytes(copy: Path) -> None:
    before = (copy / "dvc.lock").read_text()
    stages = ["train@vae", "evaluate@vae", "detect@vae", "report"]
    done = run(copy, "dvc", "repro", "--force", "--single-item", *stages)
    assert done.returncode == 0, done.stderr
    assert len(re.findall("Running stage", done.stdout)) == len(stages)
    assert (copy / "dvc.lock").read_text() == before


def test_summary_has_the_headline_metrics_of_each_variant(built: Path) -> None:
    summary = json.loads((built / "reports/summary.json").read_text())
    assert summary.keys() == {"pca", "vae"}
    assert summary["pca"]["roc_auc"] == metrics(built, "detect", "pca").number("roc_auc")
    assert summary["vae"].keys() - summary["pca"].keys() == {"nats"}
    assert HEADLINES.keys() - summary["vae"].keys() == {"restoration_gain_db"}


def test_plots_overlay_all_variants(copy: Path) -> None:
    shown = run(copy, "dvc", "plots", "show", "--json")
    assert shown.returncode == 0, shown.stderr
    plots = json.loads(shown.stdout)["data"]
    assert plots.keys() == {f"reports/curves/{name}.csv" for name in ("roc", "loss_all", "loss_normal")}
    for (plot,) in plots.values():
        specification = json.dumps(plot["content"])
        assert "<DVC_METRIC" not in specification, "a placeholder of the template was not filled in"
        for variant in ("pca", "vae"):
            assert variant in specification
    pages = run(copy, "dvc", "plots", "show", "-o", "plots")
    assert pages.returncode == 0, pages.stderr
    assert (copy / "plots/index.html").exists()


def test_experiment_fits_a_screen(copy: Path) -> None:
    commit(copy)
    done = run(copy, "dvc", "exp", "run", "-n", "wider", "-S", "variants.pca.latent_dim=9", "accept")
    assert done.returncode == 0, done.stderr
    assert run(copy, "dvc", "params", "diff").stdout.split() == [
        *("Path", "Param", "HEAD", "workspace"),
        *("params.yaml", "variants.pca.latent_dim", "4", "9"),
    ]
    rows = run(copy, "dvc", "metrics", "diff").stdout.splitlines()
    assert 2 <= len(rows) <= 40
    assert all(row.split()[:2][1].startswith("pca.") for row in rows[1:])
    assert re.search(r"pca\.mse +0\.\d+ +0\.\d+ +-0\.\d+", "\n".join(rows))
    flags = ("--only-changed", "--drop", "Created|.*/|.*(average_precision|probe_accuracy|ssim)")
    table = run(copy, "dvc", "exp", "show", "--csv", *flags).stdout.splitlines()
    columns = table[0].split(",")
    assert {"pca.mse", "pca.knn_accuracy", "variants.pca.latent_dim"} <= set(columns)
    assert len(columns) <= 12, " ".join(columns)
    assert any("wider" in row for row in table)


@pytest.fixture(params=remotes.KINDS)
def pushed(request: pytest.FixtureRequest, copy: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The options of a remote that `copy` was pushed to."""
    with remotes.remote(request.param, tmp_path) as options:
        assert run(copy, "dvc", "remote", "add", "-d", "store", options["url"]).returncode == 0
        commit(copy)
        configure(copy, options)
        done = run(copy, "dvc", "push")
        assert done.returncode == 0, done.stderr
        yield options


def configure(folder: Path, options: dict[str, str]) -> None:
    """Set what a person sets on each machine."""
    for name, value in options.items():
        assert run(folder, "dvc", "remote", "modify", "--local", "store", name, value).returncode == 0


def test_clone_that_pulls_publishes_and_runs_nothing(pushed: dict[str, str], copy: Path, tmp_path: Path) -> None:
    colleague = clone(copy, tmp_path / "colleague")
    configure(colleague, pushed)
    for command, said in (
        (("dvc", "pull"), ""),
        (("hourglass", "repro"), "every result is up to date"),
        (("hourglass", "publish"), "publishing"),
        (("hourglass", "publish"), ""),
        (("hourglass", "repro"), "every result is up to date"),
    ):
        done = run(colleague, *command)
        assert done.returncode == 0, done.stderr
        assert said in done.stdout
        assert "Running stage" not in done.stdout
    assert MlflowClient(f"sqlite:///{colleague / 'mlflow.db'}").get_experiment_by_name("hourglass") is not None


def test_rebuild_ends_with_the_failed_criteria(copy: Path) -> None:
    done = run(copy, "hourglass", "repro")
    assert done.returncode == 0, done.stderr
    assert "criteria passed: good\n" in done.stdout
    last, note = done.stdout.splitlines()[-2:]
    assert last.startswith("FAILED  impossible: vae evaluate.reconstruction.mse is")
    assert note == "results are complete; `hourglass check` says whether these fail it"


def test_a_server_that_is_down_hides_no_failed_criterion(copy: Path) -> None:
    done = run(copy, "env", "MLFLOW_TRACKING_URI=http://127.0.0.1:1", "hourglass", "repro")
    assert done.returncode == 1
    assert "does not answer" in done.stderr
    assert "FAILED  impossible: vae evaluate.reconstruction.mse is" in done.stdout


BAD_PARAMS = {
    "epochs: 3, batch_size: 64": ("epohcs: 3, batch_size: 64", "train.epohcs: unknown setting; did you mean epochs?"),
    "hidden: [32]": ("hidden: many", "variants.vae.hidden: input should be a valid list, got 'many'"),
    "latent_dim: 2": ("latent_dim: -2", "variants.vae.latent_dim: input should be greater than 0, got -2"),
    "module: vae": ("module: vea", "variants.vae.module: 'vea' is not a file in variants/; did you mean vae?"),
    "name: digits": (
        "name: digit",
        "data.name: input should be fashion_mnist, mnist, kmnist, digits, or data.images describes your own images",
    ),
    "seed: 3": ("sead: 3", "sead: unknown setting; did you mean seed?"),
    "variant: vae": ("variant: vea", "accept.impossible.variant: no variant 'vea'; did you mean vae?"),
    "except: [vae": ("except: [vea", "accept.good.except: no variant 'vea'; did you mean vae?"),
    "variant: all, ": ("variants: all, ", "accept.good.variants: unknown setting; did you mean variant?"),
    "scorers: [smoothed": ("scorer: [smoothed", "detect.scorer: unknown setting; did you mean scorers?"),
    "rate: 0.1": ("rate: 5", "detect.false_positive_rate: input should be less than 1, got 5"),
    "vae: {networks": ("vea: {networks", "detect.variants: no variant 'vea'; did you mean vae?"),
    "networks: 2": ("network: 2", "detect.variants.vae.network: unknown setting; did you mean networks?"),
    "{networks: 2": ("{networks: 0", "detect.variants.vae.networks: input should be greater than 0, got 0"),
    "pca: {scorers": ("pca: {networks: 2, scorers", "detect.variants.pca.networks: PCA is the same for every seed"),
    "cross_conformal": ("halves", "detect.variants.vae.threshold: input should be 'calibration' or 'cross_conformal'"),
    "pca: {module: pca, l": ("pca: {modul: pca, l", "variants.pca.module: missing; it names a file in variants/"),
    "pca: {module: pca}": ("pca: {modul: pca}", "sweep.variants.pca.module: missing; it names a file in variants/"),
    "l, knn": ("l, kmn", "detect.scorers: 'kmn' is not a file in detection/scorers/; did you mean knn?"),
    "pca: {scorers: [pixel": (
        "pca: {scorers: [elbo",
        "detect.variants.pca.scorers: scorer 'elbo' does not apply to PCA",
    ),
    "\nvariants:": ("\nvariant:", "variant: unknown setting; did you mean variants?"),
    "hidden: [32]}": ("hidden: [32], train_normal: {epohcs: 3}}", "variants.vae.train_normal.epohcs: unknown setting"),
    "  vae: {module": ("  all: {module", "variants.all: a name is made of small letters, digits and _"),
    "  vae: {module: vae, l": ("  7: {module: vae, l", "variants.7: a name is made of small letters, digits and _"),
    "  vae: {module: vae, latent_dim: 2, hidden: [32]}": ("  vae: big", "variants.vae: expected a mapping of settings"),
    "name: digits, ": ("", "data.name: missing; dvc.yaml depends on it"),
    "data: {name: digits, images: null, normal_class: 0}": (
        "data: digits",
        "data: expected a mapping of settings, got 'digits'",
    ),
}


@pytest.mark.parametrize("right", BAD_PARAMS)
def test_bad_params_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, right: str) -> None:
    monkeypatch.chdir(tmp_path)
    wrong, message = BAD_PARAMS[right]
    Path("params.yaml").write_text(PARAMS.replace(right, wrong, 1))
    with pytest.raises(SettingsError) as found:
        validate.models(validate.settings())
    assert str(found.value).startswith(f"params.yaml: {message}")


def test_missing_variants_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before, after = PARAMS.split("\nvariants:\n")
    Path("params.yaml").write_text(before + "\naccept:" + after.split("\naccept:")[1])
    with pytest.raises(SettingsError, match=r"^params\.yaml: variants: missing"):
        validate.settings()


def test_bad_params_stop_before_anything_is_touched(copy: Path) -> None:
    (copy / "params.yaml").write_text(PARAMS.replace("epochs: 3", "epohcs: 3", 1))
    before = {file: file.stat().st_mtime_ns for file in copy.rglob("*") if file.is_file()}
    done = run(copy, "hourglass", "repro")
    assert done.returncode == 2
    assert done.stderr == "error: params.yaml: train.epohcs: unknown setting; did you mean epochs?\n"
    assert {file: file.stat().st_mtime_ns for file in copy.rglob("*") if file.is_file()} == before


def test_killed_training_leaves_nothing_half_written(copy: Path) -> None:
    model = copy / "models/vae/all.safetensors"
    (copy / "params.yaml").write_text(PARAMS.replace("train: {epochs: 3", "train: {epochs: 400", 1))
    process = subprocess.Popen(
        ["dvc", "repro", "train@vae"],
        cwd=copy,
        env=environment() | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    deadline = time.monotonic() + 60
    while "epoch 2/" not in process.stdout.readline():
        assert time.monotonic() < deadline
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert not model.exists()
    (copy / "params.yaml").write_text(PARAMS)
    assert run(copy, "dvc", "repro", "evaluate@vae").returncode == 0
    assert model.exists()
    assert not list(copy.rglob("*.partial"))


def test_gate_works_on_a_clone_without_data(copy: Path, tmp_path: Path) -> None:
    """As CI has it: results in git, but no data, no models and no MLflow."""
    (copy / "params.yaml").write_text(PARAMS.replace("  impossible:", "  possible:").replace("0.000001", "1.0"))
    assert run(copy, "dvc", "repro", "accept", "report", "publish").returncode == 0
    commit(copy)
    fresh = clone(copy, tmp_path / "clone")
    assert "Running stage" not in run(fresh, "dvc", "repro", "--allow-missing", "--dry").stdout
    good = run(fresh, "hourglass", "check")
    assert good.returncode == 0, good.stderr
    assert "results are up to date" in good.stdout
    with (fresh / "src/hourglass/variants/vae.py").open("a") as file:
        file.write("# edited\n")
    stale = run(fresh, "hourglass", "check")
    assert stale.returncode == 1
    assert "stale: train@vae is behind src/hourglass/variants/vae.py; time unknown, never run here" in stale.stderr
    assert "train@pca" not in stale.stderr
