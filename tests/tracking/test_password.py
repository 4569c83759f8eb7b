"""A tracking server whose address holds a password, as behind a proxy that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hourglass.stages import promote, publish
from tests.tracking.server import serving
from tests.tracking.state import aliases, client


@pytest.fixture
def server(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Serves `database` on loopback; its artifacts lie in the folder that is returned."""
    with serving(database, tmp_path / "served") as (_, port):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://user:pass-word@127.0.0.1:{port}")
        yield tmp_path / "served"


def test_a_password_is_neither_printed_nor_stored(
    server: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish.main()
    assert promote.main(None, dry_run=False) == 0
    assert promote.complaint() is None
    assert aliases()["champion"] == "vanilla"
    version = client().get_model_version_by_alias("hourglass-detector-digits-0", "champion")
    assert list(server.rglob("MLmodel"))
    printed = "".join(capfd.readouterr())
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert str(version.run_id) not in printed
    assert "pass-word" not in printed
    assert [file for file in files if b"pass-word" in file.read_bytes()] == []
