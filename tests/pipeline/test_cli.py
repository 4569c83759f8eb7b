"""What the command line refuses, before anything runs."""

from pathlib import Path

import pytest
from repository import ROOT, copy_repository, run


def test_check_names_a_revision_that_is_not_here() -> None:
    gate = run(ROOT, "hourglass", "check", "--against", "nosuch")
    assert gate.returncode == 2
    assert gate.stderr == "error: --against: no revision 'nosuch' here; fetch it, or name another\n"


@pytest.mark.parametrize("port", ["0", "65536", "-1", "web"])
def test_impossible_port_is_refused(port: str) -> None:
    ui = run(ROOT, "hourglass", "ui", f"--port={port}")
    assert ui.returncode == 2
    assert f"argument --port: expected a whole number from 1 to 65535, got '{port}'" in ui.stderr


@pytest.mark.parametrize("jobs", ["0", "-1", "two"])
def test_impossible_number_of_jobs_is_refused(jobs: str) -> None:
    repro = run(ROOT, "hourglass", "repro", f"--jobs={jobs}")
    assert repro.returncode == 2
    assert f"argument --jobs: expected a whole number from 1 on, got '{jobs}'" in repro.stderr


@pytest.mark.parametrize("size", ["15", "257"])
def test_a_size_that_networks_cannot_take_is_refused(size: str) -> None:
    init = run(ROOT, "hourglass", "init", ".", f"--size={size}")
    assert init.returncode == 2
    assert f"argument --size: expected a whole number from 16 to 256, got '{size}'" in init.stderr


@pytest.mark.parametrize("command", [["publish"], ["promote"], ["ui"]])
def test_stale_results_are_refused_and_the_stage_is_named(tmp_path: Path, command: list[str]) -> None:
    folder = copy_repository(tmp_path / "repository")
    done = run(folder, "hourglass", *command)
    assert done.returncode == 1
    assert "the results are not those of the present parameters and code: download" in done.stderr
    assert not (folder / "mlflow.db").exists()


def test_a_detector_is_not_exported_with_the_metrics_of_other_results(tmp_path: Path) -> None:
    folder = copy_repository(tmp_path / "repository")
    (folder / "models/vanilla").mkdir(parents=True)
    (folder / "models/vanilla/detector.safetensors").write_bytes(b"of another folder of images")
    done = run(folder, "hourglass", "export", "--model", "vanilla", "--format", "torch", "--out", "vanilla.pt2")
    assert done.returncode == 1
    assert "the results are not those of the present parameters and code: download" in done.stderr
    assert not (folder / "vanilla.pt2").exists()


def test_rollback_takes_no_variant() -> None:
    done = run(ROOT, "hourglass", "promote", "vae", "--rollback")
    assert done.returncode == 2
    assert done.stderr == "error: --rollback goes back to the champion before; it takes no variant\n"
