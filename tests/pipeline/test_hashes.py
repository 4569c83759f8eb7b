"""Damage that DVC does not see: it trusts times and sizes, and its cache. Here with a real cache."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from repository import run

from hourglass.pipeline import hashes

PIPELINE = """stages:
  train:
    cmd: mkdir -p models/two && echo weights > models/all && echo a > models/two/a && echo b > models/two/b
    outs: [models/all, models/two]
  measure:
    cmd: echo '{"mse":1}' > metrics.json
    metrics: [metrics.json: {cache: false}]
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    (folder / "dvc.yaml").write_text(PIPELINE)
    for command in (["init", "-q", "--no-scm"], ["config", "core.analytics", "false"], ["repro", "-q"]):
        done = run(folder, "dvc", *command)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(autouse=True)
def repository(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(built, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")


def flip(file: Path) -> None:
    """Change a byte, as a bad disk does: neither size nor time tell."""
    before = file.stat()
    file.chmod(0o644)
    content = bytearray(file.read_bytes())
    content[0] ^= 1
    file.write_bytes(content)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def cut(file: Path) -> None:
    file.chmod(0o644)
    os.truncate(file, 3)


def cached(name: str) -> Path:
    """The file in DVC's cache whose content is `name` and a line break."""
    return next(file for file in Path(".dvc/cache/files").rglob("*") if file.is_file() and file.read_text() == name)


def test_what_stages_wrote_is_whole() -> None:
    assert hashes.damaged({}) == []


@pytest.mark.parametrize("file", ["models/all", "models/two/b", "metrics.json"])
def test_a_changed_byte_under_an_unchanged_time_is_named(file: str) -> None:
    flip(Path(file))
    (line,) = hashes.damaged({})
    assert line.startswith(
        f"damaged: {file} is not what stage {'measure' if 'json' in file else 'train'} wrote; delete "
    )


def test_a_whole_cache_file_is_the_way_back() -> None:
    flip(Path("models/two/b"))
    assert hashes.damaged({})[0].endswith("delete models/two, then run `dvc checkout models/two`")


@pytest.mark.parametrize(
    ("out", "content", "damage"),
    [
        ("models/all", "weights\n", flip),
        ("models/all", "weights\n", cut),
        ("models/two", "b\n", flip),
    ],
    ids=["flipped", "cut", "in a folder"],
)
def test_a_damaged_cache_file_that_dvc_restores_is_named(
    out: str, content: str, damage: Callable[[Path], object]
) -> None:
    file = cached(content)
    damage(file)
    shutil.rmtree(out) if Path(out).is_dir() else Path(out).unlink()
    assert run(Path(), "dvc", "checkout", out).returncode == 0
    (line,) = hashes.damaged({})
    assert line.startswith(f"damaged: {out}")
    assert line.endswith(f"delete {out} and {file.resolve()}, then run `make`")


@pytest.mark.parametrize("change", ["added", "removed"])
def test_a_file_too_many_or_too_few_is_named(change: str) -> None:
    if change == "added":
        Path("models/two/c").touch()
    else:
        Path("models/two/a").unlink()
    assert hashes.damaged({})[0].startswith(f"damaged: models/two/{'c' if change == 'added' else 'a'} is not what")


def test_what_is_missing_is_not_damaged() -> None:
    shutil.rmtree("models")
    assert hashes.damaged({}) == []
    hashes.LOCK.unlink()
    assert hashes.damaged({}) == []


def test_what_dvc_says_is_modified_is_not_repeated() -> None:
    Path("models/all").chmod(0o644)
    Path("models/all").write_text("other")
    assert hashes.damaged({"train": ["models/all"]}) == []


def test_files_of_editors_do_not_count() -> None:
    Path("models/two/.b.swp").touch()
    assert hashes.damaged({}) == []
