"""What `hourglass threshold` prints, and what it changes in params.yaml."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from hourglass.core import layout
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.files import write_csv
from hourglass.core.params import PARAMS
from hourglass.detection.detector import Detector
from hourglass.detection.files import load_detector, save_detector
from hourglass.pipeline import lock
from hourglass.prediction.threshold import threshold
from tests.prediction.conftest import Parts

TEXT = """\
# All settings.
data: {name: parts}
folder: null            # stays as it is
detect:
  false_positive_rate: 0.1   # the target
  candidates:
    - knn
    - pixel
  variants:             # what single ones do
    other:
      scorers: ["pixel"]  # quoted
    # A remark on what follows.
    parts: {threshold: calibration}

variants:
  parts: {module: undercomplete, latent_dim: 4}
  other: {module: pca, latent_dim: 2}
"""


@pytest.fixture
def detector(parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Detector:
    """Of two variants in a repository whose params.yaml is TEXT."""
    monkeypatch.chdir(tmp_path)
    PARAMS.write_text(TEXT)
    scores = zip(parts.test.labels.tolist(), parts.detector.score(parts.test).tolist(), strict=True)
    rows = [("test", *row) for row in scores] + [("validation", 0, -9.0)]
    rows = [(split, number, score) for split, number, score in rows]
    for name in ("parts", "other"):
        save_detector(parts.detector, layout.detector(name))
        write_csv(layout.scores(name), ("split", "class", "score"), rows)
    return load_detector(layout.detector("parts"))


def changes() -> list[str]:
    """Lines of params.yaml that are not in TEXT."""
    lines = PARAMS.read_text().splitlines()
    assert [line for line in lines if line in TEXT.splitlines()] == [
        line for line in TEXT.splitlines() if line in lines
    ]
    return [line for line in lines if line not in TEXT.splitlines()]


def test_test_metrics_are_those_of_either_threshold(
    detector: Detector, parts: Parts, capsys: pytest.CaptureFixture[str]
) -> None:
    threshold("parts", 0.5, apply=False)
    _, present, wanted, images, end = capsys.readouterr().out.splitlines()
    scores, anomalous = detector.score(parts.test), parts.test.labels == 1
    for line, rate in ((present, 0.1), (wanted, 0.5)):
        name, target, value, false_positives, low, high, recall, *_ = line.replace("[", "").split()
        assert (name, target) == ("parts", str(rate))
        limit = np.sort(detector.calibration_scores.numpy())[int(np.ceil((1 - rate) * 13)) - 1]
        assert float(value) == pytest.approx(limit, abs=6e-4)
        assert float(false_positives) == pytest.approx((scores[~anomalous] > limit).mean(), abs=6e-4)
        assert float(recall) == pytest.approx((scores[anomalous] > limit).mean(), abs=6e-4)
        assert float(low.rstrip(",")) < float(false_positives) < float(high.rstrip("]"))
    assert images == f"on {np.count_nonzero(~anomalous)} normal test images and {np.count_nonzero(anomalous)} anomalies"
    assert end == "nothing is changed; --apply sets detect.false_positive_rate in params.yaml, for all detectors"
    assert PARAMS.read_text() == TEXT


def test_a_rate_for_all_keeps_the_rest_of_the_file(detector: Detector, capsys: pytest.CaptureFixture[str]) -> None:
    threshold(None, 0.02, apply=True)
    assert changes() == ["  false_positive_rate: 0.02  # the target"]
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1 + 4 + 1 + 3
    setting, rebuild, serve = out.splitlines()[-3:]
    assert setting == (
        "params.yaml: detect.false_positive_rate is 0.02. What is served keeps its threshold until you run:"
    )
    assert rebuild.split()[0] == "make"
    assert serve.split()[:3] == ["hourglass", "promote", "VARIANT"]
    assert err.startswith("warning: a false-positive rate of 0.02 needs at least 49 calibration images, and there are ")


def test_criteria_that_the_target_would_miss_are_named(detector: Detector, capsys: pytest.CaptureFixture[str]) -> None:
    """Also those of a variant that was not asked for, since the target is one for all."""
    criteria = "accept:\n" + "".join(
        f"  {name}: {{variant: {variant}, metric: {metric}, max: {bound}, tolerance: 0}}\n"
        for name, variant, metric, bound in (
            *(("low", "other", "detect.false_alarm_rate", 0.2), ("high", "all", "detect.false_alarm_rate", 1.0)),
            ("else", "all", "detect.threshold", -99),
        )
    )
    PARAMS.write_text(TEXT + criteria)
    threshold("parts", 0.6, apply=True)
    out, err = capsys.readouterr()
    (value,) = {line.split()[3] for line in out.splitlines() if line.split()[1] == "0.6"}
    assert 0.2 < float(value) < 1
    assert err == (
        f"warning: params.yaml: accept.low: other detect.false_alarm_rate is {float(value):.3f}0, must be at most 0.2; "
        "a variant that misses it gets no new version\n"
    )


def test_a_rebuild_at_work_keeps_its_settings(detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process holds the lock that `hourglass repro` takes."""
    lock.LOCK.parent.mkdir(parents=True)
    held = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", held, str(lock.LOCK)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()
        with pytest.raises(HourglassError, match="is rebuilding here; wait for it"):
            threshold(None, 0.02, apply=True)
        process.kill()
    assert PARAMS.read_text() == TEXT


def test_the_file_of_the_repository_keeps_its_format(
    root: Path, detector: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in (root / "params.yaml", root / "docs" / "own-images.yaml"):
        text = file.read_text(encoding="utf-8")
        variants = YAML(typ="safe").load(text)["variants"]
        PARAMS.write_text(text, encoding="utf-8")
        for name in variants:
            save_detector(detector, layout.detector(name))
            write_csv(layout.scores(name), ("split", "class", "score"), [("test", 0, 1.0), ("test", 1, 2.0)])
        threshold(None, 0.07, apply=True)
        changed = [
            (old, new)
            for old, new in zip(text.splitlines(), PARAMS.read_text().splitlines(), strict=True)
            if old != new
        ]
        assert changed == [
            (old, old.replace("0.05", "0.07")) for old in text.splitlines() if old.startswith("  false_positive_rate:")
        ]


def test_without_anomalies_there_is_no_recall(detector: Detector, capsys: pytest.CaptureFixture[str]) -> None:
    write_csv(layout.scores("parts"), ("split", "class", "score"), [("test", 0, 1.0)])
    threshold("parts", 0.5, apply=False)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in lines[1:3]] == ["-", "-"]
    assert lines[3] == "on 1 normal test images and 0 anomalies"


def test_defects_that_stand_in_for_anomalies_are_named(detector: Detector, capsys: pytest.CaptureFixture[str]) -> None:
    """They have class numbers after those of the images."""
    write_csv(layout.scores("parts"), ("split", "class", "score"), [("test", 0, 1.0), ("test", 2, 5.0)])
    threshold("parts", 0.5, apply=False)
    assert "on 1 normal test images and 1 synthetic defects" in capsys.readouterr().out.splitlines()


def test_an_unknown_variant_is_refused(detector: Detector) -> None:
    with pytest.raises(SettingsError, match=r"^no variant 'part' in params\.yaml; did you mean parts\?$"):
        threshold("part", 0.5, apply=True)
    assert PARAMS.read_text() == TEXT


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (("split", "class", "score"), ("validation", 0, 1.5)),
        (("split", "class"), ("test", 0)),
        (("a", "b"), (1, 2)),
        (("split", "class", "score"), ("test", 0, "high")),
    ],
)
def test_a_file_without_test_scores_is_one_line(
    detector: Detector, header: tuple[str, ...], row: tuple[object, ...]
) -> None:
    write_csv(layout.scores("parts"), header, [row])
    with pytest.raises(HourglassError, match="does not hold the scores of all test images; run `hourglass repro`"):
        threshold("parts", 0.5, apply=False)
