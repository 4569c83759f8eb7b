"""What `hourglass predict` prints, writes and returns."""

import csv
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from hourglass.core.errors import HourglassError
from hourglass.core.params import PARAMS
from hourglass.data.imageset import ImageSet
from hourglass.detection.detector import Detector
from hourglass.prediction import predict as module
from hourglass.prediction import scoring, sources
from hourglass.prediction.pictures import save_maps
from hourglass.prediction.predict import Request, predict
from hourglass.reporting.plots.anomaly_maps import coloured
from tests.prediction.conftest import SHAPE, Parts


@pytest.fixture
def here(parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a link to the test images of the parts, in batches of eight."""
    for number, name in enumerate(parts.names):
        (tmp_path / "photos").mkdir(exist_ok=True)
        (tmp_path / "photos" / f"{number:02}{Path(name).suffix}").symlink_to(parts.folder / name)
    monkeypatch.chdir(tmp_path)
    PARAMS.write_text("device: cpu\n")
    monkeypatch.setattr(sources, "BATCH", 8)
    return tmp_path


def request(parts: Parts, here: Path, *paths: str, **changes: Any) -> Request:
    return Request(paths=paths or ("photos",), start=here, model=str(parts.file), **changes)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_has_the_worst_first(parts: Parts, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert predict(request(parts, here)) == 0
    model, header, *lines, last = capsys.readouterr().out.splitlines()
    scores = parts.detector.score(parts.test)
    assert model == f"model: {parts.file}; threshold {parts.detector.threshold:.3f} for a false-positive rate of 0.1"
    assert header.split() == ["file", "score", "threshold", "verdict", "p-value"]
    assert [line.split()[0].split("/")[1].split(".")[0] for line in lines] == [
        f"{number:02}" for number in np.argsort(-scores, kind="stable")
    ]
    anomalies = np.count_nonzero(scores > parts.detector.threshold)
    assert [line.split()[3] for line in lines] == ["anomaly"] * anomalies + ["normal"] * (len(scores) - anomalies)
    assert last == f"images scored: {len(scores)}, anomalies: {anomalies}, unreadable files: 0"


def test_csv_and_json_hold_every_file_in_order(parts: Parts, here: Path) -> None:
    (here / "photos" / "01a.png").write_bytes(b"no image")
    assert predict(request(parts, here, csv=Path("out/new.csv"), json=Path("new.json"))) == 1
    written, content = rows(here / "out" / "new.csv"), json.loads((here / "new.json").read_text())
    assert [row["file"] for row in written] == sorted(str(Path("photos") / name.name) for name in here.glob("photos/*"))
    assert [row["file"] for row in content["images"]] == [row["file"] for row in written]
    failed = [row for row in written if row["error"]]
    assert failed == [
        {"file": "photos/01a.png", **dict.fromkeys(("score", "threshold", "verdict", "p_value"), "")}
        | {"error": "not an image"}
    ]
    assert content["images"][2] == {"file": "photos/01a.png", "error": "not an image"}
    scored = [row for row in written if not row["error"]]
    np.testing.assert_array_equal([float(row["score"]) for row in scored], parts.detector.score(parts.test))
    for row in scored:
        assert (row["verdict"] == "anomaly") == (float(row["score"]) > float(row["threshold"]))
        assert (row["verdict"] == "anomaly") == (float(row["p_value"]) <= 0.1)
    assert content["threshold"] == parts.detector.threshold
    assert content["calibration_images"] == len(parts.detector.calibration_scores)


def test_p_values_count_calibration_images_as_anomalous(parts: Parts, here: Path) -> None:
    predict(request(parts, here, csv=Path("new.csv")))
    usual = parts.detector.calibration_scores.numpy()
    for row in rows(here / "new.csv"):
        by_hand = (1 + np.count_nonzero(usual >= np.float32(row["score"]))) / (1 + len(usual))
        assert float(row["p_value"]) == pytest.approx(by_hand)


def test_files_that_fail_are_named_and_the_rest_goes_on(
    parts: Parts, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    assert predict(request(parts, here, "none.png", "broken.jpg", "photos")) == 1
    out, err = capsys.readouterr()
    first, second = err.splitlines()
    assert first == "none.png: no such file"
    assert second.startswith("broken.jpg: ")
    assert out.splitlines()[-1].startswith(f"images scored: {len(parts.names)}, ")
    assert out.splitlines()[-1].endswith(", unreadable files: 2")


def test_a_rate_of_the_call_moves_the_threshold(parts: Parts, here: Path) -> None:
    for rate in (0.1, 0.5):
        predict(request(parts, here, csv=Path(f"{rate}.csv"), false_positive_rate=rate))
    low, high = rows(here / "0.1.csv"), rows(here / "0.5.csv")
    assert [row["score"] for row in low] == [row["score"] for row in high]
    assert float(low[0]["threshold"]) > float(high[0]["threshold"])
    for row in high:
        assert (row["verdict"] == "anomaly") == (float(row["p_value"]) <= 0.5)


def test_too_few_calibration_images_are_told(parts: Parts, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    predict(request(parts, here, false_positive_rate=0.001))
    count = len(parts.detector.calibration_scores)
    assert capsys.readouterr().err == (
        f"warning: a false-positive rate of 0.001 needs at least 999 calibration images, and there are {count}; the "
        "threshold is the largest of their scores, which more normal images exceed\n"
    )


def test_anomalies_have_a_status_if_asked_for(parts: Parts, here: Path) -> None:
    assert predict(request(parts, here, fail_on_anomaly=True)) == 3
    scores = parts.detector.score(parts.test)
    usual = sorted(here.glob("photos/*"))[int(scores.argmin())]
    assert predict(request(parts, here, str(usual), fail_on_anomaly=True)) == 0
    assert predict(request(parts, here, "none.png", "photos", fail_on_anomaly=True)) == 1


def test_maps_are_pictures_of_the_image(parts: Parts, here: Path) -> None:
    predict(request(parts, here, "photos", maps=Path("maps")))
    files = sorted(here.glob("maps/photos/*"))
    assert [file.name for file in files] == sorted(f"{file.name}.png" for file in here.glob("photos/*"))
    with Image.open(files[0]) as picture:
        assert picture.mode == "RGB"
        assert picture.size == (240, 160)  # ten times as large as what the network sees
    maps = parts.detector.maps(parts.test)
    strange, usual = int(maps.max(axis=(1, 2)).argmax()), int(maps.max(axis=(1, 2)).argmin())
    plain = coloured(parts.test[:], np.zeros_like(maps))

    def colour(number: int) -> float:
        """Mean difference from the picture without a map."""
        shown = np.asarray(Image.open(files[number]))[::10, ::10].transpose(2, 0, 1) / 255
        return float(np.abs(shown - plain[number]).mean())

    assert colour(usual) < 0.002 < 0.02 < colour(strange)


def test_an_interrupted_call_keeps_what_was_scored(
    parts: Parts, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    score, files = Detector.score, {"csv": Path("new.csv"), "json": Path("new.json")}

    def interrupted(detector: Detector, images: Any) -> Any:
        if (here / "new.csv").read_text().count("\n") > 8:
            raise KeyboardInterrupt
        return score(detector, images)

    monkeypatch.setattr(Detector, "score", interrupted)
    assert predict(request(parts, here, **files)) == 130
    assert len(rows(here / "new.csv")) == len(json.loads((here / "new.json").read_text())["images"]) == 8
    out, err = capsys.readouterr()
    assert err == "error: interrupted; 8 images were scored before\n"
    assert out.splitlines()[-1].startswith("images scored: 8, ")


def test_rows_are_written_before_the_next_files_are_read(
    parts: Parts, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    image_files = sources.image_files

    def watched(*arguments: Any) -> Iterator[list[str]]:
        for number, names in enumerate(image_files(*arguments)):
            if number:
                seen.append(len(rows(here / "new.csv")))
            yield names

    monkeypatch.setattr(module, "image_files", watched)
    predict(request(parts, here, csv=Path("new.csv")))
    assert seen == list(range(8, len(parts.names), 8))


def test_maps_of_many_images_take_no_memory_each(tmp_path: Path) -> None:
    """Enlarged all at once, as floats, these would take 1.9 GB."""
    images = ImageSet(np.zeros((400, 1, 64, 64), np.uint8))
    detector = SimpleNamespace(maps=lambda images: np.zeros((len(images), 64, 64), np.float32))
    save_maps(detector, images.first(1), ["warm"], tmp_path)  # type: ignore[arg-type]
    tracemalloc.start()
    save_maps(detector, images, [str(number % 8) for number in range(400)], tmp_path)  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 250e6
    with Image.open(tmp_path / "0.png") as picture:
        assert picture.size == (256, 256)


def test_no_file_at_all_is_an_error_and_writes_nothing(parts: Parts, here: Path) -> None:
    (here / "empty").mkdir()
    with pytest.raises(HourglassError, match=r"^no image files in empty$"):
        predict(request(parts, here, "empty", csv=Path("new.csv")))
    assert not (here / "new.csv").exists()


def test_the_table_is_bounded(
    parts: Parts, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "SHOWN", 5)
    predict(request(parts, here))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + 5 + 2
    assert lines[-2] == f"... {len(parts.names) - 5} more with lower scores; --csv FILE lists all"


def test_images_of_the_network_shape_are_what_it_scores(parts: Parts, here: Path) -> None:
    (batch,) = scoring.score_files(parts.detector, [["photos/" + sorted(here.glob("photos/*"))[0].name]], here)
    assert batch.images is not None
    assert batch.images.image_shape == SHAPE
    np.testing.assert_array_equal(batch.images[:], parts.test[:1])
