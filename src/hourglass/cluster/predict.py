"""`hourglass predict --ray ADDRESS`: score image files on a Ray cluster, by Ray Data.

Each core has a worker that keeps the detector and scores a batch of files at a time. Rows come back in the order of the
files, and are on disk before the next ones are taken.
"""

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from hourglass.cluster import clone, connection, nodes, resources, runtime
from hourglass.cluster.predict_progress import Progress, decode
from hourglass.core.errors import HourglassError
from hourglass.core.files import remove
from hourglass.core.params import Common
from hourglass.detection.detector import Detector
from hourglass.detection.files import save_detector
from hourglass.exclusion import holding
from hourglass.prediction.outputs import Row
from hourglass.prediction.predict import Elsewhere, Request
from hourglass.prediction.scoring import Batch, Unreadable
from hourglass.prediction.sources import MISSING

if TYPE_CHECKING:
    from hourglass.cluster.predict_worker import Workers  # imports Ray

# What is scored so far of each command that did not end. Git and DVC ignore the folder.
STATE = Path(".dvc/tmp/predictions")
# The stage that a worker needs as much as.
LIKE = "detect"


def scoring(address: str, settings: Common) -> Elsewhere:
    """What scores files on the cluster at `address`.

    It raises HourglassError if no node has room, one has other packages or does not see the files, or the same command
    is at work.

    Raises:
        SettingsError, HourglassError: as `connection.require` does.
    """
    connection.require(address)

    @contextmanager
    def scored(detector: Detector, files: Iterable[Sequence[str]], request: Request) -> Iterator[Iterator[Batch]]:
        content = _content(detector)
        with (
            connection.connected(address, runtime_env=runtime.environment(settings)),
            kept(content, request, settings) as progress,
        ):
            import ray

            from hourglass.cluster.predict_worker import Workers

            need, cluster = resources.of(LIKE, settings), ray.nodes()
            resources.require_room([LIKE], settings, cluster)
            workers = Workers(content, request.start, settings, need, resources.places(need, cluster))
            nodes.require_alike(settings)
            progress.list(files)
            threshold = detector.threshold
            yield (Batch(rows, None) for rows in chain(progress.kept(threshold), rest(progress, workers, threshold)))

    return scored


def _content(detector: Detector) -> bytes:
    """The detector's file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "detector.safetensors"
        save_detector(detector, file)
        return file.read_bytes()


@contextmanager
def kept(detector: bytes, request: Request, settings: Common) -> Iterator[Progress]:
    """Yield what the same command left, by the same code; if the block ends well, remove it.

    Raises:
        HourglassError: the same command is at work.
    """
    folder = STATE.absolute() / _digest(detector, request, settings)
    folder.mkdir(parents=True, exist_ok=True)

    def blocked(holder: str) -> None:
        raise HourglassError(f"{holder} scores the same files; wait for it, or stop it with Ctrl-C in its terminal")

    with holding(folder / "lock", blocked):
        yield Progress(folder)
        remove(folder)


def _digest(detector: bytes, request: Request, settings: Common) -> str:
    """Tells one command from another: the same digest means the same files' names, detector, settings and code."""
    total = hashlib.sha256(detector)
    for file in sorted(runtime.PACKAGE.rglob("*.py")):
        total.update(file.relative_to(runtime.PACKAGE).as_posix().encode() + hashlib.sha256(file.read_bytes()).digest())
    versions = clone.describe(nodes.PACKAGES, ())
    total.update(json.dumps([list(request.paths), str(request.start), settings.model_dump(), versions]).encode())
    return total.hexdigest()[:16]


def rest(progress: Progress, workers: "Workers", threshold: float) -> Iterator[Sequence[Row]]:
    """Score the batches that are left; yield the rows of each once they are on disk."""
    if progress.is_complete:
        return
    with _one_line():
        for line, node in workers.score(progress.names, progress.listed):
            rows = decode(line, threshold)
            _require_seen(rows, workers.start, node)
            progress.add(line)
            yield rows


def _require_seen(rows: Sequence[Row], start: Path, node: str) -> None:
    """Raise an error if a node says of a file that is here that there is none: all on that node would be unreadable."""
    for row in rows:
        if isinstance(row, Unreadable) and row.error == MISSING and (start / row.file).exists():
            raise HourglassError(
                f"node {node} does not see {start / row.file}; mount the images there at the same path"
            )


@contextmanager
def _one_line() -> Iterator[None]:
    """Raise one line for whatever Ray raises meanwhile."""
    import ray

    try:
        yield
    except ray.exceptions.RayError as error:
        cause: BaseException | None = error
        while cause and not isinstance(cause, HourglassError):
            cause = getattr(cause, "cause", None) or cause.__cause__
        if cause:
            raise cause from None  # of a worker, as one machine would raise it
        reason = str(error).strip().splitlines()[-1]
        raise HourglassError(f"the cluster stopped scoring: {reason}; the same command goes on") from error
