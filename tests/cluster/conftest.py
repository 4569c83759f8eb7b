"""Two Ray nodes on loopback, and a stub pipeline to rebuild on them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
from repository import commit, copy_repository, run

from hourglass.cluster.connection import LOOPBACK

HERE = Path(__file__).parent
STUB = HERE.parent / "pipeline/stub_stage.py"
WITHOUT_RAY = pytest.mark.skipif(not find_spec("ray"), reason="needs the extra hourglass[ray]; run `make ray`")
# Of a stage that is a stub.
LAST_LINE = "\nmain(*sys.argv[1:])\n"
AT_LENGTH = pytest.mark.skipif("HOURGLASS_CLUSTER" not in os.environ, reason="takes minutes; run `make cluster`")
PARAMS = """seed: 1
threads: 1
instruction_set: native
device: cpu
data: {name: digits, folder: null, images: null, normal_class: 0}
train: {epochs: 8}
train_normal: {epochs: 20}
reference_classifier: {epochs: 2}
likelihood: {k: 5}
sweep:
  latent_dims: [2]
  images: 100
  train: {epochs: 1}
  train_normal: {epochs: 1}
  variants: {pca: {module: pca}}
experiments: {}
detect: {false_positive_rate: 0.05, candidates: [pixel], scorers: [pixel]}
variants:
  pca: {module: pca, latent_dim: 4}
  vae: {module: vae, latent_dim: 4, hidden: [32]}
accept:
  floor: {variant: pca, metric: detect.roc_auc, min: 0.85, tolerance: 0.01}
mlflow: {margin: 0.005}
report: {language: en}
"""
# The shape of dvc.yaml in six stages: some on this machine alone, one per variant, outputs with and without cache.
PIPELINE = """stages:
  download:
    cmd: PYTHONPATH=src python -m hourglass.core.stage download
    deps: [src/hourglass/core]
    outs: [data/raw]
  prepare:
    cmd: PYTHONPATH=src python -m hourglass.core.stage prepare
    deps: [data/raw]
    params: [data.name]
    outs: [data/prepared/train, reports/data.json: {cache: false}]
  train:
    foreach: ${variants}
    do:
      cmd: PYTHONPATH=src python -m hourglass.core.stage train "\\${DVC_STAGE#*@}"
      deps: [data/prepared/train, "src/hourglass/variants/${item.module}.py"]
      params: [seed, "variants.${key}"]
      outs: ["models/${key}/all.safetensors", "reports/metrics/evaluate/${key}.json": {cache: false}]
  accept:
    cmd: PYTHONPATH=src python -m hourglass.core.stage accept
    deps: [reports/metrics]
    outs: [reports/acceptance.json: {cache: false}]
  report:
    cmd: PYTHONPATH=src python -m hourglass.core.stage report
    deps: [models, reports/acceptance.json, reports/data.json]
    outs: [reports/index.html]
  publish:
    cmd: PYTHONPATH=src python -m hourglass.core.stage publish
    deps: [reports/index.html]
"""


@dataclass(frozen=True)
class TwoNodes:
    """A cluster: its address, (id, raylet's process) of each node, the head's first, and the folder that they work in.

    Each node keeps its clones and its cache in a folder of its own there.
    """

    address: str
    nodes: list[tuple[str, int]]
    folder: Path

    @property
    def kept(self) -> list[Path]:
        """What nodes keep."""
        return [*(self.folder / f"hourglass-{os.getuid()}").glob("*")]

    def is_busy(self, number: int) -> bool:
        """Whether a stage is at work on a node."""
        clones = (self.folder / f"hourglass-{os.getuid()}").glob(f"{self.nodes[number][0]}-*/*")
        return any(path.name != "cache" for path in clones)

    def kill(self, number: int) -> None:
        """Kill a node's raylet."""
        os.kill(self.nodes[number][1], signal.SIGKILL)

    def kill_at_work(self, number: int) -> None:
        """Kill a node's raylet once a stage is at work there."""
        deadline = time.monotonic() + 120
        while not self.is_busy(number):
            assert time.monotonic() < deadline, "no stage ran on the node"
            time.sleep(0.05)
        self.kill(number)


@pytest.fixture(scope="session", autouse=True)
def settings_of_ray() -> Iterator[None]:
    """Ray listens on loopback only; what it runs does not yield to everything else on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (LOOPBACK | {"RAY_worker_niceness": "0"}).items():
            patch.setenv(name, value)
        yield


@contextmanager
def started(folder: Path, *memory: int) -> Iterator[TwoNodes]:
    """Two nodes with a core each, that work in `folder`; `memory`: bytes of the head."""
    with subprocess.Popen(
        [sys.executable, str(HERE / "two_nodes.py"), *map(str, memory)],
        env=os.environ | {"TMPDIR": str(folder), "RAY_TMPDIR": "/tmp"},  # noqa: S108  # a socket's path has to be short
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout
        line = next((line for line in process.stdout if line.startswith("{")), None)
        assert line, "the cluster did not start"
        found = json.loads(line)
        yield TwoNodes(found["address"], [(name, pid) for name, pid in found["nodes"]], folder)
        assert process.stdin
        process.stdin.close()


@pytest.fixture(scope="session")
def two_nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoNodes]:
    """Two nodes that all tests share; none of them kills one."""
    with started(tmp_path_factory.mktemp("nodes")) as found:
        yield found


@pytest.fixture
def own_nodes(tmp_path: Path) -> Iterator[TwoNodes]:
    """Two nodes that a test may kill."""
    (tmp_path / "nodes").mkdir()
    with started(tmp_path / "nodes") as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A committed repository with six stages, which are stubs, and a remote."""
    return stub_repository(tmp_path / "here", tmp_path / "store", PIPELINE)


def stub_repository(folder: Path, remote: Path, pipeline: str | None = None) -> Path:
    """Make a committed repository whose stages, of `pipeline` or dvc.yaml, are stubs, with the DVC remote `remote`."""
    copy_repository(folder)
    (folder / "params.yaml").write_text(PARAMS)
    if pipeline:
        (folder / "dvc.yaml").write_text(pipeline)
    shutil.copy(STUB, folder / "src/hourglass/core/stage.py")
    (folder / "README.md").write_text("# Hourglass\n")
    assert run(folder, "dvc", "remote", "add", "--quiet", "--default", "store", str(remote)).returncode == 0
    commit(folder)
    return folder


def before_each_stage(folder: Path, *lines: str) -> None:
    """Let stages, which are stubs, do something before they write."""
    stub = folder / "src/hourglass/core/stage.py"
    text = stub.read_text()
    assert text.endswith(LAST_LINE)
    stub.write_text(text.removesuffix(LAST_LINE) + "\n" + "\n".join(lines) + LAST_LINE)
    commit(folder)


def note_each_stage(folder: Path, notes: Path) -> None:
    """Let stages add a line to `notes`: where they run, and their name."""
    before_each_stage(folder, f"open({str(notes)!r}, 'a').write(f'{{Path.cwd()}} {{\"@\".join(sys.argv[1:])}}\\n')")


def repro(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """Run `hourglass repro` there."""
    return run(folder, "hourglass", "repro", *options)
