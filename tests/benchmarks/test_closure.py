"""The benchmark's stages list what they run on: DVC does not follow imports."""

import ast
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from benchmarks.ours import METHODS
from hourglass.core import params

ROOTS = {"hourglass": Path("src"), "benchmarks": Path()}
STAGES: dict[str, Any] = YAML(typ="safe").load(Path("benchmarks/dvc.yaml"))["stages"]


def imported(file: Path) -> set[Path]:
    """The project's files that `file` imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    found = (ROOTS.get(name.split(".")[0], Path("none")) / f"{name.replace('.', '/')}.py" for name in names)
    return {path for path in found if path.exists()}


def closure(file: Path) -> set[Path]:
    """Everything that running `file` may import; the variants that are measured are imported by their names."""
    seen, waiting = set[Path](), {file}
    while waiting:
        seen |= waiting
        waiting = {path for one in waiting for path in imported(one)} - seen
    if Path("src/hourglass/models/build.py") in seen:
        variants = {variant for method in METHODS.values() for variant in method.variants}
        seen |= {Path(f"src/hourglass/variants/{params.variant(name)['module']}.py") for name in variants}
    return seen


@pytest.mark.parametrize("name", STAGES)
def test_imports_lie_within_the_stage_s_deps(name: str) -> None:
    stage = STAGES[name].get("do", STAGES[name])
    file = Path(stage["cmd"].split(" -m ")[1].split()[0].replace(".", "/")).with_suffix(".py")
    deps = [Path(dep) for dep in stage["deps"]]
    assert not [path for path in closure(file) if not any(path == dep or dep in path.parents for dep in deps)]
    assert all(dep.exists() for dep in deps if dep.parts[0] in ("src", "benchmarks"))
