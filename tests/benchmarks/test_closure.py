"""The benchmark's stages list the code that they run on: DVC does not follow imports."""

from pathlib import Path
from typing import Any

import pytest
from imports import imported
from repository import ROOT
from ruamel.yaml import YAML

from benchmarks import scorers
from benchmarks.detectors import METHODS
from hourglass.core import params

PACKAGE = ROOT / "src/hourglass"
PIPELINES = ("benchmarks/dvc.yaml", "benchmarks/spread/dvc.yaml")
STAGES: dict[str, Any] = {
    name: stage for file in PIPELINES for name, stage in YAML(typ="safe").load(ROOT / file)["stages"].items()
}


def closure(file: Path) -> set[Path]:
    """Everything that running `file` may import; scorers, and variants that are measured, are imported by name."""
    seen, waiting = set[Path](), {file}
    while waiting:
        seen |= waiting
        waiting = {path for one in waiting for path in imported(one)}
        if PACKAGE / "detection/scorer.py" in seen:
            waiting |= set((PACKAGE / "detection/scorers").glob("[!_.]*.py"))
        waiting -= seen
    if PACKAGE / "models/build.py" in seen:
        measured = {variant for method in METHODS.values() for variant in method.variants}
        names = {scorers.VARIANT} if file == Path(scorers.__file__) else measured
        variants = params.content()["variants"]
        seen |= {PACKAGE / f"variants/{variants[name]['module']}.py" for name in names}
    return seen


@pytest.mark.parametrize("name", STAGES)
def test_imports_lie_within_deps(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    stage = STAGES[name].get("do", STAGES[name])
    file = (ROOT / stage["cmd"].split(" -m ")[1].split()[0].replace(".", "/")).with_suffix(".py")
    deps = [ROOT / dep for dep in stage["deps"]]
    assert not [path for path in closure(file) if not any(path == dep or dep in path.parents for dep in deps)]
    assert all(
        (ROOT / dep).exists()
        for dep in stage["deps"]
        if dep.startswith(("src/", "benchmarks/")) and "results" not in dep
    )
