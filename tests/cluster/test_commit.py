"""Nodes run what is committed: what else there is, is named."""

import io
import tarfile
from pathlib import Path

import pytest
from repository import commit, run

from hourglass.cluster.commit import archive, require_committed
from hourglass.core.errors import HourglassError
from hourglass.core.files import write_text

PIPELINE = """stages:
  train:
    foreach: ${variants}
    do:
      cmd: train
      deps: [data/prepared/train, src/core, "src/variants/${item.module}.py", reports/metrics]
"""
FILES = {
    "dvc.yaml": PIPELINE,
    "params.yaml": "variants: {a: {module: m}}",
    "src/core/stage.py": "",
    "src/variants/m.py": "",
    "reports/metrics/a.json": "{}",
    "README.md": "",
}


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        write_text(Path(name), text)
    run(tmp_path, "git", "init", "-q")
    commit(tmp_path)


@pytest.mark.parametrize("name", ["params.yaml", "dvc.yaml", "src/core/new.py", "src/variants/m.py"])
def test_uncommitted_inputs_are_named(name: str) -> None:
    with Path(name).open("a") as file:
        file.write("\n# edited\n")
    with pytest.raises(HourglassError, match=rf"^nodes run what is committed, and {name} is not; commit what changed"):
        require_committed()


def test_results_and_other_files_need_no_commit() -> None:
    for name in ("reports/metrics/a.json", "README.md", "reports/new.json", "dvc.lock"):
        write_text(Path(name), "edited")
    require_committed()


def test_without_git_the_reason_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / ".git").rename(tmp_path / "gone")
    with pytest.raises(HourglassError, match=r"^nodes run what git has committed here, and git says: fatal: not a git"):
        require_committed()


def test_archive_has_the_commit_without_results() -> None:
    write_text(Path("src/core/stage.py"), "edited")
    with tarfile.open(fileobj=io.BytesIO(archive())) as files:
        assert {member.name for member in files if member.isfile()} == FILES.keys() - {"reports/metrics/a.json"}
        found = files.extractfile("src/core/stage.py")
        assert found
        assert found.read() == b""
