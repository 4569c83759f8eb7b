from collections.abc import Callable
from pathlib import Path

import pytest

from hourglass.core.params import PARAMS


@pytest.fixture
def write_params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Make an empty folder the working directory; what this returns writes its params.yaml."""
    monkeypatch.chdir(tmp_path)

    def write(text: str) -> None:
        PARAMS.write_text(text, encoding="utf-8")

    return write
