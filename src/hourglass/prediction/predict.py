"""`hourglass predict`: score image files with a detector."""

import heapq
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from tqdm import tqdm

from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.files import replacing
from hourglass.detection.detector import Detector
from hourglass.detection.threshold import too_few
from hourglass.prediction.models import find_detector
from hourglass.prediction.outputs import csv_file, json_file, table
from hourglass.prediction.pictures import save_maps
from hourglass.prediction.scoring import Batch, Prediction, score_files
from hourglass.prediction.sources import image_files, printable

# Rows of the table; the files list all.
SHOWN = 100
FAILED, ANOMALY, INTERRUPTED = 1, 3, 130


@dataclass(frozen=True)
class Request:
    """What the command line asked for.

    paths, model: as of `image_files` and `find_detector`. start: where relative paths start.
    csv, json, maps: files and a folder to write, or None. false_positive_rate: another target, or None.
    """

    paths: Sequence[str]
    start: Path
    model: str
    csv: Path | None = None
    json: Path | None = None
    maps: Path | None = None
    false_positive_rate: float | None = None
    fail_on_anomaly: bool = False


# Scores files on other machines: files and what was asked for -> their batches, in order, and complete when it ends.
Elsewhere = Callable[[Detector, Iterable[Sequence[str]], Request], AbstractContextManager[Iterator[Batch]]]


@dataclass
class Tally:
    """What was scored so far. worst: the predictions with the highest scores, at most SHOWN, the highest first."""

    worst: list[Prediction] = field(default_factory=list)
    normal: int = 0
    anomalies: int = 0
    unreadable: int = 0

    def add(self, batch: Batch) -> None:
        """Count a batch; name the files that could not be read."""
        found = batch.predictions
        self.worst = heapq.nlargest(SHOWN, chain(self.worst, found), key=lambda one: one.score)
        anomalies = sum(one.verdict == "anomaly" for one in found)
        self.anomalies += anomalies
        self.normal += len(found) - anomalies
        self.unreadable += len(batch.rows) - len(found)

    @property
    def scored(self) -> int:
        """Number of images that were scored."""
        return self.normal + self.anomalies

    def show(self) -> None:
        """Print the table and the counts."""
        scored = self.scored
        if self.worst:
            print(table(self.worst))
        if scored > len(self.worst):
            print(f"... {scored - len(self.worst)} more with lower scores; --csv FILE lists all")
        print(f"images scored: {scored}, anomalies: {self.anomalies}, unreadable files: {self.unreadable}")


def predict(request: Request, elsewhere: Elsewhere | None = None) -> int:
    """Score the files, print a table, and write what was asked for.

    Args:
        elsewhere: scores the files instead of this process. It keeps what is scored when it is interrupted, so that the
            same request goes on; CSV and JSON appear when all files are scored.

    Returns:
        exit status: 0, or 1 if a file could not be read, else 3 if there is an anomaly and `fail_on_anomaly`; 130 if it
        was interrupted. Without `elsewhere`, files then hold what was scored until then.

    Raises:
        SettingsError: maps were asked for of `elsewhere`, which returns no images.
        HourglassError: there is no such model, or not a single file.
    """
    if elsewhere and request.maps:
        raise SettingsError("--maps draws on one machine; leave out --ray, or --maps")
    detector, name = find_detector(request.model, request.start)
    if request.false_positive_rate is not None:
        detector = replace(detector, false_positive_rate=request.false_positive_rate)
    files = image_files(request.paths, request.start, (request.csv, request.json, request.maps))
    first = next(files, None)
    if first is None:
        raise HourglassError(f"no image files in {' '.join(request.paths)}")
    _introduce(detector, name)
    tally = Tally()
    try:
        _run(detector, name, chain([first], files), request, tally, elsewhere)
    except KeyboardInterrupt:
        then = "; the same command goes on" if elsewhere else ""
        print(f"error: interrupted; {tally.scored} images were scored before{then}", file=sys.stderr)
        tally.show()
        return INTERRUPTED
    tally.show()
    if tally.unreadable:
        return FAILED
    return ANOMALY if tally.anomalies and request.fail_on_anomaly else 0


def _introduce(detector: Detector, name: str) -> None:
    count, rate = len(detector.calibration_scores), detector.false_positive_rate
    print(f"model: {name}; threshold {detector.threshold:.3f} for a false-positive rate of {rate:g}")
    if warning := too_few(count, rate):
        print(f"warning: {warning}", file=sys.stderr)


def _run(
    detector: Detector,
    name: str,
    files: Iterable[Sequence[str]],
    request: Request,
    tally: Tally,
    elsewhere: Elsewhere | None,
) -> None:
    """Score the files batch by batch, and write each batch before the next is read."""
    about = {
        "model": name,
        "dataset": detector.dataset,
        "threshold": detector.threshold,
        "false_positive_rate": detector.false_positive_rate,
        "calibration_images": len(detector.calibration_scores),
    }
    with ExitStack() as stack, tqdm(desc="scoring", unit="file", disable=None) as bar:

        def place(path: Path) -> Path:
            return stack.enter_context(replacing(request.start / path)) if elsewhere else request.start / path

        if elsewhere:
            batches = stack.enter_context(elsewhere(detector, files, request))
        else:
            batches = score_files(detector, files, request.start)
        writers = []
        if request.csv:
            writers.append(stack.enter_context(csv_file(place(request.csv))))
        if request.json:
            writers.append(stack.enter_context(json_file(place(request.json), about)))
        for batch in batches:
            for write in writers:
                write(batch.rows)
            for row in batch.rows:
                if not isinstance(row, Prediction):
                    tqdm.write(f"{printable(row.file)}: {row.error}", file=sys.stderr)
            if request.maps and batch.images:
                names = [one.file for one in batch.predictions]
                save_maps(detector, batch.images, names, request.start / request.maps)
            tally.add(batch)
            bar.update(len(batch.rows))
