"""Copies of the repository to run the pipeline in, and the stages that dvc.yaml expands to."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
# Also what git has of the folders of results, which a clone has before anything ran.
COPIED = (
    *("dvc.yaml", "params.yaml", ".dvcignore", ".gitignore", "src", ".dvc/plots", "docs/claims.yaml"),
    *("benchmarks/results/detection.json", "benchmarks/results/spread.json", "benchmarks/results/speed/rebuild.json"),
    *("data/.gitignore", "data/README.md", "models/README.md", "reports/README.md"),
)
# Settings of params.yaml for digits and short training, up to `variants`, which a test adds with what follows.
SMALL = """
seed: 3
threads: 1
instruction_set: native
device: cpu
data: {name: digits, images: null, normal_class: 0}
train: {epochs: 2, batch_size: 64}
train_normal: {epochs: 3, batch_size: 32}
reference_classifier: {epochs: 1, batch_size: 64}
likelihood: {k: 2}
sweep:
  latent_dims: [2]
  images: 200
  train: {epochs: 1}
  train_normal: {epochs: 1}
  variants: {pca: {module: pca}}
experiments: {}
detect: {false_positive_rate: 0.1, candidates: [pixel], scorers: [pixel]}
"""


@dataclass(frozen=True)
class Stage:
    """One expanded stage of dvc.yaml: `train@vae` has name train, key vae, module vae."""

    name: str
    key: str
    module: str
    deps: list[str]
    params: list[str]
    outs: list[str]


def expand(folder: Path) -> list[Stage]:
    """The stages of `folder`/dvc.yaml, with `foreach` and its templates filled in."""
    yaml = YAML(typ="safe")
    stages = yaml.load((folder / "dvc.yaml").read_text())["stages"]
    params = yaml.load((folder / "params.yaml").read_text())
    found = []
    for name, content in stages.items():
        over = {
            "${variants}": params["variants"],
            "${sweep.variants}": params["sweep"]["variants"],
            "${experiments}": params["experiments"],
        }
        pairs = over[content["foreach"]].items() if "foreach" in content else [("", {"module": ""})]
        for key, settings in pairs:
            body = content.get("do", content)

            def fill(entries: list[Any], key: str = key, module: str = settings["module"]) -> list[str]:
                names = [next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries]
                return [name.replace("${key}", key).replace("${item.module}", module) for name in names]

            outs = [entry for part in ("outs", "metrics", "plots") for entry in body.get(part, [])]
            found.append(
                Stage(name, key, settings["module"], fill(body["deps"]), fill(body.get("params", [])), fill(outs))
            )
    return found


def environment() -> dict[str, str]:
    """No site-wide DVC or MLflow settings, and this interpreter's programs first on PATH."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DVC", "MLFLOW", "GIT_"))}
    return kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)


def copy_repository(target: Path) -> Path:
    """A git and DVC repository of its own, with this one's pipeline and code."""
    target.mkdir(parents=True)
    for command in (["git", "init", "-q"], ["dvc", "init", "-q"], ["dvc", "config", "core.analytics", "false"]):
        assert run(target, *command).returncode == 0
    for name in COPIED:
        source = ROOT / name
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target / name)
    return target


def commit(folder: Path) -> None:
    """Commit everything, as somebody."""
    run(folder, "git", "add", "-A")
    assert run(folder, "git", "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "all").returncode == 0


def clone(folder: Path, target: Path) -> Path:
    """A fresh clone of what was committed in `folder`, which has nothing of what only DVC tracks."""
    assert run(folder, "git", "clone", "-q", str(folder), str(target)).returncode == 0
    return target
