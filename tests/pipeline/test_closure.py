"""DVC does not follow imports: whatever a stage imports must be among its deps, or it goes stale in silence."""

import ast
from pathlib import Path

import pytest
from imports import imported
from repository import ROOT, Stage, expand

SOURCE = ROOT / "src"
STAGES = expand(ROOT)


def closure(stage: Stage) -> set[Path]:
    """Everything the stage's process may import: its entry point, the stage's file, and the variant it names."""
    waiting = [SOURCE / "hourglass/core/stage.py", SOURCE / f"hourglass/stages/{stage.name}.py"]
    seen: set[Path] = set()
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        waiting += imported(file)
        if file.name == "build.py":
            # The one import that no parser sees: the variant's file, by its name in params.yaml.
            every = [path for path in (SOURCE / "hourglass/variants").glob("*.py") if path.name != "__init__.py"]
            waiting += [SOURCE / f"hourglass/variants/{stage.module}.py"] if stage.module else every
    return seen


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: f"{stage.name}@{stage.key}".rstrip("@"))
def test_imports_lie_within_the_stage_s_deps(stage: Stage) -> None:
    deps = [ROOT / dep for dep in stage.deps]
    missing = [
        str(file.relative_to(ROOT))
        for file in closure(stage)
        if not any(file == dep or dep in file.parents for dep in deps)
    ]
    assert missing == []


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: f"{stage.name}@{stage.key}".rstrip("@"))
def test_deps_exist_or_are_made_by_a_stage(stage: Stage) -> None:
    made = {out for other in STAGES for out in other.outs}
    for dep in stage.deps:
        if dep.startswith(("src/", "benchmarks/")):
            assert (ROOT / dep).exists(), dep
        else:
            assert any(out == dep or out.startswith(f"{dep}/") for out in made), dep


def test_init_files_are_empty() -> None:
    """Python runs them, so anything in them would be a dependency that the guard above does not see."""
    assert [str(file) for file in SOURCE.rglob("__init__.py") if file.read_text().strip()] == []


ALLOWED = {
    "core": set[str](),
    "data": {"core"},
    "models": {"core"},
    "variants": {"core", "models"},
    "training": {"core", "models"},
    "evaluation": {"core"},
    "detectors": {"core", "models", "evaluation"},
    "reporting": {"core"},
    "experiments": {"core", "data", "models", "training", "evaluation", "inference.py"},
    "tracking": {"core", "detectors"},
    "pipeline": {"core", "data", "models", "training", "evaluation", "detectors", "experiments"},
    "stages": {
        "core",
        "data",
        "models",
        "training",
        "evaluation",
        "detectors",
        "experiments",
        "reporting",
        "tracking",
        "inference.py",
    },
}


@pytest.mark.parametrize("folder", ALLOWED)
def test_imports_point_one_way(folder: str) -> None:
    for file in (SOURCE / "hourglass" / folder).rglob("*.py"):
        used = {path.relative_to(SOURCE / "hourglass").parts[0] for path in imported(file)} - {folder}
        assert used <= ALLOWED[folder], f"{file.name} imports {used - ALLOWED[folder]}"


def test_no_variant_imports_another_and_nothing_imports_a_stage() -> None:
    for file in SOURCE.rglob("*.py"):
        folders = {path.parent.name for path in imported(file)}
        assert "variants" not in folders, file
        assert "stages" not in folders or file.name == "cli.py", file


def test_only_tracking_imports_mlflow() -> None:
    for file in SOURCE.rglob("*.py"):
        if "tracking" not in file.parts:
            assert "mlflow" not in {
                name.split(".")[0]
                for node in ast.walk(ast.parse(file.read_text()))
                for name in (
                    [alias.name for alias in node.names]
                    if isinstance(node, ast.Import)
                    else [node.module or ""]
                    if isinstance(node, ast.ImportFrom)
                    else []
                )
            }, file


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: f"{stage.name}@{stage.key}".rstrip("@"))
def test_params_that_a_stage_reads_are_declared(stage: Stage) -> None:
    """Every section that the stage's file asks for by name stands under `params:`."""
    declared = {param.split(".")[0] for param in stage.params}
    tree = ast.parse((SOURCE / f"hourglass/stages/{stage.name}.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("params."):
            reader = ast.unparse(node.func).removeprefix("params.")
            if reader == "section":
                assert ast.literal_eval(node.args[0]) in declared
            elif reader in ("variant", "common"):
                assert {"variant": "variants", "common": "seed"}[reader] in declared
            elif reader == "read":
                assert "variants" in declared
