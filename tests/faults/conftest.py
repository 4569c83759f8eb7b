"""The small repositories of the tests of stages and of publishing, to damage, and a small disk to fill."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stages.conftest import repository, splits
from tests.tracking.conftest import empty_database, template

__all__ = ["disk", "empty_database", "repository", "splits", "template"]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """The folder of a file system of 32 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if not mount:
        pytest.skip("there is no `mount` to make a small disk with")
    done = subprocess.run([mount, "-t", "tmpfs", "-o", "size=32m", "tmpfs", folder], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)
