import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from hourglass.core import layout, stage
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.files import read_json

Define = Callable[[Callable[..., None]], None]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A copy of the environment, so that what a stage sets in it stays within the test."""
    copy = dict(os.environ)
    monkeypatch.setattr(os, "environ", copy)
    return copy


@pytest.fixture
def define(write_params: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> Define:
    """Give the stage `made_up` its main()."""
    write_params("seed: 1\nthreads: 3")

    def define(main: Callable[..., None]) -> None:
        module = ModuleType("hourglass.stages.made_up")
        vars(module)["main"] = main
        monkeypatch.setitem(sys.modules, module.__name__, module)

    return define


def fails_with(error: BaseException) -> Callable[..., None]:
    def main() -> None:
        raise error

    return main


def content_of(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_stage_gets_its_arguments_and_its_time_is_noted(define: Define) -> None:
    seen: list[str] = []

    def main(*arguments: str) -> None:
        seen.extend(arguments)
        time.sleep(0.2)

    define(main)
    assert stage.main("made_up", "vae", "twice") == 0
    assert seen == ["vae", "twice"]
    took = read_json(layout.timing("made_up@vae@twice"))
    assert 0 <= took["import_seconds"] <= took["seconds"] - 0.199 < 60
    assert 10**7 < took["peak_memory_bytes"] < 10**11


def test_threads_are_fixed_before_the_stage_starts(define: Define, environment: dict[str, str]) -> None:
    environment.update(OMP_NUM_THREADS="8", MLFLOW_HTTP_REQUEST_TIMEOUT="99")
    for name in ("MLFLOW_DISABLE_TELEMETRY", "CUBLAS_WORKSPACE_CONFIG"):
        environment.pop(name, None)
    seen: dict[str, str] = {}
    define(lambda: seen.update(os.environ))
    assert stage.main("made_up") == 0
    assert {seen[f"{library}_NUM_THREADS"] for library in ("OMP", "OPENBLAS", "MKL")} == {"3"}
    assert seen["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert seen["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8", "cuBLAS documents it for results that repeat"
    assert seen["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "99", "what the user has set stands"


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (SettingsError("params.yaml: seed: missing"), 2, "error: params.yaml: seed: missing\n"),
        (HourglassError("no source worked"), 1, "error: no source worked\n"),
        (PermissionError(13, "Permission denied", "models"), 1, "error: [Errno 13] Permission denied: 'models'\n"),
        (KeyboardInterrupt(), 130, "error: interrupted; no half-written file was kept\n"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_an_expected_failure_is_one_line_and_a_status(
    define: Define, capsys: pytest.CaptureFixture[str], error: BaseException, status: int, line: str
) -> None:
    define(fails_with(error))
    assert stage.main("made_up") == status
    assert capsys.readouterr() == ("", line)
    assert not Path("reports").exists()


def test_a_bug_keeps_its_traceback(define: Define) -> None:
    define(fails_with(TypeError("a bug")))
    with pytest.raises(TypeError, match="a bug"):
        stage.main("made_up")


@pytest.mark.parametrize(
    "text",
    [
        "seed: 1\nthreads: 1\ndata: {name: digits, folde: here}",
        "seed: 1\nthreads: 1\ndata: {name: digit}",
        "seed: 1\nthreads: many\ndata: {name: digits}",
        "seed: 1\nseed: 1",
    ],
    ids=["unknown", "value", "common", "duplicate"],
)
def test_a_settings_error_touches_no_output(
    write_params: Callable[[str], None], tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    write_params(text)
    layout.RAW.mkdir(parents=True)
    (layout.RAW / "digits.csv").write_text("earlier")
    before = content_of(tmp_path)
    assert stage.main("download") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: params.yaml")
    assert err.count("\n") == 1
    assert content_of(tmp_path) == before


def test_the_process_exits_with_the_status(write_params: Callable[[str], None], root: Path) -> None:
    write_params("seed: 1\nthreads: 1\ndata: {nmae: digits, name: digits}")
    done = subprocess.run(
        [sys.executable, "-m", "hourglass.core.stage", "download"],
        env={"PYTHONPATH": str(root / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == "error: params.yaml: data.nmae: unknown setting; did you mean name?\n"


PIPELINE = """stages:
  made_up:
    foreach: ${variants}
    do:
      cmd: unused
      deps: [src/core, data, "src/variants/${item.module}.py"]
      params: [seed, "variants.${key}", data.name]
      outs: ["models/${key}.bin", {"reports/${key}": {cache: false}}]
"""
SETTINGS = "seed: 1\nthreads: 1\ndata: {name: digits, folder: x}\nvariants: {vae: {module: vae, size: 8}}\n"


@pytest.fixture
def declare(define: Define, write_params: Callable[[str], None]) -> Define:
    """Like `define`, of a stage that dvc.yaml declares; it writes its outputs and then does what the test wants."""
    write_params(SETTINGS)
    Path("dvc.yaml").write_text(PIPELINE)
    for name in ("src/core/files.py", "src/variants/vae.py", "src/variants/pca.py", "data/images.npy"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("before")

    def declare(edit: Callable[..., None]) -> None:
        def main(variant: str) -> None:
            for out in (Path(f"models/{variant}.bin"), Path(f"reports/{variant}/a.json")):
                out.parent.mkdir(parents=True, exist_ok=True)
                out.write_text("result")
            edit()

        define(main)

    return declare


def rewrite(name: str, before: str, after: str) -> Callable[[], None]:
    def edit() -> None:
        path = Path(name)
        path.write_text(path.read_text().replace(before, after))

    return edit


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (rewrite("params.yaml", "size: 8", "size: 9"), "params.yaml: variants.vae"),
        (rewrite("params.yaml", "name: digits", "name: mnist"), "params.yaml: data.name"),
        (rewrite("src/variants/vae.py", "before", "AFTER!"), "src/variants/vae.py"),
        (rewrite("data/images.npy", "before", "AFTER!"), "data/images.npy"),
        (lambda: Path("src/core/files.py").unlink(), "src/core/files.py"),
        (lambda: Path("src/core/added.py").touch(), "src/core/added.py"),
    ],
    ids=["setting", "value", "code", "data", "removed", "added"],
)
def test_a_dependency_changed_meanwhile_fails_the_stage(
    declare: Define, capsys: pytest.CaptureFixture[str], edit: Callable[[], None], named: str
) -> None:
    declare(edit)
    assert stage.main("made_up", "vae") == 1
    assert capsys.readouterr().err == (
        f"error: {named} changed while the stage ran, so its results were removed; run it again\n"
    )
    assert not Path("models/vae.bin").exists()
    assert not Path("reports/vae").exists()
    assert not layout.timing("made_up@vae").exists()


def test_settings_that_are_half_written_at_the_end_keep_nothing(declare: Define) -> None:
    declare(rewrite("params.yaml", "variants: {", "variants: {{"))
    assert stage.main("made_up", "vae") == 2
    assert not Path("models/vae.bin").exists()


@pytest.mark.parametrize(
    "edit",
    [
        lambda: None,
        rewrite("params.yaml", "threads: 1", "threads: 2"),
        rewrite("params.yaml", "folder: x", "folder: y"),
        rewrite("params.yaml", "seed: 1", "seed:  1  # a comment"),
        rewrite("src/variants/vae.py", "before", "before"),
        lambda: Path("src/core/__pycache__").mkdir(),
        lambda: Path("src/core/.files.py.swp").touch(),
        lambda: Path("elsewhere.py").touch(),
    ],
    ids=["nothing", "threads", "folder", "comment", "touched", "bytecode", "swap", "elsewhere"],
)
def test_a_stage_keeps_its_results_otherwise(declare: Define, edit: Callable[[], None]) -> None:
    declare(edit)
    assert stage.main("made_up", "vae") == 0
    assert Path("models/vae.bin").exists()


@pytest.mark.parametrize(
    "name", ["pca; touch pwned; true", "..", "a/b", "-rf", "$(touch pwned)", "", "a b", "vae\n", "é", "v" * 65]
)
def test_an_argument_that_is_no_name_starts_nothing(
    define: Define, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    define(lambda _: Path("ran").touch())
    assert stage.main("made_up", name) == 2
    assert capsys.readouterr().err.startswith("error: argument of the stage made_up: ")
    assert not Path("ran").exists()
