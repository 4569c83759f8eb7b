"""What a node does with a stage: make a clone, run node.py in it, and send back what it is asked for.

Ray sends these functions themselves to the nodes, where the project is not installed. So they use nothing but Python's
library; everything else is the clone's own code.
"""

import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PROGRAM = "hourglass.cluster.node"
SETTINGS = ".dvc/config.local"


def run(
    tree: bytes, files: Mapping[str, bytes], arguments: Sequence[str], returned: Sequence[str]
) -> tuple[int, bytes, dict[str, bytes]]:
    """Run node.py with `arguments` in a fresh clone, which is then removed.

    Args:
        tree: the files of the commit, a tar archive.
        files: path -> content of further files.
        returned: the files to send back.

    Returns:
        exit status, what was printed, path -> content of those of `returned` that there are.
    """
    place = home()
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as name:
        clone = Path(name)
        with tarfile.open(fileobj=io.BytesIO(tree)) as archive:
            archive.extractall(clone, filter="data")
        for path, content in files.items():
            (clone / path).parent.mkdir(parents=True, exist_ok=True)
            (clone / path).write_bytes(content)
        with (clone / SETTINGS).open("a", encoding="utf-8") as settings:
            settings.write(f'[cache]\n    dir = "{place / "cache"}"\n')
        status, log = _start(clone, arguments)
        return status, log, {path: (clone / path).read_bytes() for path in returned if (clone / path).is_file()}


def describe(packages: Sequence[str], instructions: Sequence[str]) -> dict[str, str]:
    """Versions of `packages` here, and which of some `vector instructions` the processor has, as the kernel says."""
    found = {name: _version(name) for name in packages}
    try:
        words = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    except OSError:
        words = []
    return found | {"vector instructions": " ".join(name for name in instructions if name in words)}


def home() -> Path:
    """Where this node keeps clones and what it fetched, until the rebuild ends.

    Two nodes may share a machine, and two rebuilds a node.
    """
    import ray

    here = ray.get_runtime_context()
    return Path(tempfile.gettempdir()) / f"hourglass-{os.getuid()}" / f"{here.get_node_id()}-{here.get_job_id()}"


def clear() -> None:
    """Remove what this node keeps of this rebuild."""
    shutil.rmtree(home(), ignore_errors=True)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _start(clone: Path, arguments: Sequence[str]) -> tuple[int, bytes]:
    """Run node.py; return its exit status and what it printed."""
    program = [sys.executable, "-m", PROGRAM, *arguments]
    own = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONPATH": str(clone / "src"),
        "DVC_SITE_CACHE_DIR": str(clone / ".dvc/tmp/site"),
        "DVC_NO_ANALYTICS": "1",
    }
    file = clone / ".dvc/tmp/node.log"
    file.parent.mkdir(parents=True, exist_ok=True)
    # The pipe ends when this process does, killed or not; node.py then ends too.
    with (
        file.open("wb") as log,
        subprocess.Popen(
            program,
            cwd=clone,
            env=os.environ | own,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        status = process.wait()
    return status, file.read_bytes()
