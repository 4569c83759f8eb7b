"""DVC does not follow imports: whatever a stage imports must be among its deps, or it goes stale unnoticed."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from imports import imported
from repository import ROOT, Stage, expand

from hourglass.core.params import Common

SOURCE = ROOT / "src"
PACKAGE = SOURCE / "hourglass"
STAGES = expand(ROOT)
each_stage = pytest.mark.parametrize("stage", STAGES, ids=lambda stage: f"{stage.name}@{stage.key}".rstrip("@"))

# Imports that no parser sees: by the names of files in a folder.
BY_NAME = {
    "models/build.py": "variants",
    "evaluation/run.py": "evaluation/measures",
    "detection/scorer.py": "detection/scorers",
    "experiments/common/run.py": "experiments",
}


def closure(stage: Stage) -> set[Path]:
    """Everything the stage's process may import: its entry point, the stage's file, and the variant it names."""
    waiting = [PACKAGE / "core/stage.py", PACKAGE / f"stages/{stage.name}.py"]
    seen: set[Path] = set()
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        waiting += imported(file)
        folder = BY_NAME.get(str(file.relative_to(PACKAGE)) if file.is_relative_to(PACKAGE) else "")
        if folder == "variants" and stage.module:
            waiting.append(PACKAGE / f"variants/{stage.module}.py")
        elif folder == "experiments":
            waiting.append(PACKAGE / f"experiments/{stage.key}.py")
        elif folder:
            waiting += (PACKAGE / folder).glob("[!_.]*.py")
    return seen


@each_stage
def test_imports_lie_within_deps(stage: Stage) -> None:
    deps = [ROOT / dep for dep in stage.deps]
    missing = [
        str(file.relative_to(ROOT))
        for file in closure(stage)
        if not any(file == dep or dep in file.parents for dep in deps)
    ]
    assert missing == []


@each_stage
def test_deps_exist_or_are_made_by_a_stage(stage: Stage) -> None:
    made = {out for other in STAGES for out in other.outs}
    for dep in stage.deps:
        if dep.startswith(("src/", "benchmarks/", "docs/")):
            assert (ROOT / dep).exists(), dep
        else:
            assert any(out == dep or out.startswith(f"{dep}/") for out in made), dep


# Their networks compute on the CPU, whatever `device` says, so that a page and a verdict do not depend on it.
ON_THE_CPU = {"experiment", "live"}


@pytest.mark.parametrize("name", sorted({stage.name for stage in STAGES}))
def test_stage_reads_the_params_it_declares(name: str) -> None:
    """Each section in the `Params` of the stage's file, or in `Common`, stands under `params:`, and no other does."""
    declared = {param.split(".")[0] for stage in STAGES if stage.name == name for param in stage.params}
    schema = getattr(import_module(f"hourglass.stages.{name}"), "Params", Common)
    assert set(schema.model_fields) - ({"device"} if name in ON_THE_CPU else set()) == declared


def test_nothing_below_a_stage_reads_params() -> None:
    reading = re.compile(r"params\.(read|content)\(|from hourglass\.core\.params import .*\b(read|content)\b")
    above = ("cluster", "core", "export", "pipeline", "prediction", "stages")
    below = [file for file in PACKAGE.rglob("*.py") if file.relative_to(PACKAGE).parts[0] not in above]
    assert [str(file) for file in below if reading.search(file.read_text())] == []


def test_imports_by_name_are_known() -> None:
    found = {
        str(file.relative_to(PACKAGE))
        for file in PACKAGE.rglob("*.py")
        if re.search(r'import_module\(f?"hourglass\.', file.read_text())
    }
    assert found == {"core/stage.py", "core/registry.py"}
    looking = {str(file.relative_to(PACKAGE)) for file in PACKAGE.rglob("*.py") if "registry.find(" in file.read_text()}
    loading = {str(file.relative_to(PACKAGE)) for file in PACKAGE.rglob("*.py") if "registry.load(" in file.read_text()}
    assert looking | loading == set(BY_NAME)


def test_init_files_are_empty() -> None:
    """Python runs them, so anything in them would be a dependency that the guard above does not see."""
    assert [str(file) for file in SOURCE.rglob("__init__.py") if file.read_text().strip()] == []
