"""What a file of the project imports of the project, as a parser sees it."""

import ast
from functools import cache
from pathlib import Path

from repository import ROOT

FOLDERS = {"hourglass": ROOT / "src", "benchmarks": ROOT}


@cache
def imported(file: Path) -> set[Path]:
    """The project's files that `file` imports, anywhere in it, with the packages they lie in."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module, f"{file}: this test does not see relative imports"
            assert node.level == 0, f"{file}: this test does not see relative imports"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {path for name in names for path in files_of(name)}


def files_of(module: str) -> set[Path]:
    """The file of `hourglass.a.b`, if there is one. Empty __init__.py files cannot change what a stage does."""
    parts = module.split(".")
    if parts[0] not in FOLDERS:
        return set()
    file = FOLDERS[parts[0]].joinpath(*parts).with_suffix(".py")
    return {file} if file.exists() else set()
