"""A team as docs/team.md has it: MLflow with users on PostgreSQL, a DVC remote over SSH, and two machines.

The machines are clones, each with lock files of its own. They share the two servers and nothing else.
"""

import base64
import csv
import os
import re
import shutil
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from mlflow.entities import Experiment, Run, ViewType
from mlflow.server import get_app_client
from mlflow.tracking import MlflowClient
from PIL import Image
from repository import ROOT, SMALL, clone, commit, copy_repository, environment, run

from hourglass.tracking.lease import PREFIX
from tests.team import servers

NEEDS = f"needs {', '.join(servers.MISSING)}; `make team` installs all but Debian's"
pytestmark = pytest.mark.skipif(bool(servers.MISSING) and "HOURGLASS_TEAM" not in os.environ, reason=NEEDS)

# What `make` needs beside what copy_repository takes.
MAKE = ("Makefile", "pyproject.toml", "requirements.lock")
EXPERIMENT, MODEL = "hourglass-digits-0", "hourglass-detector-digits-0"
VARIANTS = ["pca", "undercomplete"]
PUBLISH = ("hourglass", "publish")
PREDICT = ("hourglass", "predict", "reports", "--model", f"models:/{MODEL}@champion")
PARAMS = (
    SMALL
    + """variants:
  pca: {module: pca, latent_dim: 4}
  undercomplete: {module: undercomplete, latent_dim: 4, hidden: [32]}
accept:
  detector: {variant: all, metric: detect.roc_auc, min: 0.5, tolerance: 0.01}
mlflow: {margin: 0.005}
report: {language: en}
"""
)


@dataclass(frozen=True)
class Team:
    """Two machines, and the environments of an administrator, of two who publish, and of one who reads."""

    here: Path
    there: Path
    store: Path
    server: servers.Mlflow
    admin: dict[str, str]
    alice: dict[str, str]
    bob: dict[str, str]
    reader: dict[str, str]


def on(machine: Path, user: dict[str, str], *command: str) -> "subprocess.Popen[str]":
    """A command of a user on a machine, started."""
    scratch = machine.with_name(f"{machine.name}-scratch")
    scratch.mkdir(exist_ok=True)
    variables = environment() | user | {"TMPDIR": str(scratch)}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=machine, env=variables, stdout=pipe, stderr=pipe, text=True)


def said(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """Exit status, stdout and stderr."""
    with process:
        try:
            out, err = process.communicate(timeout=1200)
        finally:
            process.kill()
    return process.returncode, out, err


def configure(machine: Path, options: dict[str, str]) -> None:
    """Set what a person sets on each machine."""
    for name, value in options.items():
        assert run(machine, "dvc", "remote", "modify", "--local", "store", name, value).returncode == 0


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """Machine `here` rebuilt and pushed; machine `there` is a fresh clone that pulled. Nothing is published."""
    assert not servers.MISSING, NEEDS
    folder = tmp_path_factory.mktemp("team")
    here = copy_repository(folder / "here")
    for name in MAKE:
        shutil.copy(ROOT / name, here / name)
    (here / "params.yaml").write_text(PARAMS)
    assert (done := run(here, "hourglass", "repro")).returncode == 0, done.stderr
    with servers.ssh(folder / "ssh") as options, servers.mlflow(folder / "mlflow") as server:
        assert run(here, "dvc", "remote", "add", "-d", "store", options["url"]).returncode == 0
        commit(here)
        there = clone(here, folder / "there")
        for machine, command in ((here, "push"), (there, "pull")):
            configure(machine, options)
            assert (done := run(machine, "dvc", command)).returncode == 0, done.stderr
        admin = server.user("admin", servers.ADMINISTRATOR)
        alice, bob = server.add("alice", "--publish"), server.add("bob", "--publish")
        yield Team(here, there, folder / "ssh" / "store", server, admin, alice, bob, server.add("carol"))


@pytest.fixture
def asked(team: Team, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    """A client of the administrator, who sees everything."""
    for name, value in team.admin.items():
        monkeypatch.setenv(name, value)
    return MlflowClient(team.server.address)


@pytest.fixture(scope="module")
def at_once(team: Team) -> list[tuple[int, str, str]]:
    """Exit status, stdout and stderr of two machines that published at once."""
    started = [on(machine, user, *PUBLISH) for machine, user in ((team.here, team.alice), (team.there, team.bob))]
    return [said(process) for process in started]


@pytest.fixture(scope="module")
def published(team: Team, at_once: list[tuple[int, str, str]]) -> Team:
    """The team, after both machines published at once."""
    for status, _, errors in at_once:
        assert status == 0, errors
    return team


def experiment(client: MlflowClient) -> Experiment:
    found = client.get_experiment_by_name(EXPERIMENT)
    assert found
    return found


def everything(client: MlflowClient) -> list[Run]:
    """All runs of the experiment, deleted ones included."""
    return list(client.search_runs([experiment(client).experiment_id], run_view_type=ViewType.ALL))


def results(machine: Path) -> dict[Path, int]:
    """When each file was written that stages write."""
    files = [file for folder in ("data", "models", "reports") for file in (machine / folder).rglob("*")]
    return {file: file.lstat().st_mtime_ns for file in files if not file.is_dir()}


def test_second_machine_has_nothing_to_rebuild(team: Team) -> None:
    (team.there / ".venv").mkdir()
    for name in ("bin", "include", "lib", "pyvenv.cfg"):  # this environment, with nothing left to install
        (team.there / ".venv" / name).symlink_to(Path(sys.prefix) / name)
    (team.there / ".venv/installed").touch()
    before = results(team.there)
    done = run(team.there, "make")
    assert done.returncode == 0, done.stderr
    assert "every result is up to date" in done.stdout
    assert not re.search(r"^(done|restored|unchanged) ", done.stdout, re.MULTILINE), done.stdout
    assert results(team.there) == before


def test_group_may_add_to_what_one_pushed(team: Team) -> None:
    folders = [path for path in team.store.rglob("*") if path.is_dir()]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folders}
    assert modes == {0o770}


def test_of_two_publishers_at_once_one_waits_for_the_other(at_once: list[tuple[int, str, str]]) -> None:
    assert re.search(r"^waiting for PID \d+ on ", "".join(errors for _, _, errors in at_once), re.MULTILINE)
    # Which one held the lease published all, and the other nothing.
    counts = sorted(out.count("publishing ") for _, out, _ in at_once)
    assert counts == [0, len(VARIANTS)]


def test_two_machines_at_once_publish_everything_once(published: Team, asked: MlflowClient) -> None:
    runs, versions = everything(asked), asked.search_model_versions(f"name = '{MODEL}'")
    assert {(run.info.status, run.info.lifecycle_stage) for run in runs} == {("FINISHED", "active")}
    assert sorted(str(run.info.run_name) for run in runs) == sorted([*VARIANTS, "report"])
    assert sorted(version.tags["variant"] for version in versions) == VARIANTS
    assert asked.get_registered_model(MODEL).aliases.keys() == {*VARIANTS, "champion"}
    assert {run.info.artifact_uri.partition(":")[0] for run in runs} == {"mlflow-artifacts"}
    assert [tag for tag in experiment(asked).tags if tag.startswith(PREFIX)] == []


def test_publishing_again_changes_nothing(published: Team, asked: MlflowClient) -> None:
    before = [run.to_dictionary() for run in everything(asked)]
    status, out, errors = said(on(published.there, published.bob, "hourglass", "publish"))
    assert (status, out) == (0, ""), errors
    assert [run.to_dictionary() for run in everything(asked)] == before


def test_reader_predicts_with_the_champion(published: Team, tmp_path: Path) -> None:
    images = np.load(published.there / "data" / "prepared" / "test" / "images.npy")[:3]
    for number, image in enumerate(images):
        Image.fromarray(image[0]).save(tmp_path / f"{number}.png")
    table, local = tmp_path / "champion.csv", tmp_path / "local.csv"
    files = [str(tmp_path / f"{number}.png") for number in range(3)]
    address = f"models:/{MODEL}@undercomplete"
    for model, target in ((f"models:/{MODEL}@champion", table), (address, table), ("undercomplete", local)):
        command = ["hourglass", "predict", *files, "--model", model, "--csv", str(target)]
        status, _, errors = said(on(published.there, published.reader, *command))
        assert status == 0, errors
    with table.open() as one, local.open() as other:
        assert list(csv.DictReader(one)) == list(csv.DictReader(other))


def complaint(team: Team, user: dict[str, str], *command: str) -> str:
    """The one line that a failing command prints."""
    status, _, errors = said(on(team.there, user, *command))
    assert status == 1, errors
    assert errors.count("\n") == 1, errors
    return errors


@pytest.mark.parametrize("command", [PUBLISH, PREDICT])
def test_wrong_password_is_one_line(published: Team, command: tuple[str, ...]) -> None:
    wrong = published.alice | {"MLFLOW_TRACKING_PASSWORD": "wrong"}
    line = complaint(published, wrong, *command)
    assert "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD" in line
    assert published.server.address in line


def test_reader_cannot_publish(published: Team, asked: MlflowClient) -> None:
    before = [run.to_dictionary() for run in everything(asked)]
    assert "this user may not do that" in complaint(published, published.reader, *PUBLISH)
    assert [run.to_dictionary() for run in everything(asked)] == before


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Authorization": ""}, 401),
        ({"Host": "mlflow.example.org", "Origin": "https://mlflow.example.org"}, 200),
        ({"Host": "elsewhere.example"}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
    ],
)
def test_server_answers_its_own_pages_and_users_alone(team: Team, headers: dict[str, str], status: int) -> None:
    password = base64.b64encode(f"admin:{servers.ADMINISTRATOR}".encode()).decode()
    own = {"Authorization": f"Basic {password}", "Content-Type": "application/json"}
    asked = urllib.request.Request(  # noqa: S310
        f"{team.server.address}/api/2.0/mlflow/experiments/search", b'{"max_results": 1}', own | headers
    )
    try:
        found = urllib.request.urlopen(asked, timeout=60).status  # noqa: S310
    except urllib.error.HTTPError as refused:
        found = refused.code
    assert found == status


def test_stopped_server_is_one_line_and_loses_nothing(published: Team, asked: MlflowClient) -> None:
    before = [run.to_dictionary() for run in everything(asked)]
    published.server.stop()
    try:
        for command in (PUBLISH, PREDICT):
            assert "does not answer" in complaint(published, published.alice, *command)
    finally:
        published.server.start()
    assert [run.to_dictionary() for run in everything(asked)] == before


@pytest.mark.filterwarnings("ignore:starlette")  # MLflow 3.17, on importing its own server
def test_reader_becomes_one_who_publishes(published: Team, asked: MlflowClient) -> None:
    assert published.server.add_user("dave")
    assert published.server.add_user("dave", "--publish") == ""
    roles = get_app_client("basic-auth", published.server.address).list_user_roles("dave")
    assert [role.name for role in roles] == ["publishers"]


def test_no_password_is_written_to_disk(published: Team) -> None:
    passwords = [user["MLFLOW_TRACKING_PASSWORD"].encode() for user in (published.alice, published.bob)]
    for folder in (published.here, published.there, published.server.folder):
        for file in folder.rglob("*"):
            if file.is_file() and not os.path.islink(file):
                content = file.read_bytes()
                assert not any(password in content for password in passwords), file
