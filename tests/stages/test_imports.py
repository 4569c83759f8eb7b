"""Importing a stage imports the slow packages that it works with, and no others."""

import subprocess
import sys

import pytest

SLOW = {"matplotlib", "mlflow", "numpy", "pandas", "scipy", "skimage", "sklearn", "torch", "torchvision"}
# scikit-learn imports SciPy and pandas whole, and mlflow imports them too.
LEARN = {"numpy", "pandas", "scipy", "sklearn"}

# Modules, imported together where they need the same -> all that these may bring in.
ALLOWED: list[tuple[str, set[str]]] = [
    ("cli pipeline.rebuild pipeline.gate stages.download stages.bottleneck stages.accept stages.claims", set()),
    ("stages.prepare", {"numpy"}),
    ("stages.train stages.train_normal", {"numpy", "torch"}),
    ("stages.controls", LEARN),
    (
        "stages.reference_classifier stages.evaluate stages.detect stages.sweep stages.experiment",
        LEARN | {"skimage", "torch"},
    ),
    ("stages.report", {"numpy", "pandas", "matplotlib"}),
    ("stages.publish", {"numpy", "pandas", "scipy", "mlflow"}),
]


@pytest.mark.parametrize(("modules", "allowed"), ALLOWED, ids=[row[0] for row in ALLOWED])
def test_stage_imports_only_the_slow_packages_it_needs(modules: str, allowed: set[str]) -> None:
    names = ", ".join(f"hourglass.{module}" for module in modules.split())
    done = subprocess.run(
        [sys.executable, "-c", f"import {names}, sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    assert SLOW & set(done.stdout.split()) <= allowed
