"""`hourglass repro --ray`, for real: two nodes on loopback, stages that are stubs, and a remote that is a folder."""

import hashlib
import re
import shutil
import socket
from importlib.util import find_spec
from pathlib import Path

from repository import commit, run
from ruamel.yaml import YAML

from tests.cluster.conftest import AT_LENGTH, PARAMS, WITHOUT_RAY, TwoNodes, note_each_stage, repro, stub_repository

pytestmark = WITHOUT_RAY

RESULTS = ("data/prepared", "models", "reports")
# Differ from run to run.
OTHER = ("reports/logs", "reports/timings")


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every result."""
    files = [file for part in RESULTS for file in (folder / part).rglob("*") if file.is_file()]
    names = {str(file.relative_to(folder)): file for file in files}
    return {
        name: hashlib.sha256(file.read_bytes()).hexdigest()
        for name, file in names.items()
        if not name.startswith(OTHER)
    }


def entries(folder: Path) -> dict[str, object]:
    """Entries of dvc.lock, whose order is that in which stages ended."""
    found: dict[str, object] = YAML(typ="safe").load((folder / "dvc.lock").read_text())["stages"]
    return found


def test_nodes_run_every_stage_once_and_leave_none(two_nodes: TwoNodes, folder: Path, tmp_path: Path) -> None:
    note_each_stage(folder, tmp_path / "ran")
    forecast = repro(folder, "--dry", "--ray", two_nodes.address)
    assert " with 2 at a time" in forecast.stdout, forecast.stderr
    done = repro(folder, "--ray", two_nodes.address)
    assert done.returncode == 0, done.stdout + done.stderr
    ran = [line.split() for line in (tmp_path / "ran").read_text().splitlines()]
    assert sorted(stage for _, stage in ran) == sorted(entries(folder)), "each once"
    assert {stage for place, stage in ran if Path(place) == folder} == {"download", "publish"}
    assert "every result is up to date" in done.stdout
    assert run(folder, "dvc", "status", "--quiet").returncode == 0, "for a plain dvc too"
    assert two_nodes.kept == []


def test_a_remote_that_refuses_is_one_line(two_nodes: TwoNodes, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "store").write_text("no folder")
    done = repro(folder, "--ray", two_nodes.address)
    assert done.returncode == 1
    assert re.fullmatch(r"error: the DVC remote: .* failed: .*Not a directory.*; finished stages .*\n", done.stderr)


def test_an_unreachable_remote_is_one_line(two_nodes: TwoNodes, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url = f"ssh://127.0.0.1:{port}/store"
    assert run(folder, "dvc", "remote", "modify", "store", "url", url).returncode == 0
    done = repro(folder, "--ray", two_nodes.address)
    assert done.returncode == 1
    reason = (
        "Connect call failed" if find_spec("dvc_ssh") else "ssh is supported, but requires 'dvc-ssh' to be installed"
    )
    assert re.fullmatch(rf"error: the DVC remote: .* failed: .*{reason}.*; finished stages .*\n", done.stderr)


def test_a_remote_that_nobody_named_stops_it_before_anything_runs(two_nodes: TwoNodes, folder: Path) -> None:
    assert run(folder, "dvc", "remote", "default", "--unset").returncode == 0
    done = repro(folder, "--ray", two_nodes.address)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("there is no default one; run `dvc remote add --default NAME URL`\n")
    assert not (folder / "dvc.lock").exists(), "download did not run either"


@AT_LENGTH
def test_results_are_those_of_a_local_rebuild(two_nodes: TwoNodes, tmp_path: Path) -> None:
    folder, local = stub_repository(tmp_path / "here", tmp_path / "store"), tmp_path / "local"
    shutil.copytree(folder, local, symlinks=True)
    assert repro(local).returncode == 0
    assert repro(folder, "--ray", two_nodes.address).returncode == 0
    assert digests(folder) == digests(local)
    assert entries(folder) == entries(local)


@AT_LENGTH
def test_only_what_changed_runs_again(two_nodes: TwoNodes, tmp_path: Path) -> None:
    folder = stub_repository(tmp_path / "here", tmp_path / "store")
    assert repro(folder, "--ray", two_nodes.address).returncode == 0
    (folder / "params.yaml").write_text(PARAMS.replace("hidden: [32]", "hidden: [16]"))
    refused = repro(folder, "--ray", two_nodes.address)
    assert refused.returncode == 1
    assert refused.stderr.endswith("and params.yaml is not; commit what changed, or rebuild here, without --ray\n")
    commit(folder)
    for data in ("data/prepared", "models/vae"):
        shutil.rmtree(folder / data)  # on the remote all the same
    done = repro(folder, "--ray", two_nodes.address)
    assert done.returncode == 0, done.stdout + done.stderr
    ran = set(re.findall(r"^done +(\S+)", done.stdout, re.MULTILINE))
    assert ran == {
        *("train@vae", "train_normal@vae", "evaluate@vae", "detect@vae"),
        *("claims", "live", "accept", "report", "publish"),
    }
    assert run(folder, "dvc", "status", "--quiet").returncode == 0
