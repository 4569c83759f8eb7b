"""Our way of writing dvc.lock and reading params.yaml agrees with DVC's."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import dpath
import dvc.cli
import pytest
from dvc.utils.serialize import dumps_yaml, load_yaml
from repository import ROOT, run
from ruamel.yaml import YAML
from ruamel.yaml.representer import RepresenterError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from hourglass.pipeline import faster_dvc

# Texts that a careless writer would turn into something else, and numbers with several spellings.
TEXTS = ["yes", "on", "012", "1e5", "12345e67", "1_000", "~", "null", "", "2001-01-01", "1:30", "a: b", "#c", "é", "\n"]
NUMBERS = [1, 0, -1, 0.1, 1e-3, 1e-5, 5.0, 1e22, True, False, None]
LONG = "python -m module " + "word " * 30 + "end"


def content() -> dict[str, Any]:
    texts = {str(number): text for number, text in enumerate(TEXTS)}
    stage = {"cmd": LONG, "texts": texts, "numbers": NUMBERS, "empty": {}}
    return {"schema": "2.0", "stages": {"z": stage, "a": {"cmd": "short"}}}


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "dvc.lock"
    path.write_text(dumps_yaml(content()))
    return path


def test_a_change_is_written_and_all_else_stays(lock: Path) -> None:
    with faster_dvc._modify(str(lock)) as found:
        assert found == content()
        found["stages"]["a"]["cmd"] = "changed"
    expected = content()
    expected["stages"]["a"]["cmd"] = "changed"
    assert load_yaml(lock) == expected
    assert list(load_yaml(lock)["stages"]) == ["z", "a"]


def test_folded_it_is_what_dvc_writes(lock: Path) -> None:
    before = lock.read_text()
    with faster_dvc._modify(str(lock)):
        pass
    assert lock.read_text() != before, "long lines are folded elsewhere"
    faster_dvc.fold_lines(lock)
    assert lock.read_text() == before


def test_the_committed_lock_is_what_dvc_writes(tmp_path: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git repository")
    before = run(ROOT, "git", "show", "HEAD:dvc.lock").stdout  # a rebuild that failed left other lines here
    lock = tmp_path / "dvc.lock"
    lock.write_text(before)
    with faster_dvc._modify(str(lock)):
        pass
    faster_dvc.fold_lines(lock)
    assert lock.read_text() == before


def test_comments_in_other_files_stay(tmp_path: Path) -> None:
    file = tmp_path / "dvc.yaml"
    file.write_text("# why\nstages: {}\n")
    with faster_dvc._modify(str(file)) as found:
        found["stages"] = {"a": 1}
    assert file.read_text().startswith("# why\n")


def test_a_block_that_fails_writes_nothing(lock: Path) -> None:
    before = lock.read_text()
    with pytest.raises(ZeroDivisionError), faster_dvc._modify(str(lock)) as found:
        found["stages"] = 1 / 0
    assert lock.read_text() == before


def test_an_interrupted_write_keeps_the_file(lock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faster_dvc.fold_lines(lock)
    before = lock.read_text()

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(YAML, "dump", interrupted)
    with pytest.raises(KeyboardInterrupt):
        faster_dvc.fold_lines(lock)
    with pytest.raises(KeyboardInterrupt), faster_dvc._modify(str(lock)) as found:
        found["stages"] = {}
    assert lock.read_text() == before
    assert [file.name for file in lock.parent.iterdir()] == [lock.name]


def test_a_value_of_an_unknown_type_is_left_to_dvc(lock: Path) -> None:
    with faster_dvc._modify(str(lock)) as found:
        found["stages"]["a"]["cmd"] = DoubleQuotedScalarString("changed")
    assert load_yaml(lock)["stages"]["a"]["cmd"] == "changed"
    with pytest.raises(RepresenterError), faster_dvc._modify(str(lock)) as found:
        found["stages"] = object()
    assert load_yaml(lock)["stages"]["a"]["cmd"] == "changed"


def test_another_version_of_dvc_runs_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    replaced: list[bool] = []
    monkeypatch.setattr(dvc.cli, "main", lambda arguments: len(arguments))
    monkeypatch.setattr(faster_dvc, "_speed_up", lambda: replaced.append(True))
    monkeypatch.setattr(faster_dvc, "version", lambda name: "3.68.0")
    assert faster_dvc.main(["status", "-q"]) == 2
    assert replaced == []


def test_the_pinned_version_of_dvc_is_known() -> None:
    """Where it is not, compare its `modify_yaml`, `parse_yaml` and `dpath.get` with faster_dvc.py, then add it."""
    assert version("dvc").startswith(faster_dvc.KNOWN)


@pytest.mark.parametrize("path", ["a.b", "a.c.0", "a.b.d", "a.*.d", "x", "a.x"])
def test_parameters_are_found_as_dvc_finds_them(path: str) -> None:
    tree = {"a": {"b": {"d": 1}, "c": [2, 3]}}
    try:
        expected = dpath.get(tree, path, separator=".")
    except KeyError:
        with pytest.raises(KeyError):
            faster_dvc._get(tree, path, ".")
    else:
        assert faster_dvc._get(tree, path, ".") == expected


def test_a_stage_gets_the_record_that_dvc_gives_it(tmp_path: Path) -> None:
    stages = "stages:\n  a:\n    cmd: cp params.yaml out\n    params: [x, y]\n    outs: [out]\n"
    (tmp_path / "dvc.yaml").write_text(stages)
    (tmp_path / "params.yaml").write_text("x: 1e-3\ny:\n")
    assert run(tmp_path, "dvc", "init", "--no-scm", "--quiet").returncode == 0
    locks = []
    for program in (["dvc"], ["python", "-m", "hourglass.pipeline.faster_dvc"]):
        assert run(tmp_path, *program, "repro", "--force", "--quiet").returncode == 0
        faster_dvc.fold_lines(tmp_path / "dvc.lock")
        locks.append((tmp_path / "dvc.lock").read_text())
    assert locks[0] == locks[1]
