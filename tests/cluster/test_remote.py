"""The settings of the remote that nodes get, and what is said where it fails."""

from pathlib import Path

import pytest
from repository import run

from hourglass.cluster import remote
from hourglass.core.errors import HourglassError

SETTINGS = """[core]
    no_scm = true
    remote = store
['remote "store"']
    url = ssh://host/path
    keyfile = /keys/store
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert run(tmp_path, "dvc", "init", "--quiet", "--no-scm").returncode == 0
    return tmp_path


def test_nodes_get_the_default_remote_with_its_secrets(repository: Path) -> None:
    for arguments in (
        ["add", "--default", "store", "ssh://host/path"],
        ["modify", "--local", "store", "keyfile", "/keys/store"],
        ["add", "other", "/elsewhere"],
    ):
        assert run(repository, "dvc", "remote", *arguments).returncode == 0
    assert remote.settings(remote.options()) == SETTINGS


@pytest.mark.parametrize("password", ["secret#1", "a,b", "it's", 'a "word"', "'both' \"kinds\"", " spaces ", "#"])
def test_dvc_reads_the_same_secrets_on_a_node(
    repository: Path, password: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for arguments in (["add", "--default", "store", "ssh://h/p"], ["modify", "--local", "store", "password", password]):
        assert run(repository, "dvc", "remote", *arguments).returncode == 0
    here = remote.options()
    assert here["remote.store.password"] == password
    node = tmp_path_factory.mktemp("node")
    (node / ".dvc").mkdir()
    (node / ".dvc/config.local").write_text(remote.settings(here))
    monkeypatch.chdir(node)
    assert remote.options() == here


@pytest.mark.usefixtures("repository")
def test_without_a_default_remote_the_fix_is_named() -> None:
    with pytest.raises(HourglassError, match=r"there is no default one; run `dvc remote add --default NAME URL`$"):
        remote.options()


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        ("Running\nERROR: unexpected error - [Errno 28] No space left\nERROR: more\n", "[Errno 28] No space left"),
        ("Segmentation fault\n", "Segmentation fault"),
        ("", "no message"),
    ],
)
def test_the_first_error_of_dvc_is_the_reason(log: str, reason: str) -> None:
    assert remote.reason(log) == reason
