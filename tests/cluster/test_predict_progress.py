"""What an interrupted `predict --ray` leaves on disk, and what is taken of it; without Ray."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from hourglass.cluster import predict as predict_ray
from hourglass.cluster import predict_progress, runtime
from hourglass.cluster.predict_progress import Progress, decode, encode
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.params import Common
from hourglass.data.imageset import ImageSet
from hourglass.prediction.outputs import Row
from hourglass.prediction.predict import Request, predict
from hourglass.prediction.scoring import Batch, Prediction, Unreadable
from tests.cluster.predict_photos import MODEL, Photos, make

THRESHOLD = 0.25
NAMES = [f"{number}.png" for number in range(10)]


@pytest.fixture
def progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Progress:
    """Of ten files in batches of three, two batches of which have rows."""
    monkeypatch.setattr(predict_progress, "BATCH", 3)
    found = Progress(tmp_path)
    found.list([NAMES])
    for start in (0, 3):
        found.add(encode(rows(NAMES[start : start + 3])))
    return found


def rows(names: Sequence[str]) -> list[Row]:
    return [Prediction(name, THRESHOLD, 1 / (3 + number), 0.1) for number, name in enumerate(names)]


def kept(progress: Progress) -> list[str]:
    return [row.file for batch in progress.kept(THRESHOLD) for row in batch]


def test_rows_come_back_bit_by_bit() -> None:
    odd = os.fsdecode(b"no\xff utf-8\n.png")
    batch: list[Row] = [Prediction(odd, THRESHOLD, 0.1 + 0.2, 1 / 3), Unreadable("a.png", "not an image")]
    assert decode(encode(batch), THRESHOLD) == batch
    assert encode(batch).count(b"\n") == 1


def test_batches_are_the_same_however_names_arrive(progress: Progress) -> None:
    before = progress.names.read_bytes()
    assert [len(json.loads(line)) for line in before.splitlines()] == [3, 3, 3, 1]
    progress.list([NAMES[:1], NAMES[1:5], [], NAMES[5:]])
    assert progress.names.read_bytes() == before


def test_what_is_scored_is_kept(progress: Progress) -> None:
    assert kept(progress) == NAMES[:6]
    assert not progress.is_complete
    assert progress.names.read_bytes()[progress.listed :].splitlines()[0] == json.dumps(NAMES[6:9]).encode()
    progress.add(encode(rows(NAMES[6:9])))
    progress.add(encode(rows(NAMES[9:])))
    assert kept(progress) == NAMES
    assert progress.is_complete


def test_half_a_line_is_removed(progress: Progress) -> None:
    whole = progress.rows.read_bytes()
    progress.rows.write_bytes(whole[:-5])
    assert kept(progress) == NAMES[:3]
    assert progress.rows.read_bytes() == whole.splitlines(keepends=True)[0]


@pytest.mark.parametrize("now", [["new.png", *NAMES], [*NAMES[:4], *NAMES[5:]], NAMES[:5]])
def test_rows_behind_a_changed_name_are_removed(progress: Progress, now: list[str]) -> None:
    progress.list([now])
    same = 0 if now[0] == "new.png" else 3
    assert kept(progress) == NAMES[:same]
    assert progress.rows.read_bytes().count(b"\n") == same // 3


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    progress = Progress(tmp_path)
    progress.rows.symlink_to("/dev/full")
    with pytest.raises(HourglassError, match=r"^cannot write .*rows\.jsonl: No space left on device; the same command"):
        progress.add(b"[]\n")


def test_rows_of_other_code_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(runtime, "PACKAGE", tmp_path / "package")
    code, request = tmp_path / "package/detection/knn.py", Request(["photos"], tmp_path, MODEL)
    code.parent.mkdir(parents=True)

    def call(text: str) -> list[str]:
        """Go on with what is kept, score what is left, and be interrupted."""
        code.write_text(text)
        with suppress(KeyboardInterrupt), predict_ray.kept(b"detector", request, Common(seed=1, threads=1)) as progress:
            progress.list([NAMES])
            found = kept(progress)
            if not found:
                progress.add(encode(rows(NAMES)))
            raise KeyboardInterrupt
        return found

    assert call("K = 5") == []
    assert call("K = 5") == NAMES
    assert call("K = 6") == []


@pytest.fixture
def photos(tmp_path: Path, digits: ImageSet, monkeypatch: pytest.MonkeyPatch) -> Photos:
    """A repository, which is the working directory."""
    monkeypatch.chdir(tmp_path)
    return make(tmp_path, digits, 3)


def score(photos: Photos, failure: BaseException | None = None) -> int:
    """Score two files elsewhere, where it then may fail."""

    @contextmanager
    def elsewhere(*_: object) -> Iterator[Iterator[Batch]]:
        yield batches()

    def batches() -> Iterator[Batch]:
        for name in photos.names[:2]:
            yield Batch([Prediction(name, THRESHOLD, 0.5, 0.5)], None)
        if failure:
            raise failure
        assert not (photos.root / "new.csv").exists()

    request = Request(["photos"], photos.root, MODEL, csv=Path("new.csv"), json=Path("new.json"))
    return predict(request, elsewhere)


def test_files_appear_when_they_are_whole(photos: Photos) -> None:
    assert score(photos) == 0
    assert (photos.root / "new.csv").read_text().count("\n") == 3
    assert len(json.loads((photos.root / "new.json").read_text())["images"]) == 2


def test_an_interrupted_call_writes_no_file(photos: Photos, capsys: pytest.CaptureFixture[str]) -> None:
    assert score(photos, KeyboardInterrupt()) == 130
    assert capsys.readouterr().err == "error: interrupted; 2 images were scored before; the same command goes on\n"
    assert not list(photos.root.glob("*new*"))


def test_maps_are_refused(photos: Photos) -> None:
    request = Request(["photos"], photos.root, MODEL, maps=Path("maps"))
    with pytest.raises(SettingsError, match=r"^--maps draws on one machine; leave out --ray, or --maps$"):
        predict(request, lambda *_: pytest.fail("was called"))
