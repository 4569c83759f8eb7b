"""Two Ray nodes on loopback, and a stub pipeline to rebuild on them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
from repository import commit, copy_repository, run

HERE = Path(__file__).parent
STUB = HERE.parent / "pipeline/stub_stage.py"
WITHOUT_RAY = pytest.mark.skipif(not find_spec("ray"), reason="needs the extra hourglass[ray]")


@dataclass(frozen=True)
class TwoNodes:
    """A cluster: its address, (id, raylet's process) of each node, and the folder that nodes work in."""

    address: str
    nodes: list[tuple[str, int]]
    work: Path

    def is_busy(self, number: int) -> bool:
        """Whether a stage is at work on a node."""
        folder = self.work / f"hourglass-{os.getuid()}" / self.nodes[number][0]
        return any(path.name != "cache" for path in folder.glob("*"))

    def kill(self, number: int) -> None:
        """Kill a node's raylet once a stage is at work there."""
        deadline = time.monotonic() + 120
        while not self.is_busy(number):
            assert time.monotonic() < deadline, "no stage ran on the node"
            time.sleep(0.05)
        os.kill(self.nodes[number][1], signal.SIGKILL)


@pytest.fixture
def two_nodes(tmp_path: Path) -> Iterator[TwoNodes]:
    """Two nodes with a core each, that work in folders of their own."""
    work = tmp_path / "nodes"
    work.mkdir()
    with subprocess.Popen(
        [sys.executable, str(HERE / "two_nodes.py")],
        env=os.environ | {"TMPDIR": str(work), "RAY_TMPDIR": "/tmp"},  # noqa: S108  # a socket's path has to be short
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout
        line = next((line for line in process.stdout if line.startswith("{")), None)
        assert line, "the cluster did not start"
        found = json.loads(line)
        yield TwoNodes(found["address"], [(name, pid) for name, pid in found["nodes"]], work)
        assert process.stdin
        process.stdin.close()


def stub_repository(folder: Path, params: str, remote: Path) -> Path:
    """A committed repository whose stages are stubs, with a remote."""
    copy_repository(folder)
    (folder / "params.yaml").write_text(params)
    shutil.copy(STUB, folder / "src/hourglass/core/stage.py")
    (folder / "README.md").write_text("# Hourglass\n")
    assert run(folder, "dvc", "remote", "add", "--quiet", "--default", "store", str(remote)).returncode == 0
    commit(folder)
    return folder
