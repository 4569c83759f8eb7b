import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmarks import scale
from benchmarks.speed import aggregate, baselines, jobs, overhead, quality, rebuild, shares, table
from hourglass.core import layout, params
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_json, write_json, write_text

NETWORK = {"macs": 5, "batch_size": 128, "images_per_second": [10.0], "matmul": [1e9, 1e9]}
LARGE = NETWORK | {"batch_size": 256, "images_per_second": [20.0]}


def run(speed: float, mse: float) -> Mapping[str, list[float]]:
    return {"images_per_second": [speed] * 3, "mse": [mse] * 3}


PARTS = {
    shares.OUT: {
        "threads": 1,
        "networks": dict.fromkeys((shares.DENSE, shares.CONVOLUTIONAL, "vae"), NETWORK),
        "large_batches": LARGE,
    },
    baselines.OUT: {
        "1": {"detector": {"ours": run(20, 0.1), "pyod": run(10, 0.2)}},
        "2": {"detector": {"ours": run(30, 0.1), "pyod": run(10, 0.2)}},
    },
    rebuild.OUT: {
        "commit": "c0ffee",
        "cores": 2,
        "rebuild_seconds": 300.0,
        "compute_seconds": 500.0,
    },
    overhead.OUT: {
        "commit": "c0ffee",
        "noop_seconds": 1.5,
        "stages": {
            **{stage: [{"seconds": 5.0, "overhead": 3.0}] for stage in overhead.WITH_TORCH},
            **{stage: [{"seconds": 1.0, "overhead": 0.5}] for stage in overhead.WITHOUT_TORCH},
        },
    },
    jobs.OUT: {
        "commit": "c0ffee",
        "cores": 2,
        "serial_seconds": 120.0,
        "parallel_seconds": 60.0,
        "compute_seconds": 80.0,
    },
    quality.OUT: {
        "vae": {
            "now": {"mse": [0.010, 0.012, 0.014], "roc_auc": [0.90, 0.90, 0.90]},
            "before": {"mse": [0.009, 0.011, 0.013], "roc_auc": [0.92, 0.91, 0.93]},
        },
        "denoising": {
            "now": {"mse": [0.2, 0.2, 0.2], "restored_mse": [0.3, 0.4, 0.5]},
            "before": {"mse": [0.2, 0.2, 0.2], "restored_mse": [0.1, 0.2, 0.3]},
        },
    },
    layout.BENCHMARK: {
        "cores": 2,
        "methods": {
            "rotated": {"ours": True, "images_per_second": 7.0},
            "sklearn.pca.documented": {"ours": False, "images_per_second": 8.0},
        },
    },
    scale.OUT: {"memory_ratio_10x": 1.25, "time_ratio_10x": 1.1, "cores": 2, "by_size": {"1": {"prepare": {}}}},
}


@pytest.fixture
def measured(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository in which all parts were measured."""
    monkeypatch.setattr(shares, "outdated", lambda rows, settings: [])
    monkeypatch.chdir(tmp_path)
    shutil.copy(root / "params.yaml", tmp_path)
    write_text(aggregate.DOCUMENT, "Before.\n<!-- speed -->\nold\n<!-- /speed -->\nAfter.\n")
    for file, content in PARTS.items():
        write_json(file, content)


@pytest.mark.usefixtures("measured")
def test_parts_are_aggregated_under_flat_keys() -> None:
    aggregate.main()
    metrics = read_json(aggregate.OUT)
    expected = {
        "dense_share_of_matmul": 6 * 5 * 20 / 1e9,
        "dense_share_of_matmul.own_batches": 6 * 5 * 10 / 1e9,
        "dense_share_of_matmul.own_batch_size": 128,
        "share.vae": 6 * 5 * 10 / 1e9,
        "matmul_gflops": 1.0,
        "vs_pyod": 3.0,
        "vs_pyod.at_stage_threads": 2.0,
        "vs_pyod.our_mse": 0.1,
        "vs_pyod.baseline_mse": 0.2,
        "rebuild_seconds": 300.0,
        "parallel_speedup": 2.0,
        "rebuild_over_compute": 1.2,
        "rebuild_over_compute.sample": 1.5,
        "stage_overhead_torch": 3.0,
        "stage_overhead_plain": 0.5,
        "one_stage_seconds": 5.0,
        "scored_per_second.rotated": 7.0,
        "memory_ratio_10x": 1.25,
        "quality.vae.now_mse": 0.012,
        "quality.vae.now_mse_std": 0.002,
        "quality.vae.before_roc_auc": 0.92,
    }
    assert {key: metrics[key] for key in expected} == pytest.approx(expected)
    assert all(isinstance(value, int | float) for value in metrics.values())
    shown = aggregate.DOCUMENT.read_text()
    assert shown == f"Before.\n<!-- speed -->\n{table.markdown(metrics)}<!-- /speed -->\nAfter.\n"
    assert "| overhead of a stage without torch, likewise | 0.5 s | ≤ 2.0 s, met |" in shown
    assert "| 1.25 × | ≤ 1.50 ×, met |" in shown
    assert "| 5.0 min | ≤ 25.0 min, met |" in shown
    assert "| 0% (0% in batches of 128, as in the pipeline) | ≥ 75%, missed |" in shown
    assert "| vae | 0.0120 ± 0.0020, no worse | 0.0110 ± 0.0020 |  |  | 0.900 ± 0.000, worse | 0.920 ± 0.010 |" in shown
    restored = "0.4000 ± 0.1000, worse | 0.2000 ± 0.1000 |  |  |"
    assert f"| denoising | 0.2000 ± 0.0000, no worse | 0.2000 ± 0.0000 | {restored}" in shown
    assert "3.00 × (2.00 × with a stage's threads), error 0.1000 against 0.2000" in shown


def test_ratio_is_the_median_over_neighbouring_runs() -> None:
    assert aggregate.ratio([10, 20, 90], [5, 5, 30]) == 3


@pytest.mark.usefixtures("measured")
def test_shares_of_other_networks_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "outdated", lambda rows, settings: ["vae"])
    with pytest.raises(HourglassError, match=r"other networks than params\.yaml: vae; run `python -m"):
        aggregate.main()
    assert "old" in aggregate.DOCUMENT.read_text()


@pytest.mark.usefixtures("measured")
def test_parts_that_were_not_measured_are_left_out() -> None:
    for file in PARTS:
        if file != jobs.OUT:
            file.unlink()
    aggregate.main()
    metrics = read_json(aggregate.OUT)
    assert metrics["parallel_speedup"] == 2
    assert not any(key.startswith(("vs_", "share.", "memory")) for key in metrics)


def test_committed_table_is_of_the_committed_parts(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As committed: a part that was measured just now is in the table after the next aggregation."""
    if not (root / ".git").exists():
        pytest.skip("not a git repository")
    paths = ("benchmarks/results", aggregate.DOCUMENT, params.PARAMS)
    archive = subprocess.run(["git", "archive", "HEAD", *paths], cwd=root, capture_output=True, check=True)
    subprocess.run(["tar", "-x"], cwd=tmp_path, input=archive.stdout, check=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shares, "outdated", lambda rows, settings: [])  # params.yaml may be a reader's own
    written: dict[Path, Any] = {}
    monkeypatch.setattr(aggregate, "write_json", lambda path, content: written.update({path: content}))
    monkeypatch.setattr(aggregate, "write_text", lambda path, content: written.update({path: content}))
    aggregate.main()
    assert written == {aggregate.OUT: read_json(aggregate.OUT), aggregate.DOCUMENT: aggregate.DOCUMENT.read_text()}
    assert capsys.readouterr().out
