import json
from pathlib import Path

import pytest

from hourglass.core import layout
from hourglass.pipeline import timing
from hourglass.pipeline.progress import Progress

NONSENSE = ["", "[]", "null", "5", "{}", '{"seconds": null}', '{"seconds": "NaN"}', '{"seconds": NaN}', "[" * 9999]
NONSENSE += ['{"seconds": -1}', '{"seconds": 1e999}', '{"seconds": [1]}', '{"seconds": 1e300}', "\0"]


@pytest.mark.parametrize("text", NONSENSE, ids=range(len(NONSENSE)))
@pytest.mark.parametrize("where", [layout.timing("train@vae"), layout.REBUILD_BENCHMARK], ids=["note", "benchmark"])
def test_a_note_that_holds_nonsense_is_as_good_as_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, where: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    where.parent.mkdir(parents=True)
    where.write_text(json.dumps({"stages": {"train@vae": 0}}).replace("0", text) if "benchmark" in str(where) else text)
    assert timing.known_seconds("train@vae") is None
    with Progress(["train@vae", "train@pca"], 2) as progress:
        assert progress.seconds_left() > 0
        assert progress.summary()


def test_a_folder_in_the_place_of_a_note_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    layout.timing("train@vae").mkdir(parents=True)
    assert timing.last_seconds("train@vae") is None
